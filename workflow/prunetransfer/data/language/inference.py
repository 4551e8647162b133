"""A task like MNLI: does the premise entail the hypothesis, contradict it, or neither?"""

from .draw import Draw
from .grammar import statement
from .lexicon import DIMENSIONS, TOPICS

TEXT = ("premise", "hypothesis")
LABELS = ("entailment", "neutral", "contradiction")


def example(draw: Draw, label: str) -> tuple[str, str]:
    """Draws a pair. The premise says that a thing has a quality.

    Entailment: the hypothesis says a synonym of the quality, or the kind that the thing belongs to. Contradiction: an antonym,
    or another kind. Neutral: a quality of another dimension.
    """
    topic, dimension, pole = draw.of(*TOPICS), draw.of(*DIMENSIONS), draw.of(0, 1)
    noun = draw.word(topic.nouns)
    premise = [noun, "is", draw.word(dimension.adjectives[pole])]
    subject = draw.of(noun, topic.hypernym)
    about_kind = draw.chance(0.5)
    if label == "neutral":
        quality = draw.word(draw.other(DIMENSIONS, dimension).adjectives[draw.of(0, 1)])
    elif about_kind:
        subject = noun
        quality = topic.hypernym if label == "entailment" else draw.other(TOPICS, topic).hypernym
    else:
        quality = draw.word(dimension.adjectives[pole if label == "entailment" else 1 - pole])
    return statement(premise), statement([subject, "is", quality])
