"""A faster dropout for CPUs.

torch draws a Bernoulli variable for each entry. This takes 9 % of the time of a step of MiniLM at SST-2's lengths, and 15 % at
MNLI's. Here one draw of 64 bits from the same generator is used for four entries. For 165,000 entries on two cores this takes
0.1 ms instead of 0.7 ms.
"""

import torch
from torch import Tensor, nn

_VALUES = 2**16
"""The number of values of 16 bits. Rates are rounded to multiples of 1/65,536, and kept entries are scaled by the rounded
rate."""


class Dropout(nn.Dropout):
    """`nn.Dropout` that calls the function `dropout` of this module."""

    def forward(self, input: Tensor) -> Tensor:
        return dropout(input, self.p) if self.training else input


def dropout(input: Tensor, rate: float) -> Tensor:
    """Sets each entry to 0 with probability `rate`, in [0, 1), and divides the others by 1 - rate.

    input: floating-point, any shape. On a CPU, random bits come from torch's default generator.
    """
    if not input.is_cpu:
        return nn.functional.dropout(input, rate)
    dropped = round(rate * _VALUES)
    return _Dropout.apply(input, dropped) if dropped else input


class _Dropout(torch.autograd.Function):
    @staticmethod
    def forward(ctx, input: Tensor, dropped: int) -> Tensor:
        kept = _random_16_bits(input.shape) >= dropped - _VALUES // 2
        ctx.save_for_backward(kept)
        ctx.scale = _VALUES / (_VALUES - dropped)
        return (input * kept).mul_(ctx.scale)

    @staticmethod
    def backward(ctx, gradient: Tensor) -> tuple[Tensor, None]:
        (kept,) = ctx.saved_tensors
        return (gradient * kept).mul_(ctx.scale), None


def _random_16_bits(shape: torch.Size) -> Tensor:
    """Returns an int16 tensor of this shape, uniform over all values of the type."""
    entries = shape.numel()
    words = torch.empty(-(-entries // 4), dtype=torch.int64).random_(-(2**63), None)
    return words.view(torch.int16)[:entries].view(shape)


def use_fast_dropout(model: nn.Module) -> None:
    """Replaces every `nn.Dropout` of a model by `Dropout`."""
    for module in model.modules():
        for name, child in module.named_children():
            if type(child) is nn.Dropout:
                setattr(module, name, Dropout(child.p))
