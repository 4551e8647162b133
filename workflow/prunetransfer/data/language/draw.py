"""Draws words. The corpus may use every word of a pool, but a task's training set only some of them."""

from random import Random
from typing import TypeVar

from .lexicon import Word, open_classes

W = TypeVar("W", bound=Word)
T = TypeVar("T")


class Draw:
    """A source of random choices.

    words: the words that a training set may use, or None for all words.
    unseen_share: the probability that a drawn word isn't one of these.
    """

    def __init__(self, random: Random, words: frozenset[Word] | None = None, unseen_share: float = 0.0):
        self.random = random
        self.words = words
        self.unseen_share = unseen_share

    def word(self, pool: tuple[W, ...]) -> W:
        """Draws a word of a pool. With probability `unseen_share` it is a word that the training set may not use, if the pool
        has such a word."""
        if self.words is None:
            return self.random.choice(pool)
        seen = self.random.random() >= self.unseen_share
        return self.random.choice([word for word in pool if (word in self.words) == seen] or pool)

    def of(self, *options: T) -> T:
        return self.random.choice(options)

    def other(self, options: tuple[T, ...], than: T) -> T:
        return self.random.choice([option for option in options if option != than])

    def weighted(self, options: tuple[T, ...], shares: tuple[int, ...]) -> T:
        return self.random.choices(options, shares)[0]

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability


def training_words(random: Random, share: float) -> frozenset[Word]:
    """Draws the words that a training set may use: round(share * n) of the n words of each open class, and at least one."""
    chosen: list[Word] = []
    for pool in open_classes():
        chosen += random.sample(pool, max(1, round(share * len(pool))))
    return frozenset(chosen)
