"""Random pruning: the control that any informed criterion must beat (Gordon et al. 2020, section 4)."""

import zlib

import torch
from torch import Tensor

from prunetransfer.seeds import mixed_seed

from ..masks import mask_lowest


def random_mask(shape: torch.Size, sparsity: float, generator: torch.Generator) -> Tensor:
    """A bool tensor, False for exactly round(sparsity * n) entries that `generator` (on the CPU) chooses."""
    return mask_lowest(torch.rand(shape, generator=generator), sparsity)


def mask(name: str, weight: Tensor, sparsity: float, seed: int) -> Tensor:
    """Seeded by the matrix's name too; the same order of entries at every sparsity, so that masks are nested."""
    generator = torch.Generator().manual_seed(mixed_seed(seed, zlib.crc32(name.encode())))
    return random_mask(weight.shape, sparsity, generator).to(weight.device)
