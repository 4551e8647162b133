"""Settings of pruning while pre-training: the saliency, the scope of a threshold, and the schedule."""

from typing import Annotated, Literal

from pydantic import Field

from .base import Count, PositiveCount, Settings

AVAILABLE_NEEDS = ("weight",)
"""What a mask update can give a saliency criterion: the values of NEEDS in its file."""
Scope = Literal["matrix", "layer", "global"]
"""The weights that share a threshold: exactly round(sparsity * n) of the n weights of a scope are pruned. `layer`: all matrices
of one layer of the encoder form a scope; each matrix outside the layers (word embeddings, pooler) forms its own."""


class OneShot(Settings):
    """Prune once."""

    kind: Literal["one_shot"]
    start: Count = 0
    """All weights are pruned at once just before this step. Until then the model is dense."""


class Cubic(Settings):
    """Prune gradually: fast at first, then slower (Zhu and Gupta 2017)."""

    kind: Literal["cubic"]
    start: Count = 0
    """The first step of the ramp."""
    ramp_steps: PositiveCount
    """Steps from the start of the ramp until the full sparsity is reached."""
    interval: PositiveCount = 10
    """Steps between two mask updates. Updates go on after the ramp."""


ScheduleSettings = Annotated[OneShot | Cubic, Field(discriminator="kind")]


class _Criterion(Settings):
    saliency: str | None = None
    """The name of the file in pruning/criteria that rates each weight. By default the criterion's name."""
    scope: Scope = "matrix"
    """The weights that share a threshold: each `matrix`, each `layer`, or the whole encoder (`global`)."""


class OneShotCriterion(_Criterion, OneShot):
    def schedule(self) -> OneShot:
        """The criterion's schedule without its saliency and scope."""
        return OneShot(kind=self.kind, start=self.start)


class CubicCriterion(_Criterion, Cubic):
    def schedule(self) -> Cubic:
        """The criterion's schedule without its saliency and scope."""
        return Cubic(kind=self.kind, start=self.start, ramp_steps=self.ramp_steps, interval=self.interval)


CriterionSettings = Annotated[OneShotCriterion | CubicCriterion, Field(discriminator="kind")]
