"""The masks of one matrix by itself, for whoever has no model at hand."""

import torch
from torch import Tensor

from .masks import mask_lowest


def magnitude_mask(weight: Tensor, sparsity: float) -> Tensor:
    """A bool tensor of `weight`'s shape, False for exactly round(sparsity * n) entries of the smallest |w|."""
    return mask_lowest(weight.detach().abs(), sparsity)


def random_mask(shape: torch.Size, sparsity: float, generator: torch.Generator) -> Tensor:
    """A bool tensor, False for exactly round(sparsity * n) entries that `generator` (on the CPU) chooses."""
    return mask_lowest(torch.rand(shape, generator=generator), sparsity)
