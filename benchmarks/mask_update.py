"""Measures the time of a mask update of BERT-Base. Compares it with torch.nn.utils.prune, and with steps of pre-training.

    python benchmarks/mask_update.py [--size tiny] [--threads N] [--step-seconds S] [--output FILE]

Ours: `Pruner.prune` on all prunable matrices of a fresh model (109 M weights), starting from masks of 5 percentage points
less. It restores latent weights, finds the new masks and sets pruned weights to 0. Peer:
`torch.nn.utils.prune.l1_unstructured` on the same matrices, unpruned. Both alternate in this process. It prints a Markdown
table of medians and ratios.

Then it computes the share of pre-training's time that pruning takes with an update every 10 steps. For that it measures a
step of 32 x 128 tokens (the second of two; they take about 10 GB of memory for BERT-Base), unless --step-seconds is given.
"""

import argparse
import statistics
from pathlib import Path

import numpy as np
import torch
from reporting import publish, seconds
from torch import nn
from torch.nn.utils import clip_grad_norm_
from torch.nn.utils.prune import l1_unstructured
from transformers import BertConfig, BertForPreTraining

from prunetransfer.analysis.tables.markdown import pipe_table
from prunetransfer.config.optimization import OptimizerSettings
from prunetransfer.data.packing import pack
from prunetransfer.data.sampling import PretrainingBatch
from prunetransfer.models.dropout import use_fast_dropout
from prunetransfer.models.families import family_named
from prunetransfer.models.unpadded import ATTENTION
from prunetransfer.pruning import prunable_matrices
from prunetransfer.pruning.pruner import Pruner
from prunetransfer.pruning.selection import Selection
from prunetransfer.running.device import autocast, place, prepare_device
from prunetransfer.training.optimizer import make_optimizer
from prunetransfer.training.pretraining import Objectives

SIZES = {
    "base": {},
    "tiny": {"num_hidden_layers": 2, "hidden_size": 32, "num_attention_heads": 2, "intermediate_size": 64},
}
SPARSITIES = (30, 60, 90)
"""The sparsities after the update, in percent."""
RAMP = 5
"""The number of percentage points by which an update raises the sparsity, as on a ramp. So the update must undo earlier masks."""
INTERVAL = 10
"""The number of steps between two updates, as in the paper."""
SEQUENCES, LENGTH, MASKED = 32, 128, 0.15


def fresh_model(size: str) -> BertForPreTraining:
    torch.manual_seed(0)
    return BertForPreTraining._from_config(BertConfig(**SIZES[size]), attn_implementation=ATTENTION)


def update_seconds(model: nn.Module, percent: int, repeats: int) -> tuple[list[float], list[float]]:
    """Times updates to a sparsity, ours and the peer's, alternately. Returns the seconds of both.

    Raises AssertionError if both prune different numbers of weights.
    """
    pruner = Pruner(prunable_matrices(model), selection=Selection("magnitude", "matrix", seed=0))
    ours, peers = [], []
    for _ in range(repeats):
        pruner.prune(0.0)
        modules = [_holder(weight) for weight in pruner.matrices.values()]
        pruner.prune((percent - RAMP) / 100)
        ours.append(seconds(lambda: pruner.prune(percent / 100)))
        peers.append(seconds(lambda modules=modules: _prune_by_torch(modules, percent / 100)))
        for module, mask in zip(modules, pruner.masks.values(), strict=True):
            assert int(module.weight_mask.count_nonzero()) == int(mask.count_nonzero())
    pruner.prune(0.0)
    return ours, peers


def _holder(weight: nn.Parameter) -> nn.Module:
    module = nn.Module()
    module.weight = nn.Parameter(weight.detach().clone())
    return module


def _prune_by_torch(modules: list[nn.Module], sparsity: float) -> None:
    for module in modules:
        l1_unstructured(module, "weight", sparsity)


def step_seconds(model: BertForPreTraining, precision: str) -> float:
    """Returns the seconds of a pre-training step, the second of two: forward, backward, clipping and AdamW; no pruning."""
    cpu = torch.device("cpu")
    use_fast_dropout(model)
    place(model, cpu)
    model.train()
    objectives = Objectives(model, family_named(model.config.model_type))
    optimizer = make_optimizer(model, OptimizerSettings())
    batch = _batch(model.config.vocab_size)

    def step() -> None:
        with autocast(precision, cpu, model):
            losses = objectives(batch)
        optimizer.zero_grad(set_to_none=True)
        sum(losses.values()).backward()
        clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()

    step()
    return seconds(step)


def _batch(vocabulary: int) -> PretrainingBatch:
    generator = np.random.default_rng(0)
    tokens = generator.integers(vocabulary, size=SEQUENCES * LENGTH)
    masked = np.sort(generator.choice(len(tokens), round(MASKED * len(tokens)), replace=False))
    return PretrainingBatch(
        packed=pack(tokens, np.full(SEQUENCES, LENGTH), np.full(SEQUENCES, LENGTH // 2)),
        masked=torch.from_numpy(masked),
        targets=torch.from_numpy(tokens[masked]),
        random_next=torch.from_numpy(generator.integers(2, size=SEQUENCES)),
        predictions={"mlm": len(masked), "nsp": SEQUENCES},
    )


def gradient_seconds(model: nn.Module, repeats: int) -> float:
    """Returns the median of the seconds that masking all gradients takes. Every step with a mask needs this time."""
    pruner = Pruner(prunable_matrices(model), selection=Selection("magnitude", "matrix", seed=0))
    pruner.prune(0.9)
    for weight in pruner.matrices.values():
        weight.grad = torch.ones_like(weight)
    return statistics.median(seconds(pruner.mask_gradients) for _ in range(repeats))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", choices=SIZES, default="base")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--precision", choices=["fp32", "bf16"], default="fp32", help="of the pre-training step")
    parser.add_argument("--step-seconds", type=float, help="of a pre-training step, instead of measuring one")
    parser.add_argument("--output", type=Path, help="a file for the Markdown, besides stdout")
    arguments = parser.parse_args()
    prepare_device(arguments.threads)
    model = fresh_model(arguments.size)

    rows, slowest = [], 0.0
    for percent in SPARSITIES:
        ours, peers = (statistics.median(times) for times in update_seconds(model, percent, arguments.repeats))
        rows.append([f"{percent} %", f"{ours:.3f}", f"{peers:.3f}", f"{peers / ours:.1f}"])
        slowest = max(slowest, ours)
    tables = [pipe_table(["Update to", "ours (s)", "torch.nn.utils.prune (s)", "times faster"], rows)]

    gradients = gradient_seconds(model, arguments.repeats)
    step = arguments.step_seconds or step_seconds(model, arguments.precision)
    interval = INTERVAL * step
    shares = [
        ("One mask update, the slowest of these", slowest),
        (f"Masking the gradients of {INTERVAL} steps", INTERVAL * gradients),
        (f"{INTERVAL} steps of {SEQUENCES} x {LENGTH} tokens", interval),
    ]
    tables.append(
        pipe_table(
            ["Between two updates", "seconds", "share of the steps (%)"],
            [[name, f"{spent:.2f}", f"{100 * spent / interval:.2f}"] for name, spent in shares],
        )
    )
    publish(tables, arguments.output)


if __name__ == "__main__":
    main()
