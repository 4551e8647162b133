"""Saliency criteria. Each has a file in this folder; configurations use the file's name.

The file lists the attributes of a matrix that the criterion needs, and defines a function that rates each weight:

    NEEDS = ("weight",)

    def saliency(matrix: PrunableMatrix) -> Tensor: ...    [rows, columns], without NaN; the lowest are pruned first

Criteria do not decide which weights share a threshold (those of a matrix, a layer, or the whole encoder): see `selection`.
"""

from collections.abc import Callable
from importlib import import_module

from torch import Tensor

from prunetransfer.errors import PruneTransferError

from ..matrix import PrunableMatrix

Saliency = Callable[[PrunableMatrix], Tensor]
AVAILABLE = ("weight",)
"""The attributes of a matrix that every mask update has and that criteria may need."""


class UnmetNeed(PruneTransferError):
    """A criterion needs an attribute that mask updates do not have. The message names the criterion and the attribute."""


def saliency_named(name: str) -> Saliency:
    """The function `saliency` of the file `name`.py in this folder.

    Raises ModuleNotFoundError if there is no such file, and UnmetNeed if mask updates lack an attribute that it needs.
    """
    module = import_module(f"{__name__}.{name}")
    unmet = [need for need in module.NEEDS if need not in AVAILABLE]
    if unmet:
        raise UnmetNeed(f"criterion {name}: needs {', '.join(unmet)}; a mask update has {', '.join(AVAILABLE)}")
    return module.saliency
