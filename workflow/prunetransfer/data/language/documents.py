"""Draws the corpus. Each document has one theme, and one of three styles."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from random import Random

from . import sentences
from .draw import Draw
from .lexicon import TOPICS
from .theme import Theme, draw_theme


@dataclass(frozen=True)
class Style:
    shares: dict[Callable[[Draw, Theme], str], int]
    """The percentage of each kind of sentence, by the function that draws such sentences."""
    adjectives: tuple[int, int, int]
    """Percentages of actions without and with adjectives, as in `theme.Theme`."""
    one_topic: bool
    """Whether all sentences have the same topic. Otherwise each sentence has a random topic, and only the adjectives show
    which sentences belong together."""


REPORT = Style(
    shares={sentences.action: 60, sentences.question_and_answer: 25, sentences.membership: 15},
    adjectives=(70, 15, 15),
    one_topic=True,
)
REVIEW = Style(
    shares={
        sentences.opinion: 56,
        sentences.feeling: 28,
        sentences.action: 10,
        sentences.question_and_answer: 4,
        sentences.membership: 2,
    },
    adjectives=(0, 0, 100),
    one_topic=False,
)
DESCRIPTION = Style(
    shares={
        sentences.description: 64,
        sentences.action: 22,
        sentences.question_and_answer: 10,
        sentences.membership: 4,
    },
    adjectives=(0, 100, 0),
    one_topic=False,
)


def document(draw: Draw, length: int) -> list[str]:
    """Draws a document of `length` sentences."""
    style = draw.of(REPORT, REVIEW, DESCRIPTION)
    theme = draw_theme(draw, style.adjectives)
    text = []
    for sentence in draw.random.choices(list(style.shares), list(style.shares.values()), k=length):
        if not style.one_topic:
            theme = replace(theme, topic=draw.of(*TOPICS))
        text.append(sentence(draw, theme))
    return text


def documents(seed: int, count: int, length: int) -> Iterator[list[str]]:
    """Yields `count` documents of `length` sentences each. With a larger count, the first documents stay the same."""
    draw = Draw(Random(f"corpus {seed}"))
    for _ in range(count):
        yield document(draw, length)
