"""Tests that need a GPU: the loop doesn't wait for it, and kernels for ragged batches agree with the CPU."""

import numpy as np
import pytest
import torch

from prunetransfer.data.packing import pack
from prunetransfer.models.families import family_named
from prunetransfer.models.unpadded import ATTENTION, encode
from prunetransfer.pruning.pruner import Pruner
from prunetransfer.pruning.schedules.cubic import CubicSchedule
from prunetransfer.pruning.selection import Selection

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA here")
CUDA = torch.device("cuda")


@pytest.mark.parametrize(("precision", "tolerance"), [(torch.float32, 1e-5), (torch.bfloat16, 3e-2)])
def test_hidden_states_equal_those_on_the_cpu(make_model, architecture, precision, tolerance):
    model = make_model(head=None, attention=ATTENTION)
    lengths = np.array([7, 3, 12, 1, 5])
    packed = pack(np.random.default_rng(0).integers(5, 60, lengths.sum()), lengths, lengths)
    family = family_named(architecture)
    expected = encode(model, family, packed)
    with torch.autocast("cuda", precision, enabled=precision != torch.float32):
        found = encode(model.to(CUDA), family, packed.to(CUDA)).float().cpu()
    torch.testing.assert_close(found, expected, rtol=tolerance, atol=tolerance)


def test_the_loop_waits_for_the_gpu_at_no_step(make_network, make_loop, run_loop):
    """A wait between two checks of the loss raises an error here, also during mask updates."""
    network = make_network().to(CUDA)
    matrices = {"0.weight": network[0].weight}
    pruner = Pruner(matrices, schedule=CubicSchedule(0, 4, 2, 0.5), selection=Selection("magnitude", "matrix", 0))
    loop = make_loop(network, steps=12, device=CUDA, pruner=pruner)
    moved = [loop.batch(step) for step in range(12)]
    for numbers in moved:
        numbers.inputs, numbers.targets = numbers.inputs.to(CUDA), numbers.targets.to(CUDA)
    loop.batch = moved.__getitem__
    before_step = pruner.before_step

    def watched(step, optimizer):
        torch.cuda.set_sync_debug_mode("error" if 2 <= step <= 9 else "default")
        before_step(step, optimizer)

    pruner.before_step = watched
    run_loop(loop)
