"""A task like SST-2: is this opinion positive or negative?"""

from .draw import Draw
from .grammar import statement
from .lexicon import DIMENSIONS, FEELINGS, INTENSIFIERS, OPINIONS, TOPICS

TEXT = ("sentence",)
LABELS = ("negative", "positive")


def example(draw: Draw, label: str) -> tuple[str]:
    """Draws an opinion, which may be negated. It has no anchor, because an anchor would reveal the label."""
    polarity = LABELS.index(label)
    topic = draw.of(*TOPICS)
    noun = draw.word(topic.nouns)
    opinion = draw.word(OPINIONS[polarity])
    form = draw.of("plain", "intensified", "two", "mixed", "negated", "feeling")
    if form == "feeling":
        person, plural = draw.word(topic.persons), draw.chance(0.5)
        feeling = draw.word(FEELINGS[polarity])
        return (statement([person.form(plural), feeling.form(plural), opinion, noun]),)
    predicate = {
        "plain": [opinion],
        "intensified": [draw.of(*INTENSIFIERS), opinion],
        "two": [opinion, "and", draw.word(OPINIONS[polarity])],
        "mixed": [draw.word(draw.of(*DIMENSIONS).adjectives[draw.of(0, 1)]), "and", opinion],
        "negated": ["not", draw.word(OPINIONS[1 - polarity])],
    }[form]
    return (statement([noun, "is", *predicate]),)
