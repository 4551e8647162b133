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


class Table2Settings(Settings):
    epochs: PositiveCount
    """Of fine-tuning the unpruned model."""


class FeaturesSettings(Settings):
    sequence_length: PositiveCount
    sequences: PositiveCount
    """At most; of held-out text."""


class InformationSettings(Settings):
    leave_out: dict[str, list[int]]


class WeightMapsSettings(Settings):
    blocks: PositiveCount
