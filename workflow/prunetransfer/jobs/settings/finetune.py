"""The settings of a job that fine-tunes."""

from typing import Annotated

from pydantic import Field

from prunetransfer.config.base import PositiveCount, PositiveFloat, Seed, Settings, Share
from prunetransfer.config.finetuning import Method
from prunetransfer.config.optimization import OptimizerSettings


class FinetuneJobSettings(Settings):
    """All that one fine-tuning run depends on besides its input files."""

    method: Method
    criterion: str
    sparsity: Annotated[float, Field(ge=0, lt=1)]
    epochs: PositiveCount
    learning_rate: PositiveFloat
    seed: Seed
    classifier_dropout: Share
    optimizer: OptimizerSettings
    snapshots: tuple[PositiveCount, ...] = ()
    """Epochs after which the weights are kept, in ascending order. Where they go beyond `epochs`, training goes on, the
    learning rate's schedule anew after each `epochs`; the scores are those after `epochs`, which must be among them."""

    @property
    def uses_mask(self) -> bool:
        """Whether weights are held at 0 while fine-tuning."""
        return self.sparsity > 0 and self.method in ("prune_pretrain", "prune_downstream")
