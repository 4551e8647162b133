"""Random pruning: the control that any informed criterion must beat (Gordon et al. 2020, section 4)."""

import zlib

import torch
from torch import Tensor

from prunetransfer.seeds import mixed_seed

from ..matrix import PrunableMatrix

NEEDS = ("weight",)


def saliency(matrix: PrunableMatrix) -> Tensor:
    """Uniform numbers from a seed that includes the matrix's name: the same at every sparsity, so that masks are nested."""
    generator = torch.Generator().manual_seed(mixed_seed(matrix.seed, zlib.crc32(matrix.name.encode())))
    return torch.rand(matrix.weight.shape, generator=generator).to(matrix.weight.device)
