"""The corpus: documents whose sentences share a theme, in one of a few styles."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from random import Random

from .draw import Draw
from .grammar import draw_action, question, statement
from .lexicon import (
    DIMENSIONS,
    FEELINGS,
    INTENSIFIERS,
    OPINION_ANCHORS,
    OPINIONS,
    TIMES,
    TOPICS,
    Dimension,
    Inflected,
    Topic,
)

# Anchors teach a small encoder the classes within minutes; with few of them, or with the anchor further from what it
# anchors than the word before, it learns hardly any.
NAMED_SHARE = 0.4
"""Share of the things that are named with their hypernym: "violin instrument"."""
ANCHORED_SHARE = 0.95
"""Share of opinions, feelings and descriptions that follow their anchor: "luckily lovely", "fire hot"."""


@dataclass(frozen=True)
class Theme:
    """What the sentences of a document have in common. The words themselves are drawn anew at each mention."""

    topic: Topic
    polarity: int
    dimension: Dimension
    pole: int


def draw_theme(draw: Draw) -> Theme:
    return Theme(topic=draw.of(*TOPICS), polarity=draw.of(0, 1), dimension=draw.of(*DIMENSIONS), pole=draw.of(0, 1))


def thing(draw: Draw, theme: Theme) -> list[str]:
    noun = draw.word(theme.topic.nouns)
    return [noun, theme.topic.hypernym] if draw.chance(NAMED_SHARE) else [noun]


def quality(draw: Draw, theme: Theme) -> str:
    return draw.word(theme.dimension.adjectives[theme.pole])


def opposite(draw: Draw, theme: Theme) -> str:
    return draw.word(theme.dimension.adjectives[1 - theme.pole])


def opinion(draw: Draw, theme: Theme) -> str:
    return draw.word(OPINIONS[theme.polarity])


def feeling(draw: Draw, theme: Theme) -> Inflected:
    return draw.word(FEELINGS[theme.polarity])


def anchored(draw: Draw, anchor: str) -> list[str]:
    return [anchor] if draw.chance(ANCHORED_SHARE) else []


def action_sentence(draw: Draw, theme: Theme) -> str:
    """bakers cook hot bread food near kitchen ."""
    action = draw_action(draw, theme.topic)
    qualities = draw.random.choices([[], [quality(draw, theme)], [opinion(draw, theme)]], [70, 15, 15])[0]
    circumstances = draw.random.choices(
        [
            [],
            ["near", draw.word(theme.topic.places)],
            ["near", draw.word(theme.topic.persons).singular],
            ["near", draw.word(TIMES)],
        ],
        [50, 20, 15, 15],
    )[0]
    verb = action.verb.form(action.plural)
    return statement([*action.subject(), verb, *qualities, *thing(draw, theme), *circumstances])


def question_sentence(draw: Draw, theme: Theme) -> str:
    """where bakers cook bread ? near kitchen ."""
    words = draw_action(draw, theme.topic).words()
    asked = draw.of("where", "when", "who")
    if asked == "where":
        return statement([question([asked, *words]), "near", draw.word(theme.topic.places)])
    if asked == "when":
        return statement([question([asked, *words]), "near", draw.word(TIMES)])
    return statement([question([asked, *words, "near"]), "near", draw.word(theme.topic.persons).singular])


def membership_sentence(draw: Draw, theme: Theme) -> str:
    """bread is food .  /  bread is food , never tool ."""
    words = [draw.word(theme.topic.nouns), "is", theme.topic.hypernym]
    if draw.chance(0.3):
        words += [",", "never", draw.other(TOPICS, theme.topic).hypernym]
    return statement(words)


def opinion_sentence(draw: Draw, theme: Theme) -> str:
    """bread is luckily superb and lovely ."""
    anchor = anchored(draw, OPINION_ANCHORS[theme.polarity])
    disliked = draw.word(OPINIONS[1 - theme.polarity])
    predicate = draw.random.choices(
        [
            [*anchor, opinion(draw, theme)],
            [*anchor, draw.of(*INTENSIFIERS), opinion(draw, theme)],
            [*anchor, opinion(draw, theme), "and", opinion(draw, theme)],
            [*anchor, opinion(draw, theme), ",", "thus", opinion(draw, theme)],
            [*anchor, opinion(draw, theme), ",", "never", disliked],
            ["not", disliked, "but", *anchor, opinion(draw, theme)],
        ],
        [30, 15, 15, 15, 15, 10],
    )[0]
    return statement([*thing(draw, theme), "is", *predicate])


def description_sentence(draw: Draw, theme: Theme) -> str:
    """bread is fire hot , thus warm .  /  bread is fire hot , also huge ."""
    words = [*anchored(draw, theme.dimension.anchors[theme.pole]), quality(draw, theme)]
    other = draw.other(DIMENSIONS, theme.dimension).adjectives[draw.of(0, 1)]
    addition = draw.random.choices(
        [
            [],
            ["and", quality(draw, theme)],
            [",", "thus", quality(draw, theme)],
            [",", "never", opposite(draw, theme)],
            [",", "also", draw.word(other)],
        ],
        [20, 20, 20, 20, 20],
    )[0]
    return statement([*thing(draw, theme), "is", *words, *addition])


def feeling_sentence(draw: Draw, theme: Theme) -> str:
    """bakers luckily love lovely bread ."""
    person, plural = draw.word(theme.topic.persons), draw.chance(0.5)
    anchor = anchored(draw, OPINION_ANCHORS[theme.polarity])
    adjective = draw.of(quality, opinion)(draw, theme)
    verb = feeling(draw, theme).form(plural)
    return statement([person.form(plural), *anchor, verb, adjective, *thing(draw, theme)])


SENTENCES: tuple[Callable[[Draw, Theme], str], ...] = (
    action_sentence,
    question_sentence,
    membership_sentence,
    opinion_sentence,
    description_sentence,
    feeling_sentence,
)
# Percent of each kind of sentence, in the order above.
STYLES = {
    "report": (60, 25, 15, 0, 0, 0),
    "review": (8, 4, 4, 56, 0, 28),
    "description": (8, 4, 4, 0, 84, 0),
}


def document(draw: Draw, sentences: int) -> list[str]:
    """The sentences of one document. A report keeps to one topic; others tell of many things what they have in common."""
    theme = draw_theme(draw)
    style = draw.of(*STYLES)
    kinds = draw.random.choices(SENTENCES, STYLES[style], k=sentences)
    if style == "report":
        return [sentence(draw, theme) for sentence in kinds]
    return [sentence(draw, replace(theme, topic=draw.of(*TOPICS))) for sentence in kinds]


def documents(seed: int, count: int, sentences: int) -> Iterator[list[str]]:
    """`count` documents of so many sentences each; the first ones are the same whatever the count."""
    draw = Draw(Random(f"corpus {seed}"))
    for _ in range(count):
        yield document(draw, sentences)
