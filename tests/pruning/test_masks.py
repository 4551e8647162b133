"""Exactly the round(s * n) lowest saliencies are pruned, and position decides ties: in every dtype, for all bits except NaN."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from prunetransfer.pruning.masks import _keep_last_ties, _keep_last_ties_unseen, mask_lowest

INTEGERS = {
    torch.float32: torch.int32,
    torch.float64: torch.int64,
    torch.float16: torch.int16,
    torch.bfloat16: torch.int16,
}
"""Each with an integer type of its size, to make any number from its bits."""
SPARSITY = st.one_of(st.sampled_from([0.0, 0.1, 0.5, 0.9, 0.99]), st.floats(0, 1, exclude_max=True))


def reference(saliency: torch.Tensor, sparsity: float) -> torch.Tensor:
    """The reference: a stable sort, in which the earlier of equal entries comes first."""
    order = np.argsort(saliency.double().numpy().ravel(), kind="stable")
    mask = np.ones(order.size, dtype=bool)
    mask[order[: round(sparsity * order.size)]] = False
    return torch.from_numpy(mask.reshape(saliency.shape))


@st.composite
def saliencies(draw):
    """All bits except NaN, including infinities, -0.0 and subnormal numbers; or only a few values, so that many are tied."""
    dtype = draw(st.sampled_from(list(INTEGERS)))
    shape = draw(st.tuples(st.integers(1, 12), st.integers(1, 12)))
    generator = torch.Generator().manual_seed(draw(st.integers(0, 2**31)))
    info = torch.finfo(dtype)
    values = draw(st.sampled_from(["any bits", "ties", "subnormal", "zeros"]))
    if values == "any bits":
        limits = torch.iinfo(INTEGERS[dtype])
        bits = torch.randint(limits.min, limits.max, shape, generator=generator, dtype=INTEGERS[dtype])
        return bits.view(dtype).nan_to_num(nan=0.0, posinf=float("inf"), neginf=-float("inf"))
    if values == "subnormal":
        below_normal = 2 ** round(-np.log2(info.eps))
        return torch.randint(0, below_normal, shape, generator=generator, dtype=INTEGERS[dtype]).view(dtype)
    few = [0.0, -0.0] if values == "zeros" else [0.0, -0.0, 1.0, -1.0, info.tiny, info.smallest_normal / 2, info.max]
    return torch.tensor(few, dtype=dtype)[torch.randint(len(few), shape, generator=generator)]


@given(saliency=saliencies(), sparsity=SPARSITY)
def test_equals_a_stable_sort(saliency, sparsity):
    before = saliency.clone()
    mask = mask_lowest(saliency, sparsity)
    assert mask.dtype == torch.bool
    assert torch.equal(mask, reference(saliency, sparsity))
    assert torch.equal(saliency, before)


@given(saliency=saliencies(), sparsity=SPARSITY)
def test_exact_count_and_no_pruned_one_above_a_kept_one(saliency, sparsity):
    mask = mask_lowest(saliency, sparsity)
    assert int((~mask).sum()) == round(sparsity * saliency.numel())
    pruned, kept = saliency[~mask], saliency[mask]
    assert not len(pruned) or not len(kept) or pruned.max() <= kept.min()


@pytest.mark.parametrize("dtype", list(INTEGERS), ids=str)
@pytest.mark.parametrize("values", ["random", "sorted", "half zero", "five values"])
def test_larger_matrices(dtype, values):
    """Matrices above the size below which NumPy's partition is a plain sort."""
    generator = torch.Generator().manual_seed(0)
    saliency = torch.randn(300, 257, generator=generator)
    if values == "sorted":
        saliency = saliency.flatten().sort().values.view_as(saliency)
    if values == "half zero":
        saliency = saliency.relu()
    if values == "five values":
        saliency = torch.randint(5, saliency.shape, generator=generator).float()
    saliency = saliency.to(dtype)
    for sparsity in (0.0, 0.3, 0.6, 0.9):
        assert torch.equal(mask_lowest(saliency, sparsity), reference(saliency, sparsity))


def test_ties_are_in_row_major_order_for_any_memory_layout():
    saliency = torch.randint(3, (40, 30), generator=torch.Generator().manual_seed(0)).float().T
    assert torch.equal(mask_lowest(saliency, 0.5), reference(saliency.contiguous(), 0.5))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
@given(saliency=saliencies(), sparsity=SPARSITY)
def test_same_mask_on_a_gpu(saliency, sparsity):
    assert torch.equal(mask_lowest(saliency.cuda(), sparsity).cpu(), mask_lowest(saliency, sparsity))


@given(saliency=saliencies(), sparsity=SPARSITY)
def test_the_variant_for_gpus_keeps_the_same_ties(saliency, sparsity):
    """The variant for GPUs, which reads no number back, keeps the same ties."""
    flat = saliency.flatten()
    threshold = flat[int(len(flat) * sparsity)]
    kept, ties = flat > threshold, flat == threshold
    for wanted in range(int(kept.sum()), int(kept.sum() + ties.sum()) + 1):
        assert torch.equal(_keep_last_ties_unseen(kept, ties, wanted), _keep_last_ties(kept.clone(), ties, wanted))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA here")
def test_a_gpu_gives_the_same_masks():
    saliency = torch.randn(300, 700).abs().round(decimals=2)
    for sparsity in (0.1, 0.5, 0.9):
        assert torch.equal(mask_lowest(saliency.cuda(), sparsity).cpu(), mask_lowest(saliency, sparsity))
