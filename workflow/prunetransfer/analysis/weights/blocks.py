"""Means over blocks of a matrix, which shrink it to a figure's size."""

import numpy as np


def block_starts(size: int, blocks: int) -> np.ndarray:
    """Divides `size` rows into at most `blocks` blocks, and returns the first row of each: int64 [number of blocks].

    All blocks have the same length, but the last may be shorter. Raises ValueError unless both numbers are at least 1.
    """
    if size < 1 or blocks < 1:
        raise ValueError(f"{size} rows can't be put into {blocks} blocks: at least 1 of each is needed")
    return np.arange(0, size, -(-size // blocks))


def block_lengths(starts: np.ndarray, size: int) -> np.ndarray:
    """The number of rows of each block. starts: the first row of each. size: the number of all rows."""
    return np.diff(starts, append=size)


def block_means(matrix: np.ndarray, row_starts: np.ndarray, column_starts: np.ndarray) -> np.ndarray:
    """Means over the blocks that begin at these rows and columns: float64 [len(row_starts), len(column_starts)]."""
    sums = np.add.reduceat(matrix, row_starts, axis=0, dtype=np.float64)
    sums = np.add.reduceat(sums, column_starts, axis=1)
    rows, columns = (
        block_lengths(starts, size) for starts, size in zip((row_starts, column_starts), matrix.shape, strict=True)
    )
    return sums / np.outer(rows, columns)
