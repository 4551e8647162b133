"""The settings of a job that fine-tunes."""

from typing import Annotated, Literal

from pydantic import Field

from prunetransfer.config.base import PositiveCount, PositiveFloat, Seed, Settings, Share
from prunetransfer.config.optimization import OptimizerSettings
from prunetransfer.config.pruning import Scope


class OneShotMask(Settings):
    """Weights are pruned once, before the first step."""

    saliency: str
    """Name of a file in pruning/criteria."""
    scope: Scope = "matrix"


class FinetuneJobSettings(Settings):
    """Everything that one fine-tuning run depends on besides its input files.

    It does not contain the name of the arm's method, but what the method does. So a new method retrains nothing.
    """

    arm: str
    task: str
    sparsity: Annotated[float, Field(ge=0, lt=1)]
    pruned_after_epochs: Annotated[int, Field(ge=0)] | None = None
    """Epochs of fine-tuning before pruning, in the runs of Figure 3 (right)."""
    fresh_weights: bool = False
    """Whether the run starts from random weights of the encoder's architecture instead of the checkpoint's weights."""
    mask: OneShotMask | Literal["kept"] | None = None
    """`kept`: the checkpoint's mask stays. OneShotMask: prune before the first step. None: every weight is trained."""
    epochs: PositiveCount
    learning_rate: PositiveFloat
    seed: Seed
    classifier_dropout: Share
    optimizer: OptimizerSettings
    snapshots: tuple[PositiveCount, ...] = ()
    """Epochs after which the weights are saved, in ascending order; `epochs` must be among them. If the last is later than
    `epochs`, training goes on, and the schedule of the learning rate restarts after every `epochs` epochs. The scores are
    those after `epochs` epochs."""
