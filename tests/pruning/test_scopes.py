"""Selections equal those of a few lines of NumPy, including ties. In each scope, exactly round(s * n) entries are pruned."""

import re
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from prunetransfer.pruning import magnitude_mask
from prunetransfer.pruning.matrix import PrunableMatrix
from prunetransfer.pruning.pruner import Pruner
from prunetransfer.pruning.selection import Selection, UnusableSaliency

EXTENDING = Path(__file__).parents[2] / "docs" / "extending.md"
NAMES = ["embeddings.weight", "layer.0.query.weight", "layer.0.output.weight", "layer.1.query.weight", "pooler.weight"]
SHAPE = st.tuples(st.integers(1, 6), st.integers(1, 6))
# Few different magnitudes: most saliencies are tied.
ENTRY = st.integers(-3, 3).map(float)


@st.composite
def weights(draw):
    found = {}
    for name in draw(st.lists(st.sampled_from(NAMES), min_size=1, unique=True)):
        rows, columns = draw(SHAPE)
        entries = draw(st.lists(ENTRY, min_size=rows * columns, max_size=rows * columns))
        found[name] = torch.tensor(entries).view(rows, columns)
    return found


def reference(weights, sparsity):
    """The reference for one threshold over all matrices: sorts magnitudes stably, and prunes the first round(sparsity * n)."""
    flat = np.concatenate([weight.numpy().ravel() for weight in weights.values()])
    kept = np.ones(len(flat), dtype=bool)
    kept[np.argsort(np.abs(flat), kind="stable")[: round(sparsity * len(flat))]] = False
    parts = np.split(kept, np.cumsum([weight.numel() for weight in weights.values()])[:-1])
    return {name: part.reshape(weights[name].shape) for name, part in zip(weights, parts, strict=True)}


@given(weights=weights(), percent=st.integers(0, 99))
def test_global_magnitude_equals_numpy(weights, percent):
    masks = Selection("magnitude", "global", 0).masks(weights, percent / 100)
    expected = reference(weights, percent / 100)
    assert list(masks) == list(weights)
    for name, mask in masks.items():
        assert mask.dtype == torch.bool
        assert np.array_equal(mask.numpy(), expected[name]), name


@given(weights=weights(), percent=st.integers(0, 99))
def test_layers_are_scopes_and_matrices_outside_layers_are_single_scopes(weights, percent):
    masks = Selection("magnitude", "layer", 0).masks(weights, percent / 100)
    layers = [[name for name in weights if name.startswith(f"layer.{layer}.")] for layer in (0, 1)]
    outside = [[name] for name in weights if not name.startswith("layer.")]
    for group in filter(None, [*layers, *outside]):
        expected = reference({name: weights[name] for name in group}, percent / 100)
        for name in group:
            assert np.array_equal(masks[name].numpy(), expected[name])


@pytest.mark.parametrize("saliency", ["magnitude", "random"])
@pytest.mark.parametrize("scope", ["matrix", "layer", "global"])
@given(weights=weights(), percent=st.integers(0, 99))
def test_each_scope_is_pruned_exactly(saliency, scope, weights, percent):
    selection = Selection(saliency, scope, seed=5)
    masks = selection.masks(weights, percent / 100)
    for names in selection.groups(list(weights)):
        entries = sum(weights[name].numel() for name in names)
        assert sum(int((~masks[name]).sum()) for name in names) == round(percent / 100 * entries)
    pruned = sum(int((~mask).sum()) for mask in masks.values())
    assert selection.prunes_nothing(weights, percent / 100) == (pruned == 0)


def test_equal_matrices_lose_the_first_one_first():
    weight = torch.arange(1.0, 5.0).view(2, 2)
    masks = Selection("magnitude", "global", 0).masks({"a": weight, "b": weight.clone()}, 3 / 8)
    assert masks["a"].tolist() == [[False, False], [True, True]]
    assert masks["b"].tolist() == [[False, True], [True, True]]


def test_a_matrix_of_small_weights_may_be_pruned_completely():
    weights = {"small": torch.full((4, 4), 0.1), "large": torch.full((4, 4), 10.0)}
    masks = Selection("magnitude", "global", 0).masks(weights, 0.5)
    assert not masks["small"].any() and masks["large"].all()


def test_the_scope_of_a_matrix_is_magnitude_mask():
    generator = torch.Generator().manual_seed(0)
    weights = {name: torch.randn(5, 7, generator=generator) for name in NAMES}
    for name, mask in Selection("magnitude", "matrix", 0).masks(weights, 0.37).items():
        assert torch.equal(mask, magnitude_mask(weights[name], 0.37))


class Ramp:
    """A schedule that prunes before every step, a little more each time."""

    def updates_at(self, step):
        return True

    def sparsity_at(self, step):
        return min(0.8, 0.2 * (step + 1))


def test_a_resumed_global_pruner_goes_on_to_the_same_bytes():
    def start():
        generator = torch.Generator().manual_seed(1)
        matrices = {name: nn.Parameter(torch.randn(6, 5, generator=generator)) for name in NAMES}
        optimizer = torch.optim.AdamW(matrices.values(), lr=0.3)
        return matrices, Pruner(matrices, schedule=Ramp(), selection=Selection("magnitude", "global", 0)), optimizer

    def train(matrices, pruner, optimizer, steps):
        for step in steps:
            pruner.before_step(step, optimizer)
            generator = torch.Generator().manual_seed(step)
            for weight in matrices.values():
                weight.grad = torch.randn(weight.shape, generator=generator)
            pruner.mask_gradients()
            optimizer.step()

    whole, whole_pruner, whole_optimizer = start()
    train(whole, whole_pruner, whole_optimizer, range(8))
    killed, killed_pruner, killed_optimizer = start()
    train(killed, killed_pruner, killed_optimizer, range(4))
    state = {name: tensor.clone() for name, tensor in killed_pruner.state().items()}
    resumed, resumed_pruner, resumed_optimizer = start()
    with torch.no_grad():
        for name, weight in resumed.items():
            weight.copy_(killed[name])
    resumed_optimizer.load_state_dict(killed_optimizer.state_dict())
    resumed_pruner.load_state(state)
    train(resumed, resumed_pruner, resumed_optimizer, range(4, 8))
    shares = {round(1 - float(mask.float().mean()), 3) for mask in whole_pruner.masks.values()}
    assert len(shares) > 1, "one threshold must leave matrices of different sparsity, or the test shows nothing"
    for name, weight in whole.items():
        assert torch.equal(weight, resumed[name])
        assert torch.equal(whole_pruner.masks[name], resumed_pruner.masks[name])


@pytest.mark.parametrize(
    ("saliency", "message"),
    [
        (lambda matrix: matrix.weight / 0, "criterion odd, a: found NaN in its saliency"),
        (lambda matrix: matrix.weight.sum(1), r"criterion odd, a: its saliency has the shape \[2\], allowed: \[2, 3\]"),
    ],
)
def test_a_saliency_that_cannot_be_sorted_is_refused(monkeypatch, saliency, message):
    monkeypatch.setitem(sys.modules, "prunetransfer.pruning.criteria.odd", SimpleNamespace(saliency=saliency))
    with pytest.raises(UnusableSaliency, match=message):
        Selection("odd", "matrix", 0).masks({"a": torch.zeros(2, 3)}, 0.5)


def test_the_recipes_criterion_takes_rows_of_zeros():
    """A fresh encoder's padding row is one."""
    code = re.search(r"```python\n(# pruning/criteria/row_magnitude\.py.*?)```", EXTENDING.read_text(), re.DOTALL)[1]
    module = {}
    exec(code, module)
    rated = module["saliency"](PrunableMatrix("a", torch.tensor([[0.0, 0.0], [3.0, 4.0]]), 0))
    assert torch.equal(rated, torch.tensor([[0.0, 0.0], [0.6, 0.8]]))
