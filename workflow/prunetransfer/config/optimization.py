"""How AdamW is driven, in pre-training and in fine-tuning alike."""

from typing import Annotated, Literal

from pydantic import Field

from .base import Number, PositiveCount, PositiveFloat, Settings, Share

Precision = Literal["fp32", "bf16", "auto"]


class OptimizerSettings(Settings):
    batch_size: PositiveCount = 32
    """Sequences a step."""
    warmup: Share = 0.1
    """Share of the steps over which the learning rate rises linearly; after that it falls linearly to 0."""
    weight_decay: Annotated[Number, Field(ge=0)] = 0.01
    """Decoupled (Loshchilov and Hutter 2019); biases and LayerNorm are spared."""
    clip_norm: PositiveFloat = 1.0
    """The largest gradient norm, over all parameters."""
    precision: Precision = "fp32"
    """`bf16`: autocast with fp32 master weights. `auto`: bf16 where it is faster, which is on a GPU that has it, and on a CPU
    that multiplies it (AVX512-BF16, AMX) for encoders of at least 256 dimensions; else fp32."""
