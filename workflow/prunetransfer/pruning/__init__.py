"""Pruning: which weights (a saliency of `criteria` within a scope, `selection`), when (`schedules`), and training (`pruner`)."""

from prunetransfer.models.matrices import prunable_matrices

from .one_matrix import magnitude_mask, random_mask
from .schedules.cubic import cubic_sparsity

__all__ = ["cubic_sparsity", "magnitude_mask", "prunable_matrices", "random_mask"]
