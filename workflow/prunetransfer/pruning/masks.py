"""From saliency to a mask: exactly so many entries pruned, the same ones every time."""

import torch
from torch import Tensor


def mask_lowest(saliency: Tensor, sparsity: float) -> Tensor:
    """A bool tensor of `saliency`'s shape, False for exactly round(sparsity * n) entries of the lowest saliency.

    Of equal saliencies the earlier in row-major order is pruned first, so that the mask doesn't depend on the sorting
    algorithm. Raises ValueError unless 0 <= sparsity < 1.
    """
    if not 0 <= sparsity < 1:
        raise ValueError(f"sparsity must be at least 0 and below 1, found {sparsity}")
    flat = saliency.flatten()
    pruned = round(sparsity * flat.numel())
    if pruned == 0:
        return torch.ones_like(saliency, dtype=torch.bool)
    threshold = flat.kthvalue(pruned).values
    kept = flat > threshold
    ties = (flat == threshold).nonzero().squeeze(1)
    tied_and_pruned = pruned - int((flat < threshold).sum())
    kept[ties[tied_and_pruned:]] = True
    return kept.view_as(saliency)
