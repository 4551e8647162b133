"""Short trainings of tiny networks, for tests of the training loop and of the code around it."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest


@dataclass
class Numbers:
    """A batch of inputs and targets, as small as a batch can be."""

    inputs: object
    targets: object

    @property
    def packed(self):
        return self

    @property
    def tokens(self):
        return self.inputs

    def to(self, device):
        return self


@pytest.fixture
def make_network() -> Callable:
    """A small network with dropout, its weights decided by `seed`."""

    def make(seed: int = 0, dropout: float = 0.3):
        import torch
        from torch import nn

        torch.manual_seed(seed)
        return nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.LayerNorm(8), nn.Dropout(dropout), nn.Linear(8, 3))

    return make


@pytest.fixture
def make_loop() -> Callable:
    """A loop over random numbers; keywords replace its fields, or those of its optimiser's settings."""

    def make(model, *, steps: int = 10, peak: float = 0.01, optimizer: dict | None = None, **fields):
        import torch
        from torch.nn.functional import cross_entropy

        from prunetransfer.config.optimization import OptimizerSettings
        from prunetransfer.training.loop import Loop

        def batch(step: int) -> Numbers:
            generator = torch.Generator().manual_seed(step)
            return Numbers(torch.randn(6, 4, generator=generator), torch.randint(3, (6,), generator=generator))

        defaults = {
            "batch": batch,
            "losses": lambda model, batch: {"loss": cross_entropy(model(batch.inputs).float(), batch.targets)},
            "seed": 0,
            "settings": OptimizerSettings(**optimizer or {}),
            "device": torch.device("cpu"),
        }
        return Loop(model=model, steps=steps, peak=peak, **{"cycle": steps} | defaults | fields)

    return make


@pytest.fixture
def run_loop(tmp_path) -> Callable:
    """Runs a loop that isn't resumed and saves nothing. Returns its state."""

    def run(loop):
        from prunetransfer.running.state import TrainingState

        state = TrainingState(tmp_path / "no.state", "identity", interval=1e9)
        loop.run(state)
        return state

    return run
