"""Saliency criteria: a file each, called by its name in the configuration.

A criterion's file says what it needs of a matrix besides its name, and rates each weight:

    NEEDS = ("weight",)

    def saliency(matrix: PrunableMatrix) -> Tensor: ...    [rows, columns], without NaN; the lowest are pruned first

Where a threshold is shared (a matrix, a layer, the whole encoder) is not the criterion's business: see `selection`.
"""

from collections.abc import Callable
from importlib import import_module

from torch import Tensor

from prunetransfer.errors import PruneTransferError

from ..matrix import PrunableMatrix

Saliency = Callable[[PrunableMatrix], Tensor]
AVAILABLE = ("weight",)
"""What a mask update can give a criterion."""


class UnmetNeed(PruneTransferError):
    """A criterion that needs what a mask update does not have; the message names both."""


def saliency_named(name: str) -> Saliency:
    """The saliency of the file `name`.py in this folder. Raises ModuleNotFoundError, and UnmetNeed."""
    module = import_module(f"{__name__}.{name}")
    unmet = [need for need in module.NEEDS if need not in AVAILABLE]
    if unmet:
        raise UnmetNeed(f"criterion {name}: needs {', '.join(unmet)}; a mask update has {', '.join(AVAILABLE)}")
    return module.saliency
