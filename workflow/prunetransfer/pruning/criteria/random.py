"""Random pruning: a control that every other criterion should beat (Gordon et al. 2020, section 4)."""

import zlib

import torch
from torch import Tensor

from prunetransfer.seeds import mixed_seed

from ..matrix import PrunableMatrix

NEEDS = ("weight",)


def saliency(matrix: PrunableMatrix) -> Tensor:
    """Uniform random numbers, [rows, columns], from the training's seed and the matrix's name.

    They are the same at every sparsity. So the weights pruned at one sparsity are also pruned at every higher one.
    """
    generator = torch.Generator().manual_seed(mixed_seed(matrix.seed, zlib.crc32(matrix.name.encode())))
    return torch.rand(matrix.weight.shape, generator=generator).to(matrix.weight.device)
