"""The settings of analyses: each one's share of a study."""

from prunetransfer.config.analyses import Bins
from prunetransfer.config.base import PositiveCount, Settings


class MovementSettings(Settings):
    bins: Bins
    sparsities: list[int]
    """In percent: where a snapshot's mask is compared with that of the weights it started from."""


class MaskDifferencesSettings(Settings):
    sparsities: list[int]
    """In percent, above 0."""


class SettlingSettings(Settings):
    """The runs of Figure 3's right panel."""

    study: str
    tasks: list[str]
    learning_rate: float
    seeds: list[int]
    epochs: list[int]
    """Of fine-tuning before pruning."""
    sparsity: int
    """In percent."""
    further_epochs: int
    """Of fine-tuning after it."""


class Table2Settings(Settings):
    epochs: PositiveCount
    """The unpruned arm's."""


class FeaturesSettings(Settings):
    sequence_length: PositiveCount
    sequences: PositiveCount
    threads: PositiveCount = 1


class InformationSettings(Settings):
    leave_out: dict[str, list[int]]


class WeightMapsSettings(Settings):
    blocks: PositiveCount
