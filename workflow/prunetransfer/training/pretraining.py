"""Pre-training: the burn-in, and the checkpoint of each criterion and sparsity, which starts from the burn-in."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from prunetransfer.data.sampling import PretrainingBatch, PretrainingSampler
from prunetransfer.data.tokenized import TokenizedCorpus
from prunetransfer.errors import PruneTransferError
from prunetransfer.jobs.settings.pretrain import PretrainJobSettings
from prunetransfer.models.checkpoint import load_pretraining_model, special_tokens, write_checkpoint
from prunetransfer.models.compilation import compile_layers
from prunetransfer.models.families import family_named
from prunetransfer.models.unpadded import encode_and_pool
from prunetransfer.running.device import autocast, place, prepare_device
from prunetransfer.running.distributed import Processes
from prunetransfer.storage.files import read_json, write_json
from prunetransfer.storage.manifests import encoder_of

from .loop import Loop, assert_finite

if (
    TYPE_CHECKING
):  # so that the code version of pre-training includes neither the pruner nor the code that executes runs
    from prunetransfer.pruning.pruner import Pruner
    from prunetransfer.running.execution import Execution


class UnfitEncoder(PruneTransferError):
    """The encoder can't be pre-trained with these settings. The message says why."""


_STREAMS = {"burn_in": 0, "prune": 1, "dev": 2}
"""Numbers that make the batches of the phases differ. The seed of a batch is (seed, stream, step)."""


def pretrain(
    settings: PretrainJobSettings,
    checkpoint: Path,
    corpus: Path,
    output: Path,
    execution: "Execution",
    make_pruner: "Callable[[nn.Module, PretrainJobSettings], Pruner] | None",
) -> None:
    """Pre-trains from a checkpoint, or from the encoder, and writes another checkpoint.

    checkpoint, corpus: manifests.
    output: the manifest to write. metrics.json and the weights are written beside it.
    execution: the threads, processes and files of this run, and the state from which it resumes.
    make_pruner: returns the model's pruner. With None the model stays dense.

    Raises NonFiniteLoss if a loss is infinite or not a number, and UnfitEncoder if the encoder can't be trained with these
    settings.
    """
    device = prepare_device(execution.threads)
    processes = execution.processes
    torch.manual_seed(settings.seed)
    model, _ = load_pretraining_model(checkpoint)
    place(model, device)
    family = family_named(model.config.model_type)
    _check(settings, model, family, processes)
    objective = settings.objective

    def sampler(split: str) -> PretrainingSampler:
        vocabulary_size = read_json(encoder_of(checkpoint))["vocabulary_size"]
        return PretrainingSampler(
            TokenizedCorpus.open(corpus, split), objective, special_tokens(checkpoint), vocabulary_size
        )

    pruner = make_pruner(model, settings) if make_pruner else None
    train_sampler = sampler("train")
    if execution.compiled and device.type == "cuda":
        compile_layers(model.base_model)
    objectives = processes.parallel(Objectives(model, family, processes.count), all_parameters=objective.next_sentence)
    loop = Loop(
        model=model,
        batch=lambda step: train_sampler.batch(
            (settings.seed, _STREAMS[settings.phase_name]),
            step,
            settings.optimizer.batch_size,
            part=(processes.rank, processes.count),
        ),
        losses=lambda _, batch: objectives(batch),
        steps=settings.phase.steps,
        cycle=settings.phase.steps,
        peak=settings.phase.learning_rate,
        seed=settings.seed,
        settings=settings.optimizer,
        device=device,
        pruner=pruner,
        processes=processes,
        stop=execution.stop,
    )
    state = execution.state(settings, checkpoint, corpus)
    loop.run(state, execution.progress(settings.phase.steps))
    seconds = state.elapsed
    if not processes.is_first:
        return
    metrics = evaluate(model, family, _dev_batches(sampler("dev"), settings), settings, device)
    assert_finite(metrics)
    metrics = {
        "seed": settings.seed,
        "steps": settings.phase.steps,
        **metrics,
        "achieved_sparsity": 100 * pruner.sparsity if pruner else 0.0,
    }
    metrics_file = output.with_name("metrics.json")
    write_json(metrics_file, metrics)
    write_checkpoint(
        output,
        model.cpu(),
        pruner.masks if pruner else {},
        encoder=encoder_of(checkpoint),
        content={"prune": settings.prune.model_dump(mode="json") if settings.prune else None},
        files=[metrics_file],
    )
    execution.finish(state, {"seconds": seconds, "tokens_per_second": state.tokens / seconds})


class Objectives(nn.Module):
    """A model's losses on a batch, or on one process's part of it.

    Losses are scaled so that gradients averaged over `processes` parts equal the gradients of the whole batch's mean loss.
    """

    def __init__(self, model: nn.Module, family, processes: int = 1):
        super().__init__()
        self.model = model
        self._family = family
        self._processes = processes

    def forward(self, batch: PretrainingBatch) -> dict[str, Tensor]:
        return {
            name: cross_entropy(logits.float(), targets, reduction="sum") * self._processes / batch.predictions[name]
            for name, (logits, targets) in predict(self.model, self._family, batch).items()
        }


def predict(model: nn.Module, family, batch: PretrainingBatch) -> dict[str, tuple[Tensor, Tensor]]:
    """Returns the logits and the targets of each objective, by its name.

    `mlm`: [P, vocabulary] and [P] for the P masked positions. The vocabulary head runs only on these.
    `nsp`: [B, 2] and [B] for the B sequences.
    """
    hidden, pooled = encode_and_pool(model.base_model, family, batch.packed)
    predictions = {"mlm": (family.masked_lm_logits(model, hidden[batch.masked]), batch.targets)}
    if batch.random_next is not None:
        predictions["nsp"] = (family.next_sentence_logits(model, pooled), batch.random_next)
    return predictions


@torch.no_grad()
def evaluate(
    model: nn.Module, family, batches: Iterator[PretrainingBatch], settings: PretrainJobSettings, device: torch.device
) -> dict[str, float | None]:
    """Evaluates without dropout. Returns metrics by name.

    `mlm_loss`, `nsp_loss`: means over predictions, in nats; `nsp_loss` is None without next-sentence prediction.
    `dev_loss`: the sum of both. `mlm_accuracy`: the percentage of masked tokens that are predicted correctly.
    """
    model.eval()
    sums = {"mlm": 0.0, "nsp": 0.0}
    counts = {"mlm": 0, "nsp": 0}
    correct = 0
    for batch in batches:
        with autocast(settings.optimizer.precision, device, model):
            predictions = predict(model, family, batch.to(device))
        for name, (logits, targets) in predictions.items():
            sums[name] += cross_entropy(logits.float(), targets, reduction="sum").item()
            counts[name] += len(targets)
        logits, targets = predictions["mlm"]
        correct += int((logits.argmax(-1) == targets).sum())
    mlm = sums["mlm"] / counts["mlm"]
    nsp = sums["nsp"] / counts["nsp"] if counts["nsp"] else None
    return {
        "dev_loss": mlm + (nsp or 0.0),
        "mlm_loss": mlm,
        "nsp_loss": nsp,
        "mlm_accuracy": 100 * correct / counts["mlm"],
    }


def _dev_batches(sampler: PretrainingSampler, settings: PretrainJobSettings) -> Iterator[PretrainingBatch]:
    """Yields the dev batches. They do not depend on the study's seed: all checkpoints are evaluated on the same batches."""
    size = settings.optimizer.batch_size
    remaining = settings.objective.dev_sequences
    step = 0
    while remaining > 0:
        yield sampler.batch((0, _STREAMS["dev"]), step, min(size, remaining))
        remaining -= size
        step += 1


def _check(settings: PretrainJobSettings, model: nn.Module, family, processes: Processes) -> None:
    longest = model.config.max_position_embeddings - family.first_position(model.config)
    if settings.objective.sequence_length > longest:
        raise UnfitEncoder(
            f"pretraining.objective.sequence_length: found {settings.objective.sequence_length}, "
            f"allowed are at most {longest}, which is the number of the encoder's positions"
        )
    if settings.objective.next_sentence and family.next_sentence_logits is None:
        raise UnfitEncoder(
            f"pretraining.objective.next_sentence: found true, allowed is false: {model.config.model_type} has no such head"
        )
    if settings.optimizer.batch_size < processes.count:
        raise UnfitEncoder(
            f"pretraining.optimizer.batch_size: found {settings.optimizer.batch_size}, allowed are at least "
            f"{processes.count}, a sequence for each process that trains"
        )
