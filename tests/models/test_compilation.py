"""Compiled layers compute the same as before."""

import numpy as np
import torch

from prunetransfer.data.packing import pack
from prunetransfer.models.compilation import compile_layers
from prunetransfer.models.families import family_named
from prunetransfer.models.unpadded import ATTENTION, encode


def test_compiled_layers_give_the_same_numbers(make_model, architecture):
    """Compares batches of several sizes. torch.compile only traces and differentiates, because its kernels would take minutes."""
    model = make_model(head=None, attention=ATTENTION)
    family = family_named(architecture)
    names = list(model.state_dict())

    def run(size):
        lengths = np.random.default_rng(size).integers(1, 20, size)
        packed = pack(np.random.default_rng(size).integers(5, 60, lengths.sum()), lengths, lengths)
        model.zero_grad()
        hidden = encode(model, family, packed)
        (hidden * torch.linspace(-1, 1, hidden.numel()).view_as(hidden)).sum().backward()
        return [hidden.detach(), *(weight.grad for weight in model.parameters() if weight.grad is not None)]

    expected = [run(size) for size in (3, 4, 7)]
    compile_layers(model, backend="aot_eager")
    for size, reference in zip((3, 4, 7), expected, strict=True):
        for one, other in zip(run(size), reference, strict=True):
            torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-4)
    assert list(model.state_dict()) == names
