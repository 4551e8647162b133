"""Themes. The sentences of a document share one."""

from dataclasses import dataclass

from .draw import Draw
from .grammar import Action, draw_action
from .lexicon import DIMENSIONS, FEELINGS, OPINIONS, PERSON, PLACE, TIME, TIMES, TOPICS, Dimension, Inflected, Topic

NAMED_SHARE = 0.4
"""The share of things, places, times and companies that are followed by their hypernym: "violin instrument", "noon time"."""


@dataclass(frozen=True)
class Theme:
    """The subject and the attitude of a document. Each method draws new words at each call."""

    topic: Topic
    polarity: int
    dimension: Dimension
    pole: int
    adjectives: tuple[int, int, int]
    """Percentages of actions whose thing has no adjective, an adjective of quality, and an adjective of opinion."""

    def thing(self, draw: Draw) -> list[str]:
        return _named(draw, draw.word(self.topic.nouns), self.topic.hypernym)

    def action(self, draw: Draw) -> Action:
        adjective = draw.weighted((lambda _: None, self.quality, self.opinion), self.adjectives)(draw)
        return draw_action(draw, self.topic, adjective)

    def quality(self, draw: Draw) -> str:
        return draw.word(self.dimension.adjectives[self.pole])

    def opposite_quality(self, draw: Draw) -> str:
        return draw.word(self.dimension.adjectives[1 - self.pole])

    def other_quality(self, draw: Draw) -> str:
        """An adjective of another dimension, which says nothing about the theme's quality."""
        return draw.word(draw.other(DIMENSIONS, self.dimension).adjectives[draw.of(0, 1)])

    def opinion(self, draw: Draw) -> str:
        return draw.word(OPINIONS[self.polarity])

    def opposite_opinion(self, draw: Draw) -> str:
        return draw.word(OPINIONS[1 - self.polarity])

    def feeling(self, draw: Draw) -> Inflected:
        return draw.word(FEELINGS[self.polarity])

    def place(self, draw: Draw) -> list[str]:
        return _named(draw, draw.word(self.topic.places), PLACE)

    def time(self, draw: Draw) -> list[str]:
        return _named(draw, draw.word(TIMES), TIME)

    def company(self, draw: Draw) -> list[str]:
        return _named(draw, draw.word(self.topic.persons).singular, PERSON)


def _named(draw: Draw, word: str, hypernym: str) -> list[str]:
    return [word, hypernym] if draw.chance(NAMED_SHARE) else [word]


def draw_theme(draw: Draw, adjectives: tuple[int, int, int]) -> Theme:
    return Theme(
        topic=draw.of(*TOPICS),
        polarity=draw.of(0, 1),
        dimension=draw.of(*DIMENSIONS),
        pole=draw.of(0, 1),
        adjectives=adjectives,
    )
