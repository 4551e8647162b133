"""Magnitude weight pruning, a threshold for each matrix (Han et al. 2015; Gordon et al. 2020, section 3.1)."""

from torch import Tensor

from ..masks import mask_lowest


def magnitude_mask(weight: Tensor, sparsity: float) -> Tensor:
    """A bool tensor of `weight`'s shape, False for exactly round(sparsity * n) entries of the smallest |w|."""
    return mask_lowest(weight.detach().abs(), sparsity)


def mask(name: str, weight: Tensor, sparsity: float, seed: int) -> Tensor:
    return magnitude_mask(weight, sparsity)
