"""Matrices made small enough to look at: means over blocks."""

import numpy as np


def block_starts(size: int, blocks: int) -> np.ndarray:
    """Where blocks of equally many of `size` consecutive rows begin, at most `blocks` of them; the last may be shorter.

    Raises ValueError unless both are at least 1.
    """
    if size < 1 or blocks < 1:
        raise ValueError(f"{size} rows can't be put into {blocks} blocks: at least 1 of each is needed")
    return np.arange(0, size, -(-size // blocks))


def block_lengths(starts: np.ndarray, size: int) -> np.ndarray:
    """How many rows each block has, of `size` in all."""
    return np.diff(starts, append=size)


def block_means(matrix: np.ndarray, row_starts: np.ndarray, column_starts: np.ndarray) -> np.ndarray:
    """Means, in float64, over the blocks that begin at these rows and columns: [len(row_starts), len(column_starts)]."""
    sums = np.add.reduceat(matrix, row_starts, axis=0, dtype=np.float64)
    sums = np.add.reduceat(sums, column_starts, axis=1)
    rows, columns = (
        block_lengths(starts, size) for starts, size in zip((row_starts, column_starts), matrix.shape, strict=True)
    )
    return sums / np.outer(rows, columns)
