"""Masks of a single matrix, for callers that have no model."""

import torch
from torch import Tensor

from .masks import mask_lowest


def magnitude_mask(weight: Tensor, sparsity: float) -> Tensor:
    """A bool tensor of `weight`'s shape, False for exactly round(sparsity * n) entries of the smallest |w|.

    Raises ValueError unless 0 <= sparsity < 1.
    """
    return mask_lowest(weight.detach().abs(), sparsity)


def random_mask(shape: torch.Size, sparsity: float, generator: torch.Generator) -> Tensor:
    """A bool tensor of this shape, False for exactly round(sparsity * n) entries that `generator` (on the CPU) chooses.

    Raises ValueError unless 0 <= sparsity < 1.
    """
    return mask_lowest(torch.rand(shape, generator=generator), sparsity)
