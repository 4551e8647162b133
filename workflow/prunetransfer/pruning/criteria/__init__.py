"""Saliency criteria: a file each, called by its name in the configuration.

A criterion's file has one function `mask(name, weight, sparsity, seed)`: the parameter's name, its latent weights
[rows, columns], the share to prune and the pre-training seed, to a bool tensor of that shape, True where kept.
"""

from collections.abc import Callable
from importlib import import_module

from torch import Tensor

Criterion = Callable[[str, Tensor, float, int], Tensor]


def criterion_named(name: str) -> Criterion:
    """The criterion that the file `name`.py in this folder defines. Raises ModuleNotFoundError where there is none."""
    return import_module(f"{__name__}.{name}").mask
