"""Random masks prune exactly round(s * n) weights, depend on the seeds of run and matrix, and are nested across sparsities."""

import torch
from hypothesis import given
from hypothesis import strategies as st

from prunetransfer.pruning import random_mask
from prunetransfer.pruning.selection import Selection

SHAPE = st.tuples(st.integers(1, 20), st.integers(1, 20))
PERCENT = st.integers(0, 99)
SEED = st.integers(0, 2**31 - 1)


def criterion(name, weight, sparsity, seed):
    return Selection("random", "matrix", seed).masks({name: weight}, sparsity)[name]


@given(shape=SHAPE, percent=PERCENT, seed=SEED)
def test_exact_count(shape, percent, seed):
    count = round(percent / 100 * shape[0] * shape[1])
    for mask in (
        random_mask(shape, percent / 100, torch.Generator().manual_seed(seed)),
        criterion("name", torch.zeros(shape), percent / 100, seed),
    ):
        assert mask.dtype == torch.bool
        assert mask.shape == shape
        assert int((~mask).sum()) == count


@given(shape=SHAPE, smaller=PERCENT, larger=PERCENT, seed=SEED)
def test_nested_across_sparsities(shape, smaller, larger, seed):
    smaller, larger = sorted([smaller, larger])
    weight = torch.zeros(shape)
    masks = {percent: criterion("name", weight, percent / 100, seed) for percent in (smaller, larger)}
    assert not (masks[larger] & ~masks[smaller]).any()


def test_depends_on_seed_and_name_and_nothing_else():
    first = torch.randn(30, 30)
    mask = criterion("layer.0", first, 0.5, 1)
    torch.manual_seed(99)
    torch.rand(5)
    assert torch.equal(mask, criterion("layer.0", torch.randn(30, 30), 0.5, 1))
    for name, seed in (("layer.0", 2), ("layer.1", 1), ("layer.0", 1 + 2**20)):
        assert not torch.equal(mask, criterion(name, first, 0.5, seed))


def test_draws_leave_the_global_generator_alone():
    torch.manual_seed(0)
    expected = torch.rand(3)
    torch.manual_seed(0)
    criterion("name", torch.zeros(10, 10), 0.5, 1)
    assert torch.equal(torch.rand(3), expected)


def test_every_entry_is_pruned_equally_often():
    """Over many seeds, each entry is pruned in about the same share of masks, whatever its position and matrix."""
    weight = torch.zeros(4, 5)
    runs = 2000
    pruned = sum((~criterion("name", weight, 0.3, seed)).int() for seed in range(runs))
    deviation = (0.3 * 0.7 * runs) ** 0.5
    assert ((pruned - 0.3 * runs).abs() < 5 * deviation).all()
