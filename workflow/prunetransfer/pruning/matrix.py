"""What a saliency criterion is given of one prunable matrix."""

from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True)
class PrunableMatrix:
    """One matrix at the moment of a mask update.

    weight holds the latent values: a weight that is pruned now counts with the value it had when it was pruned.
    """

    name: str
    """The parameter's name."""
    weight: Tensor
    """[rows, columns], without gradient tracking."""
    seed: int
    """The training's, for criteria that draw random numbers."""
