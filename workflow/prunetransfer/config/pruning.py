"""How weights are pruned while pre-training: by which saliency, within which scope, and when."""

from typing import Annotated, Literal

from pydantic import Field

from .base import Count, PositiveCount, Settings

Scope = Literal["matrix", "layer", "global"]
"""Where a threshold is shared: exactly round(sparsity * n) of the n weights of the scope are pruned. `layer`: the matrices
of one of the encoder's layers together; matrices outside the layers (word embeddings, pooler) are each a scope of their own."""


class OneShot(Settings):
    """Prune once."""

    kind: Literal["one_shot"]
    start: Count = 0
    """The step before which all weights are pruned at once. The model is dense until then."""


class Cubic(Settings):
    """Prune gradually, fast at first (Zhu and Gupta 2017)."""

    kind: Literal["cubic"]
    start: Count = 0
    """The first step of the ramp."""
    ramp_steps: PositiveCount
    """Steps from the first to the full sparsity."""
    interval: PositiveCount = 10
    """Steps between two mask updates. Updates go on after the ramp."""


ScheduleSettings = Annotated[OneShot | Cubic, Field(discriminator="kind")]


class _Criterion(Settings):
    saliency: str | None = None
    """The file of pruning/criteria that rates each weight. By default the file that has the criterion's name."""
    scope: Scope = "matrix"
    """Where a threshold is shared: within each `matrix`, within each `layer`, or over the whole encoder (`global`)."""


class OneShotCriterion(_Criterion, OneShot):
    def schedule(self) -> OneShot:
        """When to prune, without the rest."""
        return OneShot(kind=self.kind, start=self.start)


class CubicCriterion(_Criterion, Cubic):
    def schedule(self) -> Cubic:
        """When to prune, without the rest."""
        return Cubic(kind=self.kind, start=self.start, ramp_steps=self.ramp_steps, interval=self.interval)


CriterionSettings = Annotated[OneShotCriterion | CubicCriterion, Field(discriminator="kind")]
