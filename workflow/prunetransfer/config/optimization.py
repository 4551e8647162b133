"""Settings of the optimizer (AdamW), for pre-training and for fine-tuning."""

from typing import Annotated, Literal

from pydantic import Field

from .base import Number, PositiveCount, PositiveFloat, Settings, Share

Precision = Literal["fp32", "bf16", "auto"]


class OptimizerSettings(Settings):
    batch_size: PositiveCount = 32
    """Sequences per step."""
    warmup: Share = 0.1
    """The share of the steps, from the first on, in which the learning rate rises linearly. Then it falls linearly to 0."""
    weight_decay: Annotated[Number, Field(ge=0)] = 0.01
    """Decoupled weight decay (Loshchilov and Hutter 2019). It does not apply to biases and LayerNorm."""
    clip_norm: PositiveFloat = 1.0
    """Gradients are scaled down so that their norm over all parameters is at most this."""
    precision: Precision = "fp32"
    """`bf16`: autocast with fp32 weights. `auto`: bf16 where it is faster, otherwise fp32. bf16 is faster on GPUs that support
    it, and on CPUs that have instructions for it (AVX512-BF16, AMX) for encoders of at least 256 dimensions."""
