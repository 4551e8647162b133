"""The description of one prunable matrix that saliency criteria get."""

from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True)
class PrunableMatrix:
    """One matrix at the moment of a mask update.

    weight holds latent values: the entry of a pruned weight is the value that the weight had when it was pruned.
    """

    name: str
    """The parameter's name."""
    weight: Tensor
    """[rows, columns], without gradient tracking. It is the parameter itself: criteria must not write to it."""
    seed: int
    """The training's seed, for criteria that draw random numbers."""
