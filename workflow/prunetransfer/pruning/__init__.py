"""How (criteria), when (schedules) and what (masks) is pruned."""

from .criteria.magnitude import magnitude_mask
from .criteria.random import random_mask
from .matrices import prunable_matrices
from .schedules.cubic import cubic_sparsity

__all__ = ["cubic_sparsity", "magnitude_mask", "prunable_matrices", "random_mask"]
