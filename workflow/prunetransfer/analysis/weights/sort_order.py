"""Sorts a matrix by magnitude, and measures how far its weights move in that order (Gordon et al. 2020, Table 2)."""

import numpy as np
import torch
from torch import Tensor

LARGEST = 2**31 - 1
"""The largest number of entries of a matrix. Positions are int32, because int64 would take twice the memory."""
_SIGN = np.uint32(1 << 31)


def magnitude_order(weight: np.ndarray) -> np.ndarray:
    """The positions of a matrix's entries, in row-major order, sorted by the entries' magnitude: int32 [size].

    If magnitudes are equal, the earlier position comes first, as in `pruning.masks.mask_lowest`. So magnitude pruning to
    sparsity s prunes the first round(s * size). Raises ValueError for more than LARGEST entries.
    """
    if weight.size > LARGEST:
        raise ValueError(f"a matrix of {weight.size} entries: at most {LARGEST} can be sorted")
    flat = np.ravel(weight)
    if flat.dtype != np.float32:
        return np.argsort(np.abs(flat), kind="stable").astype(np.int32)
    # The bits of a float32 without its sign bit, read as an integer, sort like its magnitude. The lower half of a key is the
    # position. So all keys differ, and the fastest sort returns the stable order: 23 M entries take 1.5 s, and with
    # torch.sort 3.9 s.
    keys = (flat.view(np.uint32) & ~_SIGN).astype(np.uint64)
    keys <<= np.uint64(32)
    keys |= np.arange(flat.size, dtype=np.uint64)
    keys.sort()
    return keys.astype(np.uint32).view(np.int32)


def ranks_after(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """The ranks of the weights in the order `after`, sorted by their ranks in the order `before`: int32 [size].

    before, after: from `magnitude_order`, for matrices of the same shape.
    """
    rank = np.empty_like(after)
    rank[after] = np.arange(after.size, dtype=after.dtype)
    return rank[before]


def displacements(ranks: np.ndarray) -> np.ndarray:
    """The number of ranks by which each weight moved, sorted by its rank before: int32 [size]. ranks: from `ranks_after`."""
    return np.abs(ranks - np.arange(ranks.size, dtype=ranks.dtype))


def sort_order_movement(before: Tensor, after: Tensor) -> Tensor:
    """Sort-order movement |rank after - rank before| / size: float32 [size], from 0 to 1 (Gordon et al. 2020, Table 2).

    Entry i of the result belongs to the weight with the i-th smallest magnitude in `before`, not to the i-th entry of the
    matrix. So a slice of the result is a bin of weights by magnitude before. Equal magnitudes are ordered by position.
    The mean is largest, 1/2, if the order is reversed. Raises ValueError if the shapes differ.
    """
    if before.shape != after.shape:
        raise ValueError(f"matrices of different shapes: {list(before.shape)} and {list(after.shape)}")
    moved = displacements(ranks_after(_order(before), _order(after)))
    return torch.from_numpy(np.divide(moved, np.float32(max(1, moved.size)), dtype=np.float32))


def _order(weight: Tensor) -> np.ndarray:
    weight = weight.detach().cpu()
    # numpy has no bfloat16. float32 represents all its values exactly.
    return magnitude_order((weight if weight.dtype == torch.float64 else weight.float()).numpy())
