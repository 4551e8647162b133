"""Drawing words: from all of a pool for the corpus, by what its training set may use for a task."""

from random import Random
from typing import TypeVar

from .lexicon import Word, open_classes

W = TypeVar("W", bound=Word)
T = TypeVar("T")


class Draw:
    """A source of random choices. `words` are the ones a training set may use; None stands for all words."""

    def __init__(self, random: Random, words: frozenset[Word] | None = None, unseen_share: float = 0.0):
        self.random = random
        self.words = words
        self.unseen_share = unseen_share

    def word(self, pool: tuple[W, ...]) -> W:
        """A word of an open class: with probability `unseen_share` one that isn't among `words`, where there is one."""
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
    """The words of the open classes that a training set may use: `share` of each class, rounded, and one at least."""
    chosen: list[Word] = []
    for pool in open_classes():
        chosen += random.sample(pool, max(1, round(share * len(pool))))
    return frozenset(chosen)
