"""The training loop, which pre-training and fine-tuning share."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from prunetransfer.config.optimization import OptimizerSettings
from prunetransfer.errors import PruneTransferError
from prunetransfer.running.device import autocast
from prunetransfer.running.distributed import ALONE, Processes
from prunetransfer.seeds import mixed_seed

from .optimizer import learning_rate_at, make_optimizer
from .prefetch import prefetched

if TYPE_CHECKING:
    from prunetransfer.pruning.pruner import Pruner
    from prunetransfer.running.progress import Progress
    from prunetransfer.running.snapshots import Snapshots
    from prunetransfer.running.state import TrainingState

GPU_STEPS_BETWEEN_CHECKS = 50
"""On a GPU, steps between two checks that the loss is finite, because each check waits for the GPU. On a CPU a check costs
nothing, so every step is checked."""


class NonFiniteLoss(PruneTransferError):
    """The loss became infinite or not a number."""


@dataclass
class Loop:
    """One training: the model, its batches and losses, and the schedule.

    batch: returns the batch of a step. It must return the same batch at every call with this step.
    losses: returns the parts of a batch's loss by name. Training minimises their sum.
    peak: the learning rate at the end of the warm-up.
    cycle: the number of steps of one warm-up and decay. If `steps` is larger, the schedule restarts after every `cycle`.
    seed: dropout depends on this seed and the step.
    processes: the processes that train together. Each takes its part of every batch.
    stop: called after each step with the number of steps done and the state. If it returns True, training ends as it would
        after the last step. Benchmarks use it. By default training does all `steps`.
    """

    model: nn.Module
    batch: Callable[[int], Any]
    losses: Callable[[nn.Module, Any], dict[str, Tensor]]
    steps: int
    cycle: int
    peak: float
    seed: int
    settings: OptimizerSettings
    device: torch.device
    pruner: "Pruner | None" = None
    snapshots: "Snapshots | None" = None
    processes: Processes = ALONE
    stop: "Callable[[int, TrainingState], bool] | None" = None

    def run(self, state: "TrainingState", progress: "Progress | None" = None) -> None:
        """Trains from the step at which the state was saved to the last one. Without `progress` nothing is reported.

        Raises NonFiniteLoss if the loss is infinite or not a number. The message names the step.
        """
        model, pruner = self.model, self.pruner
        optimizer = make_optimizer(model, self.settings)
        first = self._resume(state, optimizer)
        model.train()
        parameters = list(model.parameters())
        generator = _dropout_generator(self.device)
        bad_step = torch.full((), -1, device=self.device)
        for step, batch in prefetched(lambda step: self.batch(step).to(self.device), first, self.steps):
            # Dropout depends only on (seed, step), so the saved state needs no generator's state.
            generator.manual_seed(mixed_seed(self.seed, step, *self.processes.seed_parts))
            if pruner is not None:
                pruner.before_step(step, optimizer)
            rate = learning_rate_at(step % self.cycle, self.cycle, self.peak, self.settings.warmup)
            for group in optimizer.param_groups:
                group["lr"] = rate
            with autocast(self.settings.precision, self.device, model):
                losses = self.losses(model, batch)
            total = torch.stack(list(losses.values())).sum()
            optimizer.zero_grad(set_to_none=True)
            total.backward()
            if pruner is not None:
                pruner.mask_gradients()
            nn.utils.clip_grad_norm_(parameters, self.settings.clip_norm)
            optimizer.step()
            bad_step = torch.where((bad_step < 0) & ~total.isfinite(), step, bad_step)
            state.tokens += batch.packed.tokens.numel()
            stops = self.stop is not None and self.stop(step + 1, state)
            is_last = stops or step == self.steps - 1
            if self.device.type == "cpu" or step % GPU_STEPS_BETWEEN_CHECKS == 0 or is_last:
                _raise_if_bad(int(bad_step), rate)
            if progress is not None and progress.is_due(step):
                sparsity = pruner.sparsity if pruner is not None else 0.0
                progress.report(step, {name: part.item() for name, part in losses.items()}, rate, sparsity, state)
            if self.snapshots is not None:
                self.snapshots.after_step(step + 1, model)
            state.save_if_due(step + 1, model, optimizer, pruner)
            if is_last:
                break
        if progress is not None:
            progress.close()

    def _resume(self, state: "TrainingState", optimizer: torch.optim.Optimizer) -> int:
        """Returns the first step to do. The first process loads before the others, because it renames unusable state files."""
        first = state.load(self.model, optimizer, self.pruner, self.snapshots) if self.processes.is_first else None
        self.processes.wait()
        if first is None:
            first = state.load(self.model, optimizer, self.pruner, self.snapshots)
        return first


def _dropout_generator(device: torch.device) -> torch.Generator:
    """Returns the generator that dropout draws from.

    `torch.manual_seed` would seed it too. But without a GPU, each call of it stores three stack traces: this takes 5 % of the
    time of a step of the miniature, and memory that grows with the number of steps.
    """
    return (
        torch.cuda.default_generators[torch.cuda.current_device()] if device.type == "cuda" else torch.default_generator
    )


def _raise_if_bad(step: int, rate: float) -> None:
    if step >= 0:
        raise NonFiniteLoss(f"the loss is not finite at step {step} (learning rate {rate:.3g}): try a smaller one")


def assert_finite(values: dict[str, float | None]) -> None:
    """Raises NonFiniteLoss if a score is infinite or not a number, which means that the last step broke the model."""
    for name, value in values.items():
        if value is not None and not math.isfinite(value):
            raise NonFiniteLoss(f"{name} is {value} after the last step: try a smaller learning rate")
