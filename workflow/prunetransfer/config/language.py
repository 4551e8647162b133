"""Settings of the artificial language of the miniature: its seed, its amount of text, and its open-class words."""

from .base import PositiveCount, Seed, Settings, Share


class LanguageSettings(Settings):
    seed: Seed = 0
    documents: PositiveCount = 12_200
    sentences_per_document: PositiveCount = 8
    train_examples: PositiveCount = 1_000
    """Training examples of each task."""
    dev_examples: PositiveCount = 1_000
    """Dev examples of each task."""
    train_vocabulary_share: Share = 0.5
    """The share of each open word class that a task's training set may use."""
    unseen_share: Share = 0.85
    """Probability that an open-class word of a dev sentence is drawn from the words that the training set may not use."""
