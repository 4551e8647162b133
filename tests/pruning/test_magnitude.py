"""Magnitude masks prune exactly round(s * n) weights, no pruned weight is larger than a kept one, and position decides ties."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from prunetransfer.pruning import magnitude_mask
from prunetransfer.pruning.selection import Selection

SPARSITY = st.one_of(st.integers(0, 99).map(lambda percent: percent / 100), st.floats(0, 1, exclude_max=True))
# There are only a few values, so that many are tied. Subnormal numbers are left out, because torch may flush them to zero.
FLOATS = st.floats(-(2.0**100), 2.0**100, width=32, allow_subnormal=False)
VALUES = st.one_of(st.sampled_from([0.0, -0.0, 1.0, -1.0, 0.5, -0.5]), FLOATS)
WEIGHTS = arrays("float32", array_shapes(min_dims=2, max_dims=2, max_side=12), elements=VALUES).map(torch.from_numpy)


def pruned_in_order(weight: torch.Tensor, sparsity: float) -> torch.Tensor:
    """The reference: prunes one entry after the other, the smallest magnitude first, and the earliest of equal ones."""
    values = weight.flatten().tolist()
    order = sorted(range(len(values)), key=lambda place: (abs(values[place]), place))
    mask = torch.ones(len(values), dtype=torch.bool)
    mask[order[: round(sparsity * len(values))]] = False
    return mask.view_as(weight)


@given(weight=WEIGHTS, sparsity=SPARSITY)
def test_equals_pruning_one_by_one(weight, sparsity):
    mask = magnitude_mask(weight, sparsity)
    assert mask.dtype == torch.bool
    assert mask.shape == weight.shape
    assert torch.equal(mask, pruned_in_order(weight, sparsity))


@given(weight=WEIGHTS, sparsity=SPARSITY)
def test_exact_count_and_order(weight, sparsity):
    mask = magnitude_mask(weight, sparsity)
    assert int((~mask).sum()) == round(sparsity * weight.numel())
    pruned, kept = weight[~mask].abs(), weight[mask].abs()
    if len(pruned) and len(kept):
        assert pruned.max() <= kept.min()


@given(weight=WEIGHTS, smaller=SPARSITY, larger=SPARSITY)
def test_masks_are_nested(weight, smaller, larger):
    smaller, larger = sorted([smaller, larger])
    assert not (magnitude_mask(weight, larger) & ~magnitude_mask(weight, smaller)).any()


@pytest.mark.parametrize("weight", [torch.zeros(3, 4), torch.full((1, 12), -2.0), torch.ones(12, 1)])
def test_ties_are_broken_by_position(weight):
    mask = magnitude_mask(weight, 0.4)
    assert mask.flatten().tolist() == [False] * 5 + [True] * 7


def test_no_sparsity_keeps_zeros():
    assert magnitude_mask(torch.zeros(3, 4), 0.0).all()


@pytest.mark.parametrize("sparsity", [-0.1, 1.0, 1.5, float("nan")])
def test_impossible_sparsities_are_refused(sparsity):
    with pytest.raises(ValueError, match="at least 0 and below 1"):
        magnitude_mask(torch.ones(2, 2), sparsity)


def test_parameter_is_neither_changed_nor_differentiated():
    weight = torch.nn.Parameter(torch.tensor([[3.0, -1.0], [2.0, 0.5]]))
    before = weight.detach().clone()
    mask = magnitude_mask(weight, 0.5)
    assert mask.tolist() == [[True, False], [True, False]]
    assert not mask.requires_grad
    assert torch.equal(weight.detach(), before)


@given(weight=WEIGHTS, sparsity=SPARSITY)
def test_criterion_of_that_name_is_the_same(weight, sparsity):
    chosen = Selection("magnitude", "matrix", seed=7).masks({"any": weight}, sparsity)
    assert torch.equal(chosen["any"], magnitude_mask(weight, sparsity))
