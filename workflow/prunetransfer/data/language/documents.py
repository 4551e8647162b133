"""The corpus: documents whose sentences share a theme, in one of a few styles."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from random import Random

from .draw import Draw
from .grammar import Action, draw_action, question, statement
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
ANCHORED_OPINIONS = 0.95
"""Share of opinions and feelings that follow an adverb: "luckily lovely"."""
ANCHORED_DESCRIPTIONS = 0.95
"""Share of descriptions that follow a thing known for them: "fire hot"."""


@dataclass(frozen=True)
class Style:
    """How a document is written."""

    sentences: tuple[int, ...]
    """Percent of each of SENTENCES."""
    adjectives: tuple[int, int, int]
    """Percent of actions whose thing has no adjective, a quality, an opinion."""
    one_topic: bool
    """Or a new topic each sentence, so that only adjectives tell two documents apart."""


@dataclass(frozen=True)
class Theme:
    """What the sentences of a document have in common. The words themselves are drawn anew at each mention."""

    style: Style
    topic: Topic
    polarity: int
    dimension: Dimension
    pole: int


def draw_theme(draw: Draw) -> Theme:
    return Theme(
        style=draw.of(*STYLES),
        topic=draw.of(*TOPICS),
        polarity=draw.of(0, 1),
        dimension=draw.of(*DIMENSIONS),
        pole=draw.of(0, 1),
    )


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


def themed_action(draw: Draw, theme: Theme) -> Action:
    """An action on a thing that may have one of the document's adjectives, as its style has it."""
    qualifier = draw.random.choices((None, quality, opinion), theme.style.adjectives)[0]
    adjective = None if qualifier is None else qualifier(draw, theme)
    return draw_action(draw, theme.topic).having(adjective=adjective)


def place(draw: Draw, theme: Theme) -> str:
    return draw.word(theme.topic.places)


def time(draw: Draw, theme: Theme) -> str:
    return draw.word(TIMES)


def company(draw: Draw, theme: Theme) -> str:
    return draw.word(theme.topic.persons).singular


def anchored(draw: Draw, anchor: str, share: float) -> list[str]:
    return [anchor] if draw.chance(share) else []


def action_sentence(draw: Draw, theme: Theme) -> str:
    """bakers cook hot bread food near kitchen ."""
    words = themed_action(draw, theme).words()
    if draw.chance(NAMED_SHARE):
        words.append(theme.topic.hypernym)
    if draw.chance(0.5):
        words += ["near", draw.of(place, time, company)(draw, theme)]
    return statement(words)


def question_sentence(draw: Draw, theme: Theme) -> str:
    """where bakers cook bread ? near kitchen ."""
    words = themed_action(draw, theme).words()
    asked = draw.of("where", "when", "who")
    if asked == "where":
        return statement([question([asked, *words]), "near", place(draw, theme)])
    if asked == "when":
        return statement([question([asked, *words]), "near", time(draw, theme)])
    return statement([question([asked, *words, "near"]), "near", company(draw, theme)])


def membership_sentence(draw: Draw, theme: Theme) -> str:
    """bread is food .  /  bread is food , never tool ."""
    words = [draw.word(theme.topic.nouns), "is", theme.topic.hypernym]
    if draw.chance(0.3):
        words += [",", "never", draw.other(TOPICS, theme.topic).hypernym]
    return statement(words)


def opinion_sentence(draw: Draw, theme: Theme) -> str:
    """bread is luckily superb and lovely ."""
    anchor = anchored(draw, OPINION_ANCHORS[theme.polarity], ANCHORED_OPINIONS)
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
    words = [*anchored(draw, theme.dimension.anchors[theme.pole], ANCHORED_DESCRIPTIONS), quality(draw, theme)]
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
    anchor = anchored(draw, OPINION_ANCHORS[theme.polarity], ANCHORED_OPINIONS)
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
REPORT = Style(sentences=(60, 25, 15, 0, 0, 0), adjectives=(70, 15, 15), one_topic=True)
REVIEW = Style(sentences=(10, 4, 2, 56, 0, 28), adjectives=(0, 0, 100), one_topic=False)
DESCRIPTION = Style(sentences=(22, 10, 4, 0, 64, 0), adjectives=(0, 100, 0), one_topic=False)
STYLES = (REPORT, REVIEW, DESCRIPTION)


def document(draw: Draw, sentences: int) -> list[str]:
    """The sentences of one document."""
    theme = draw_theme(draw)
    kinds = draw.random.choices(SENTENCES, theme.style.sentences, k=sentences)
    if theme.style.one_topic:
        return [sentence(draw, theme) for sentence in kinds]
    return [sentence(draw, replace(theme, topic=draw.of(*TOPICS))) for sentence in kinds]


def documents(seed: int, count: int, sentences: int) -> Iterator[list[str]]:
    """`count` documents of so many sentences each; the first ones are the same whatever the count."""
    draw = Draw(Random(f"corpus {seed}"))
    for _ in range(count):
        yield document(draw, sentences)
