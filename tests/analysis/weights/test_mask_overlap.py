from itertools import permutations
from statistics import mean

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from prunetransfer.analysis.weights.mask_overlap import (
    COLUMNS,
    PackedMask,
    overlap_rows,
    packed_overlap,
    pooled_overlap,
)

SHAPES = st.tuples(st.integers(1, 9), st.integers(1, 40))
PAIR = SHAPES.flatmap(lambda shape: st.tuples(arrays.arrays(bool, shape), arrays.arrays(bool, shape)))


def overlap(mask, other):
    return packed_overlap(PackedMask.of(mask), PackedMask.of(other))


def by_hand(mask, other):
    """Difference and Jaccard index in percent."""
    either = (mask | other).sum()
    return 100 * (mask != other).mean(), 100 * (mask & other).sum() / either if either else 100


@given(PAIR)
def test_equals_the_definitions(pair):
    found = overlap(*pair)
    assert (found.difference, found.jaccard) == pytest.approx(by_hand(*pair))
    assert found == packed_overlap(PackedMask.of(pair[0].ravel()), PackedMask.of(pair[1].ravel()))


@given(PAIR)
def test_overlap_is_symmetric_and_a_mask_does_not_differ_from_itself(pair):
    mask, other = pair
    one_way, other_way = overlap(mask, other), overlap(other, mask)
    for measure in ("difference", "chance_difference", "jaccard", "chance_jaccard"):
        assert getattr(one_way, measure) == getattr(other_way, measure)
    assert overlap(mask, mask).difference == 0
    assert overlap(mask, mask).jaccard == 100


@given(st.lists(PAIR, min_size=1, max_size=4))
def test_pooled_overlap_equals_that_of_all_entries_together(pairs):
    pooled = pooled_overlap(overlap(*pair) for pair in pairs)
    together = [np.concatenate([pair[side].ravel() for pair in pairs]) for side in (0, 1)]
    assert (pooled.difference, pooled.jaccard) == pytest.approx(by_hand(*together))
    differing = sum(overlap(*pair).chance_difference * pair[0].size for pair in pairs)
    assert pooled.chance_difference == pytest.approx(differing / pooled.entries)


@given(st.integers(0, 5), st.integers(0, 5))
def test_chance_is_the_mean_over_all_masks_that_keep_as_many(kept, other_kept):
    mask, other = np.arange(5) < kept, np.arange(5) < other_kept
    every = [overlap(np.array(shuffled), other) for shuffled in permutations(mask.tolist())]
    assert every[0].chance_difference == pytest.approx(mean(found.difference for found in every))
    assert every[0].chance_kept_by_both == pytest.approx(mean(found.kept_by_both for found in every))


@pytest.mark.parametrize("sparsity", [0, 0.3, 0.9])
def test_chance_at_a_sparsity(sparsity):
    mask = np.arange(1000) >= 1000 * sparsity
    found = overlap(mask, mask)
    assert found.chance_difference == pytest.approx(100 * 2 * sparsity * (1 - sparsity))
    assert found.chance_jaccard == pytest.approx(100 * (1 - sparsity) / (1 + sparsity))


def test_rows_have_the_columns_of_the_table():
    masks = {name: overlap(np.ones(size, bool), np.ones(size, bool)) for name, size in (("a", 3), ("b", 5))}
    rows = overlap_rows({"comparison": "seeds"}, masks)
    assert [(row["name"], row["entries"]) for row in rows] == [("a", 3), ("b", 5), ("all", 8)]
    assert all(row.keys() <= set(COLUMNS) for row in rows)
