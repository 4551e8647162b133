"""Dropout with 16 random bits behaves like `nn.Dropout`: the expectation is the input, and gradients have the same mask."""

import pytest
import torch
from torch import nn

from prunetransfer.models.dropout import Dropout, dropout, use_fast_dropout

ENTRIES = 1_000_003  # no multiple of four


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.9])
def test_share_and_scale(rate):
    torch.manual_seed(0)
    found = dropout(torch.ones(ENTRIES), rate)
    dropped = int((found == 0).sum())
    deviation = (ENTRIES * rate * (1 - rate)) ** 0.5
    assert abs(dropped - ENTRIES * rate) < 5 * deviation + ENTRIES * 2**-16
    kept = found[found != 0]
    assert torch.equal(kept, torch.full_like(kept, 2**16 / (2**16 - round(rate * 2**16))))


def test_a_rate_of_zero_changes_nothing():
    values = torch.randn(10)
    assert dropout(values, 0.0) is values


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_gradients_have_the_mask_of_the_values(dtype):
    torch.manual_seed(0)
    values = torch.randn(37, 11, dtype=dtype, requires_grad=True)
    found = dropout(values, 0.3)
    found.sum().backward()
    assert found.dtype == values.grad.dtype == dtype
    torch.testing.assert_close(found, values * values.grad)


def test_neighbours_are_independent():
    """Entries are dropped independently, both entries of one draw of 64 bits and neighbours from two draws."""
    torch.manual_seed(0)
    dropped = (dropout(torch.ones(400_000), 0.5) == 0).double()
    for distance in range(1, 9):
        correlation = torch.corrcoef(torch.stack([dropped[:-distance], dropped[distance:]]))[0, 1]
        assert abs(correlation) < 5 / len(dropped) ** 0.5


def test_seed_decides():
    def draw(seed):
        torch.manual_seed(seed)
        return dropout(torch.ones(1000), 0.5)

    assert torch.equal(draw(1), draw(1))
    assert not torch.equal(draw(1), draw(2))


def test_evaluation_drops_nothing():
    module = Dropout(0.5).eval()
    values = torch.randn(10)
    assert module(values) is values


def test_every_dropout_is_replaced(make_model, architecture):
    model = make_model(head="CLASSIFICATION", dropout=0.5)
    rates = [module.p for module in model.modules() if isinstance(module, nn.Dropout)]
    use_fast_dropout(model)
    found = [module for module in model.modules() if isinstance(module, nn.Dropout)]
    assert all(type(module) is Dropout for module in found)
    assert [module.p for module in found] == rates
