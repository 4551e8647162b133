"""Fine-tuning on one task, and scoring on its dev set."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn

from prunetransfer.data.metrics import score_fraction
from prunetransfer.data.packing import PackedBatch, gather, moved
from prunetransfer.data.tokenized import TokenizedTask
from prunetransfer.jobs.settings.finetune import FinetuneJobSettings
from prunetransfer.models.checkpoint import fresh_classification_model, load_classification_model
from prunetransfer.models.families import family_named
from prunetransfer.running.device import place, prepare_device
from prunetransfer.running.snapshots import Snapshots
from prunetransfer.storage.files import whole_file, write_manifest

from .evaluation import split_logits, task_logits, task_loss
from .loop import Loop, assert_finite

if TYPE_CHECKING:  # so that the code version of dense runs excludes the pruner, and that of all runs the progress bar
    from prunetransfer.pruning.pruner import Pruner
    from prunetransfer.running.execution import Execution


@dataclass
class LabelledBatch:
    """A packed batch and its labels [B]."""

    packed: PackedBatch
    labels: Tensor

    def to(self, device: torch.device) -> "LabelledBatch":
        return moved(self, device)


def finetune(
    settings: FinetuneJobSettings,
    checkpoint: Path,
    task: Path,
    metrics_file: Path,
    predictions_file: Path,
    execution: "Execution",
    make_pruner: "Callable[[nn.Module, dict[str, Tensor], FinetuneJobSettings], Pruner] | None",
    snapshot_manifests: str | None = None,
) -> None:
    """Trains a classifier on the encoder, and writes its scores, its dev predictions and the snapshots of `settings.snapshots`.

    checkpoint: the manifest of a pre-trained checkpoint, of a snapshot (to start from a fine-tuned model), or of the encoder
        (with `settings.fresh_weights`).
    task: the task's manifest.
    make_pruner: makes the model's pruner from the checkpoint's masks. With None all weights are trained.
    snapshot_manifests: the path of a snapshot's manifest, in which `*` stands for the epoch. Needed for snapshots.

    The predictions are an array [dev examples]: class indices in the smallest unsigned type, or float32 for a regression.
    Raises NonFiniteLoss if the loss or a score is infinite or not a number.
    """
    device = prepare_device(execution.threads)
    train, dev = (TokenizedTask.open(task, split) for split in ("train", "dev"))
    outputs = len(train.label_names) if train.label_names else 1
    torch.manual_seed(settings.seed)
    if settings.fresh_weights:
        model, masks = fresh_classification_model(checkpoint, outputs, settings.classifier_dropout), {}
    else:
        model, masks = load_classification_model(checkpoint, outputs, settings.classifier_dropout)
    place(model, device)
    family = family_named(model.config.model_type)
    pruner = make_pruner(model, masks, settings) if make_pruner else None
    steps_per_epoch = -(-len(train.labels) // settings.optimizer.batch_size)
    epochs = max(settings.epochs, *settings.snapshots, 0)
    snapshots = None
    if settings.snapshots:
        snapshots = Snapshots(execution.snapshot_folder, settings.snapshots, steps_per_epoch, checkpoint)
    loop = Loop(
        model=model,
        batch=_batches(train, settings, steps_per_epoch),
        losses=lambda model, batch: {"loss": task_loss(task_logits(model, family, batch.packed), batch.labels)},
        steps=epochs * steps_per_epoch,
        cycle=settings.epochs * steps_per_epoch,
        peak=settings.learning_rate,
        seed=settings.seed,
        settings=settings.optimizer,
        device=device,
        pruner=pruner,
        snapshots=snapshots,
        stop=execution.stop,
    )
    state = execution.state(settings, checkpoint, task)
    loop.run(state, execution.progress(loop.steps))
    seconds = state.elapsed
    if epochs > settings.epochs:
        snapshots.restore(settings.epochs, model)

    precision = settings.optimizer.precision
    train_loss = task_loss(
        split_logits(model, family, train, precision, device), torch.from_numpy(np.array(train.labels))
    ).item()
    predictions = _predictions(split_logits(model, family, dev, precision, device), train.label_names)
    metrics = {
        "metric": train.metric,
        "dev_score": 100 * score_fraction(train.metric, dev.labels, predictions),
        "dev_accuracy": 100 * score_fraction("accuracy", dev.labels, predictions) if train.label_names else None,
        "train_loss": train_loss,
    }
    assert_finite({name: value for name, value in metrics.items() if name != "metric"})
    if snapshots is not None:
        content = {
            "class": type(model).__name__,
            "labels": outputs,
            "task": task.parent.name,
            "learning_rate": settings.learning_rate,
            "seed": settings.seed,
        }
        snapshots.publish(snapshot_manifests, content)
    with whole_file(predictions_file) as temporary:
        np.save(temporary, predictions)
    write_manifest(
        metrics_file,
        {
            **_identity(settings),
            **metrics,
            "epochs": settings.epochs,
            "steps": loop.cycle,
            "train_examples": len(train.labels),
            "dev_examples": len(dev.labels),
            "achieved_sparsity": 100 * pruner.sparsity if pruner else 0.0,
        },
        [predictions_file],
    )
    # Without the further epochs after the scored ones, which only runs with later snapshots have.
    times = {"seconds": seconds * settings.epochs / epochs}
    execution.finish(state, {**times, "examples_per_second": epochs * len(train.labels) / seconds})


def _identity(settings: FinetuneJobSettings) -> dict[str, str | int | float]:
    """The columns of runs.csv that identify this run. `sparsity` is in percent."""
    identity = {
        "arm": settings.arm,
        "sparsity": round(100 * settings.sparsity),
        "task": settings.task,
        "learning_rate": settings.learning_rate,
        "seed": settings.seed,
    }
    if settings.pruned_after_epochs is not None:
        identity["pruned_after_epochs"] = settings.pruned_after_epochs
    return identity


def _batches(
    train: TokenizedTask, settings: FinetuneJobSettings, steps_per_epoch: int
) -> Callable[[int], LabelledBatch]:
    """Returns a function from a step to its batch. Every epoch has the examples in another random order.

    Within a batch, examples are sorted by length, so that attention can pad examples of similar length together.
    """
    size = settings.optimizer.batch_size
    labels = np.array(train.labels)
    lengths = np.diff(train.offsets)

    @lru_cache(maxsize=1)
    def order(epoch: int) -> np.ndarray:
        return np.random.default_rng([settings.seed, epoch]).permutation(len(labels))

    def batch(step: int) -> LabelledBatch:
        epoch, place = divmod(step, steps_per_epoch)
        chosen = order(epoch)[place * size : (place + 1) * size]
        chosen = chosen[np.argsort(lengths[chosen], kind="stable")]
        packed = gather(train.tokens, train.offsets, train.second_start, chosen)
        return LabelledBatch(packed, torch.from_numpy(labels[chosen]))

    return batch


def _predictions(logits: Tensor, label_names: tuple | None) -> np.ndarray:
    if label_names is None:
        return logits.squeeze(1).numpy()
    classes = logits.argmax(-1).numpy()
    return classes.astype(np.min_scalar_type(len(label_names) - 1))
