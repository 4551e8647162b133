"""Latent weights stay bit for bit as they were when pruned, whatever happens later. The saved state lists only pruned weights."""

import pytest
import torch
from torch import nn

from prunetransfer.pruning import magnitude_mask
from prunetransfer.pruning.pruner import Pruner
from prunetransfer.pruning.selection import Selection

DTYPES = {torch.float32: torch.int32, torch.float64: torch.int64, torch.bfloat16: torch.int16}
ROWS, COLUMNS = 700, 450  # more entries than one block of the pruner's, and no multiple of it

MAGNITUDE = Selection("magnitude", "matrix", seed=0)


class Half:
    """A schedule that prunes half of the weights before every step."""

    def updates_at(self, step):
        return True

    def sparsity_at(self, step):
        return 0.5


def same_bits(one: torch.Tensor, other: torch.Tensor) -> bool:
    return torch.equal(one.detach().view(DTYPES[one.dtype]), other.detach().view(DTYPES[other.dtype]))


@pytest.fixture(params=list(DTYPES), ids=str)
def weight(request):
    """A matrix of which a tenth is -0.0, a tenth is 0.0, and a tenth are subnormal numbers."""
    generator = torch.Generator().manual_seed(0)
    values = torch.randn(ROWS, COLUMNS, generator=generator).to(request.param)
    kind = torch.randint(10, values.shape, generator=generator)
    smallest = torch.ones((), dtype=DTYPES[request.param]).view(request.param)
    for place, special in enumerate((torch.tensor(-0.0), torch.tensor(0.0), smallest)):
        values[kind == place] = special.to(request.param)
    return nn.Parameter(values)


def test_every_update_equals_masking_a_dense_copy(weight):
    dense = weight.detach().clone()
    pruner = Pruner({"a": weight}, selection=MAGNITUDE)
    generator = torch.Generator().manual_seed(1)
    for sparsity in (0.1, 0.6, 0.9, 0.3, 0.0, 0.9):
        pruner.prune(sparsity)
        mask = magnitude_mask(dense, sparsity)
        assert torch.equal(pruner.masks["a"], mask)
        assert same_bits(weight, torch.where(mask, dense, torch.zeros_like(dense))), "pruned weights are +0.0"
        assert same_bits(pruner.state()["latent.a"], dense[~mask])
        step = torch.randn(dense.shape, generator=generator).to(dense.dtype)
        with torch.no_grad():
            weight[mask] = dense[mask] = (dense + step)[mask]
    pruner.prune(0.0)
    assert same_bits(weight, dense)


def test_values_written_to_pruned_weights_are_lost(weight):
    dense = weight.detach().clone()
    pruner = Pruner({"a": weight}, selection=MAGNITUDE)
    pruner.prune(0.8)
    with torch.no_grad():
        weight[~pruner.masks["a"]] = float("nan")
    pruner.prune(0.0)
    assert same_bits(weight, dense)


def test_gradients_and_momentum_of_many_blocks(weight):
    pruner = Pruner({"a": weight}, selection=MAGNITUDE, schedule=Half())
    optimizer = torch.optim.AdamW([weight])
    generator = torch.Generator().manual_seed(2)
    gradient = torch.randn(weight.shape, generator=generator).to(weight.dtype)
    weight.grad = gradient.clone()
    optimizer.step()
    momentum = optimizer.state[weight]["exp_avg"].clone()
    pruner.before_step(0, optimizer)
    weight.grad = gradient.clone()
    pruner.mask_gradients()
    assert torch.equal(optimizer.state[weight]["exp_avg"], momentum * pruner.masks["a"])
    assert torch.equal(weight.grad, gradient * pruner.masks["a"])


def test_state_lists_latent_values_by_rows(weight):
    pruner = Pruner({"a": weight}, selection=MAGNITUDE)
    state = pruner.state()
    assert state["mask.a"].all()
    assert state["latent.a"].shape == (0,)
    dense = weight.detach().clone()
    pruner.prune(0.7)
    state = {name: tensor.clone() for name, tensor in pruner.state().items()}
    assert state.keys() == {"mask.a", "latent.a"}
    assert same_bits(state["latent.a"], dense[~state["mask.a"]])
    resumed = nn.Parameter(weight.detach().clone())
    other = Pruner({"a": resumed}, selection=MAGNITUDE)
    other.load_state(state)
    assert all(torch.equal(tensor, state[name]) for name, tensor in other.state().items())
    other.prune(0.0)
    assert same_bits(resumed, dense)


def test_given_masks_set_pruned_weights_to_zero(weight):
    dense = weight.detach().clone()
    mask = torch.rand(dense.shape, generator=torch.Generator().manual_seed(3)) < 0.4
    pruner = Pruner({"a": weight}, {"a": mask})
    assert same_bits(weight, torch.where(mask, dense, torch.zeros_like(dense)))
    assert same_bits(pruner.state()["latent.a"], dense[~mask])
    assert pruner.sparsity == pytest.approx(float((~mask).float().mean()))
