"""The choice of libraries and precisions doesn't change results more than allowed."""

import pytest
import torch
from torch import nn

from prunetransfer.running import products
from prunetransfer.running.device import multiplies_bf16, place, uses_bf16

CPU = torch.device("cpu")


class Encoder(nn.Linear):
    """A model with a hidden size, as transformers' have."""

    def __init__(self, hidden_size: int):
        super().__init__(hidden_size, hidden_size)
        self.config = type("Config", (), {"hidden_size": hidden_size})


@pytest.fixture(autouse=True)
def default_library():
    yield
    torch.backends.mkldnn.matmul.fp32_precision = "none"


@pytest.mark.parametrize("hidden_size", [64, 384])
def test_fp32_products_stay_fp32(hidden_size):
    model = Encoder(hidden_size)
    place(model, CPU)
    one, other = torch.randn(2, 300, 300, dtype=torch.float64)
    found = (one.float() @ other.float()).double()
    assert (found - one @ other).norm() <= 1e-6 * (one @ other).norm()


def test_a_library_that_rounds_is_not_chosen(monkeypatch):
    monkeypatch.setattr(products, "LARGEST_ERROR", 0.0)
    products.choose_product_library(wide=True)
    assert torch.backends.mkldnn.matmul.fp32_precision == "none"


def test_each_precision_computes_in_its_type():
    for hidden_size in (64, 384):
        assert uses_bf16("bf16", CPU, Encoder(hidden_size))
        assert not uses_bf16("fp32", CPU, Encoder(hidden_size))


def test_auto_is_bf16_where_it_is_faster():
    """A CPU that multiplies bf16, and an encoder whose matrices are wide enough for it."""
    assert uses_bf16("auto", CPU, Encoder(384)) == multiplies_bf16()
    assert not uses_bf16("auto", CPU, Encoder(64))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA here")
def test_auto_is_bf16_on_a_gpu():
    device = torch.device("cuda")
    assert uses_bf16("auto", device, Encoder(64)) == torch.cuda.is_bf16_supported(including_emulation=False)
