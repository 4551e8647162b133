import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from prunetransfer.analysis.weights.blocks import block_lengths, block_means, block_starts

SIZES = st.integers(1, 40)


@given(SIZES, SIZES)
def test_blocks_have_one_length_but_the_last_may_be_shorter(size, blocks):
    starts = block_starts(size, blocks)
    lengths = block_lengths(starts, size)
    assert len(starts) <= blocks
    assert lengths.sum() == size
    assert len(set(lengths[:-1])) <= 1 and 1 <= lengths[-1] <= lengths[0]
    if blocks >= size:
        assert (lengths == 1).all()


@given(SIZES, SIZES, SIZES, SIZES)
def test_means_are_those_of_the_slices(rows, columns, row_blocks, column_blocks):
    matrix = np.random.default_rng(rows).normal(size=(rows, columns)).astype(np.float32)
    starts = [block_starts(rows, row_blocks), block_starts(columns, column_blocks)]
    means = block_means(matrix, *starts)
    for i, row in enumerate(starts[0]):
        for j, column in enumerate(starts[1]):
            block = matrix[row : [*starts[0], rows][i + 1], column : [*starts[1], columns][j + 1]]
            assert means[i, j] == pytest.approx(block.mean(dtype=float), abs=1e-12)
    lengths = [block_lengths(start, size) for start, size in zip(starts, matrix.shape, strict=True)]
    assert (means * np.outer(*lengths)).sum() == pytest.approx(matrix.sum(dtype=float), abs=1e-9)


def test_no_rows_or_no_blocks_are_refused():
    with pytest.raises(ValueError, match="0 rows"):
        block_starts(0, 3)
