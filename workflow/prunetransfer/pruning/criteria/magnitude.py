"""Magnitude: the smallest weights are pruned first (Han et al. 2015; Gordon et al. 2020, section 3.1)."""

from torch import Tensor

from ..matrix import PrunableMatrix

NEEDS = ("weight",)


def saliency(matrix: PrunableMatrix) -> Tensor:
    """|w| of each weight, [rows, columns]."""
    return matrix.weight.abs()
