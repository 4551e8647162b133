import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from prunetransfer.analysis import sort_order_movement
from prunetransfer.analysis.weights.sort_order import displacements, magnitude_order, ranks_after
from prunetransfer.pruning import magnitude_mask

# Few values, so that most magnitudes are tied. Both zeros, subnormal and infinite numbers are among them.
VALUES = st.sampled_from([0.0, -0.0, 1e-42, -0.5, 0.5, 1.0, -3.0, 3.0, np.inf, -np.inf])
SHAPES = st.tuples(st.integers(1, 6), st.integers(1, 7))


def matrices(shape):
    return arrays.arrays(np.float32, shape, elements=VALUES)


PAIRS = SHAPES.flatmap(lambda shape: st.tuples(matrices(shape), matrices(shape)))


def by_hand(before, after):
    """|rank after - rank before| / size, sorted by rank before. Ranks are by magnitude, then by position."""
    before, after = (
        sorted(range(weight.size), key=lambda i, flat=abs(weight.ravel()): (flat[i], i)) for weight in (before, after)
    )
    return [abs(after.index(entry) - rank) / len(before) for rank, entry in enumerate(before)]


@given(PAIRS)
def test_movement_equals_the_definition(pair):
    before, after = pair
    movement = sort_order_movement(*map(torch.from_numpy, pair))
    assert movement.dtype == torch.float32
    assert movement.tolist() == pytest.approx(by_hand(before, after))


@given(PAIRS)
def test_bounds_that_hold_for_any_movement(pair):
    before, after = map(torch.from_numpy, pair)
    movement = sort_order_movement(before, after)
    assert not sort_order_movement(before, before).any()
    assert not sort_order_movement(before, -before).any()
    assert movement.min() >= 0
    assert movement.max() < 1
    assert movement.mean() <= 0.5 + 1e-6
    # From after to before, weights move by the same ranks in total.
    assert sort_order_movement(after, before).sum() == pytest.approx(float(movement.sum()), abs=1e-5)


@given(st.integers(1, 40), st.randoms(use_true_random=False))
def test_without_ties_positions_and_scale_do_not_matter(size, random):
    magnitudes = [value + 1.0 for value in range(size)]
    before, after = (torch.tensor(random.sample(magnitudes, size)) for _ in range(2))
    permutation = torch.tensor(random.sample(range(size), size))
    expected = sort_order_movement(before, after)
    assert torch.equal(sort_order_movement(before[permutation], after[permutation]), expected)
    assert torch.equal(sort_order_movement(-3 * before, 0.1 * after), expected)


@pytest.mark.parametrize("size", [1, 2, 7, 100])
def test_the_reversed_order_moves_most(size):
    before = torch.arange(1.0, size + 1)
    expected = (size**2 // 2) / size**2
    assert float(sort_order_movement(before, before.flip(0)).mean()) == pytest.approx(expected)


@given(SHAPES.flatmap(matrices), st.sampled_from([0.0, 0.3, 0.6, 0.9]))
def test_pruning_takes_the_first_of_the_order(weight, sparsity):
    kept = magnitude_mask(torch.from_numpy(weight), sparsity).flatten()
    order = magnitude_order(weight)
    pruned = round(sparsity * weight.size)
    assert order.dtype == np.int32
    assert not kept[order[:pruned]].any()
    assert kept[order[pruned:]].all()


@given(SHAPES.flatmap(matrices))
def test_the_order_is_the_stable_one(weight):
    assert magnitude_order(weight).tolist() == np.argsort(np.abs(weight).ravel(), kind="stable").tolist()
    assert magnitude_order(weight.T).tolist() == np.argsort(np.abs(weight.T).ravel(), kind="stable").tolist()


def test_a_large_matrix_equals_numpy():
    generator = np.random.default_rng(0)
    before = generator.normal(size=(301, 700)).astype(np.float32).round(2)
    after = before + generator.normal(scale=0.1, size=before.shape).astype(np.float32)
    order, other = (np.argsort(np.abs(weight).ravel(), kind="stable") for weight in (before, after))
    ranks = np.argsort(other)[order]
    assert np.array_equal(ranks_after(magnitude_order(before), magnitude_order(after)), ranks)
    assert np.array_equal(displacements(ranks), np.abs(ranks - np.arange(ranks.size)))


@pytest.mark.parametrize("dtype", [torch.float64, torch.float16, torch.bfloat16])
def test_other_number_types(dtype):
    before, after = (torch.tensor(row, dtype=dtype) for row in ([0.5, -2, 1, 0], [1, 0.25, -2, 0]))
    assert sort_order_movement(before, after).tolist() == [0, 0.25, 0.25, 0.5]
    if dtype == torch.float64:  # only float64 tells these weights apart
        close = torch.tensor([1 + 1e-12, 1.0], dtype=dtype)
        assert sort_order_movement(close, torch.tensor([1.0, 2.0], dtype=dtype)).tolist() == [0.5, 0.5]


def test_parameters_and_empty_matrices():
    weight = torch.nn.Parameter(torch.randn(3, 4))
    assert sort_order_movement(weight, weight).shape == (12,)
    assert sort_order_movement(torch.empty(0, 4), torch.empty(0, 4)).shape == (0,)


def test_too_large_matrices_and_other_shapes_are_refused():
    with pytest.raises(ValueError, match=r"different shapes: \[2, 3\] and \[3, 2\]"):
        sort_order_movement(torch.ones(2, 3), torch.ones(3, 2))
    with pytest.raises(ValueError, match="2147483648 entries"):
        magnitude_order(np.broadcast_to(np.float32(0), (2**16, 2**15)))
