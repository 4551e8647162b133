"""When weights are pruned, for each saliency criterion."""

from typing import Annotated, Literal

from pydantic import Field

from .base import Count, PositiveCount, Settings


class OneShot(Settings):
    kind: Literal["one_shot"]
    start: Count = 0
    """The step before which all weights are pruned at once; dense until then."""


class Cubic(Settings):
    kind: Literal["cubic"]
    start: Count = 0
    """The first step of the ramp."""
    ramp_steps: PositiveCount
    """Steps from the first to the full sparsity (Zhu and Gupta 2017)."""
    interval: PositiveCount = 10
    """Steps between two mask updates; they go on after the ramp."""


ScheduleSettings = Annotated[OneShot | Cubic, Field(discriminator="kind")]
