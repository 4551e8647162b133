"""The files that an analysis reads, with invented numbers: a small study's results, checkpoints and snapshots."""

from pathlib import Path

import numpy as np
import pytest

from prunetransfer.jobs.grid import GridSettings
from prunetransfer.storage import paths
from prunetransfer.storage.files import write_json
from prunetransfer.storage.inputs import Inputs

EXAMPLES = 41


class FakeStudy:
    """Writes the results of a grid below the current folder. `predictions` and `labels` have the arrays that it wrote."""

    def __init__(self, name: str, grid: GridSettings):
        self.name = name
        self.grid = grid
        self.generator = np.random.default_rng(5)
        self.labels = {task: self._write_labels(task) for task in grid.tasks}
        self.predictions = {run: self._write_run(run) for run in grid.runs()}
        for checkpoint in grid.checkpoints():
            self._write_checkpoint(checkpoint)

    def of_runs(self) -> Inputs:
        """The inputs of the analysis `runs`."""
        timing = paths.TIMING.replace("{job}", f"finetuned/{paths.RUN}")
        return Inputs({"metrics": [self._path(paths.METRICS)], "timing": [self._path(timing)]})

    def of_checkpoints(self) -> Inputs:
        """The inputs of the analysis `pretraining`."""
        timing = paths.TIMING.replace("{job}", "pretrained/{criterion}/{sparsity}")
        return Inputs({"checkpoints": [self._path(paths.PRETRAINED)], "timing": [self._path(timing)]})

    def of_tables(self, **tables: Path) -> Inputs:
        """Inputs with the given tables, and with the templates of predictions and tasks."""
        templates = {"predictions": self._path(paths.PREDICTIONS), "tasks": self._path(paths.TASK)}
        return Inputs({name: [path] for name, path in (templates | tables).items()})

    def metrics(self, run) -> Path:
        return Path(self._path(paths.METRICS).format(**run.wildcards()))

    def _path(self, template: str) -> str:
        return template.replace("{study}", self.name)

    def _write_labels(self, task):
        labels = self.generator.integers(3, size=EXAMPLES)
        if task == "similarity":
            labels = self.generator.normal(size=EXAMPLES).astype(np.float32)
        file = Path(self._path(paths.TASK).format(task=task)).parent / "dev" / "labels.npy"
        file.parent.mkdir(parents=True)
        np.save(file, labels)
        return labels

    def _write_run(self, run):
        labels = self.labels[run.task]
        if run.task == "similarity":
            predictions = (labels + self.generator.normal(size=EXAMPLES)).astype(np.float32)
            scores = {"metric": "pearson", "dev_score": 100 * np.corrcoef(labels, predictions)[0, 1]}
            scores["dev_accuracy"] = None
        else:
            predictions = np.where(self.generator.random(EXAMPLES) < 0.7, labels, (labels + 1) % 3)
            accuracy = 100 * float(np.mean(predictions == labels))
            scores = {"metric": "accuracy", "dev_score": accuracy, "dev_accuracy": accuracy}
        loss = float(self.generator.random())
        metrics = {**run.columns(), **scores, "train_loss": loss, "steps": 30, "epochs": 3}
        write_json(self.metrics(run), metrics)
        np.save(self.metrics(run).with_name("predictions.npy"), predictions)
        timing = self.of_runs().file("timing", **run.wildcards())
        write_json(timing, {"seconds": 2.5, "examples_per_second": 400.0})
        return predictions

    def _write_checkpoint(self, checkpoint):
        manifest, timing = (
            self.of_checkpoints().file(name, **checkpoint.wildcards()) for name in ("checkpoints", "timing")
        )
        loss = 2 + checkpoint.sparsity_percent / 50
        metrics = {"seed": 0, "steps": 100, "dev_loss": loss, "mlm_loss": loss, "nsp_loss": None, "mlm_accuracy": 55.0}
        metrics |= {"achieved_sparsity": float(checkpoint.sparsity_percent)}
        write_json(manifest.with_name("metrics.json"), metrics)
        write_json(timing, {"seconds": 9.0, "tokens_per_second": 46_000.0})


@pytest.fixture
def make_study(tmp_path, monkeypatch):
    """Returns a function that writes a study's results into the empty current folder. Keywords replace fields of its grid."""
    monkeypatch.chdir(tmp_path)

    def make(study: str = "fake", **changes) -> FakeStudy:
        grid = {
            "arms": {
                "prune_pretrain": [0, 60],
                "information_deletion": [60],
                "prune_downstream": [60, 0],
                "random": [60],
                "from_scratch": [0],
            },
            "criteria": {
                "prune_pretrain": "magnitude",
                "information_deletion": "magnitude",
                "prune_downstream": None,
                "random": "random",
                "from_scratch": None,
            },
            "tasks": ["sst2", "similarity"],
            "learning_rates": [3e-5, 2e-5],
            "seeds": [0, 1, 2],
        }
        return FakeStudy(study, GridSettings(**grid | changes))

    return make


@pytest.fixture
def make_checkpoint(tmp_path, tiny_encoders):
    """Returns a function that writes a pre-trained checkpoint of a tiny encoder, and returns its manifest and its model."""
    from prunetransfer.models.checkpoint import load_pretraining_model, write_checkpoint
    from prunetransfer.pruning import magnitude_mask, prunable_matrices

    def make(architecture: str = "bert", sparsity: float = 0.0):
        encoder = tiny_encoders[architecture]
        model, _ = load_pretraining_model(encoder)
        masks, prune = {}, None
        if sparsity:
            masks = {
                name: magnitude_mask(weight.detach(), sparsity) for name, weight in prunable_matrices(model).items()
            }
            prune = {"criterion": "magnitude", "schedule": {}, "sparsity": sparsity}
        manifest = tmp_path / f"{architecture}-{sparsity}" / "manifest.json"
        manifest.parent.mkdir()
        write_checkpoint(manifest, model, masks, encoder=encoder, content={"prune": prune})
        return manifest, model

    return make


@pytest.fixture
def make_snapshot(tmp_path):
    """Returns a function that writes a snapshot of changed weights, and returns its manifest.

    Many weights of the snapshot have equal magnitudes, and one of its matrices has only zeros.
    """
    import os
    import zlib

    import torch

    from prunetransfer.storage.files import write_manifest
    from prunetransfer.storage.manifests import encoder_of
    from prunetransfer.storage.snapshots import load_weights, save_snapshot

    def make(base: Path, task: str = "a", learning_rate: float = 2e-5, seed: int = 0, epoch: int = 1) -> Path:
        manifest = tmp_path / task / f"{learning_rate}" / f"{seed}" / f"{epoch}" / "manifest.json"
        manifest.parent.mkdir(parents=True)
        generator = torch.Generator().manual_seed(zlib.crc32(str(manifest.relative_to(tmp_path)).encode()))
        before = load_weights(base)
        after = {
            name: ((weight + 0.1 * torch.randn(weight.shape, generator=generator)) * 50).round() / 50
            for name, weight in before.items()
            if weight.is_floating_point()
        }
        zeroed = next(name for name in after if "layer" in name and after[name].dim() == 2)
        after[zeroed] *= 0
        weights = manifest.with_name("snapshot.safetensors")
        save_snapshot(weights, before | after, before)
        run = {"task": task, "learning_rate": learning_rate, "seed": seed, "epoch": epoch}
        origins = {"base": base, "encoder": encoder_of(base)}
        descent = {name: os.path.relpath(origin, manifest.parent) for name, origin in origins.items()}
        write_manifest(manifest, {"kind": "snapshot", **run, **descent}, [weights])
        return manifest

    return make
