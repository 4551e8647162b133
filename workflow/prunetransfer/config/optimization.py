"""Settings of the optimizer (AdamW), for pre-training and for fine-tuning."""

from typing import Annotated, Literal

from pydantic import Field

from .base import Number, PositiveCount, PositiveFloat, Settings, Share

Precision = Literal["fp32", "bf16", "auto"]


class OptimizerSettings(Settings):
    batch_size: PositiveCount = 32
    """Sequences in a step."""
    warmup: Share = 0.1
    """The share of the steps in which the learning rate rises linearly. In the others it falls linearly to 0."""
    weight_decay: Annotated[Number, Field(ge=0)] = 0.01
    """Decoupled (Loshchilov and Hutter 2019). It does not apply to biases and LayerNorm."""
    clip_norm: PositiveFloat = 1.0
    """The largest gradient norm, over all parameters."""
    precision: Precision = "fp32"
    """`bf16`: autocast with fp32 weights. `auto`: bf16 where it is faster, and fp32 elsewhere. It is faster on GPUs that have
    it, and for encoders of at least 256 dimensions on CPUs that multiply it (AVX512-BF16, AMX)."""
