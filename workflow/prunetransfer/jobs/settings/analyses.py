"""The settings of analyses: the parts of a study's configuration that each analysis needs."""

from prunetransfer.config.analyses import Bins
from prunetransfer.config.base import PositiveCount, Settings


class MovementSettings(Settings):
    bins: Bins
    sparsities: list[int]
    """Sparsities in percent at which a snapshot's mask is compared with the mask of the weights that training started from."""


class MaskDifferencesSettings(Settings):
    sparsities: list[int]
    """Sparsities in percent, above 0."""


class Table2Settings(Settings):
    epochs: PositiveCount
    """Epochs of fine-tuning the unpruned model."""


class FeaturesSettings(Settings):
    sequence_length: PositiveCount
    sequences: PositiveCount
    """The largest number of sequences of held-out text."""


class InformationSettings(Settings):
    leave_out: dict[str, list[int]]


class WeightMapsSettings(Settings):
    blocks: PositiveCount
