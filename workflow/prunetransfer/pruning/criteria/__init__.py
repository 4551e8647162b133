"""Saliency criteria. Each has a file in this folder; configurations use the file's name.

The file lists the attributes of a matrix that the criterion needs, and defines a function that rates each weight:

    NEEDS = ("weight",)

    def saliency(matrix: PrunableMatrix) -> Tensor: ...    [rows, columns], without NaN; the lowest are pruned first

Criteria do not decide which weights share a threshold (those of a matrix, a layer, or the whole encoder): see `selection`.
"""

from collections.abc import Callable
from importlib import import_module

from torch import Tensor

from ..matrix import PrunableMatrix

Saliency = Callable[[PrunableMatrix], Tensor]


def saliency_named(name: str) -> Saliency:
    """The function `saliency` of the file `name`.py in this folder. Raises ModuleNotFoundError if there is no such file.

    What the file NEEDS was checked with the configuration (`config.available.needs_of`).
    """
    return import_module(f"{__name__}.{name}").saliency
