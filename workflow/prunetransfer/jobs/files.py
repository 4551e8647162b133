"""The files of a study that analyses and figures read. Callers ask for a table or a run's file, not for a path."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from prunetransfer.config.methods import PRUNE_PRETRAIN
from prunetransfer.config.study import Study
from prunetransfer.errors import PruneTransferError
from prunetransfer.storage import paths

from .grid import UNPRUNED_CHECKPOINT
from .study_grid import grid, prune_after_wildcards, snapshot_files, trajectories, trajectory_wildcards


class Files(NamedTuple):
    """The files of one named input."""

    paths: list[str]
    template: str | None = None
    """The command gets this template instead of the paths, which may be too many for a command line."""

    def arguments(self, name: str) -> list[str]:
        """The command's arguments, as `storage.inputs.Inputs.parse` reads them."""
        return [f"{name}={path}" for path in ([self.template] if self.template else self.paths)]


class MissingUnpruned(PruneTransferError):
    """The unpruned model is missing, which every analysis needs."""


class StudyFiles:
    """Asks a study for its files.

    allow_missing: lists leave out files that do not exist yet, so that no job waits for them and Snakemake does not make them.
    """

    def __init__(self, study: Study, allow_missing: bool = False):
        self.study = study
        self.allow_missing = allow_missing
        self._grid = grid(study)
        unpruned = Path(self.unpruned_checkpoint.paths[0])
        if allow_missing and not unpruned.is_file():
            raise MissingUnpruned(
                f"allow_missing: {unpruned} is missing: without the unpruned model there is nothing to show"
            )

    def one(self, template: str, **wildcards: object) -> Files:
        return Files([self._in_study(template, **wildcards)])

    def table(self, name: str) -> Files:
        """The CSV of one of the tables for readers."""
        return self.one(paths.TABLE, name=name, format="csv")

    def analysis(self, name: str) -> Files:
        """A tidy table of `analysis/`."""
        return self.one(paths.ANALYSIS, name=name)

    def published(self, name: str) -> Files:
        """A table of the paper's numbers."""
        return Files([paths.PUBLISHED.format(name=name)])

    @property
    def corpus(self) -> Files:
        return self.one(paths.CORPUS)

    @property
    def tasks(self) -> Files:
        """Manifests of the tasks. The command gets the path of each."""
        return self._listed(paths.TASK, ({"task": task} for task in self.study.tasks))

    @property
    def any_task(self) -> Files:
        """Manifests of the tasks. The command gets one template for all of them."""
        return Files(self.tasks.paths, self._in_study(paths.TASK))

    def of_runs(self, template: str) -> Files:
        """A file of every fine-tuning."""
        return self._of_each(template, (run.wildcards() for run in self._grid.runs()))

    def timing_of_runs(self) -> Files:
        """The measured times of every fine-tuning."""
        return self.of_runs(paths.filled(paths.TIMING, job=paths.FINETUNED_JOB))

    def of_checkpoints(self, template: str) -> Files:
        """A file of every pre-trained checkpoint."""
        return self._of_each(template, (checkpoint.wildcards() for checkpoint in self._grid.checkpoints()))

    def timing_of_checkpoints(self) -> Files:
        """The measured times of every pre-training except the burn-in."""
        return self.of_checkpoints(paths.filled(paths.TIMING, job=paths.PRETRAINED_JOB))

    @property
    def unpruned_checkpoint(self) -> Files:
        return self.one(paths.PRETRAINED, **UNPRUNED_CHECKPOINT.wildcards())

    @property
    def magnitude_checkpoints(self) -> Files:
        """The checkpoints of the arm `prune_pretrain`, if their masks are those of magnitude with a threshold for each matrix.

        Only then are they comparable with one-shot magnitude pruning of a matrix by itself.
        """
        criterion = self.study.arms[PRUNE_PRETRAIN].criterion
        comparable = self.study.saliency_and_scope(criterion) == ("magnitude", "matrix")
        return self.pruned_checkpoints([criterion] if comparable else [])

    def pruned_checkpoints(self, criteria: Iterable[str] | None = None) -> Files:
        """Manifests of the checkpoints above 0 % of the given criteria. None means all criteria."""
        wanted = set(self.study.pretraining.criteria if criteria is None else criteria)
        chosen = (checkpoint for checkpoint in self._grid.checkpoints() if checkpoint.criterion in wanted)
        return self._listed(paths.PRETRAINED, (checkpoint.wildcards() for checkpoint in chosen))

    def of_trajectories(self, template: str, **wildcards: object) -> Files:
        """A file of every fine-tuning of the unpruned model."""
        return self._listed(template, (trajectory_wildcards(run) | wildcards for run in trajectories(self.study)))

    def movement_of_trajectories(self, name: str) -> Files:
        """A table of every `trajectory_movement`.

        With `allow_missing`: only tables that exist, and tables whose snapshots all exist.
        """
        found = []
        for run in trajectories(self.study):
            wildcards = trajectory_wildcards(run)
            table = self._in_study(paths.TRAJECTORY_ANALYSIS, name=name, **wildcards)
            epochs = self.study.snapshot_epochs(run.learning_rate)
            snapshots = snapshot_files(self.study, paths.SNAPSHOT, epochs, wildcards)
            if self._is_expected(table) or all(map(self._is_expected, snapshots)):
                found.append(table)
        return Files(found)

    def of_prune_after(self, template: str) -> Files:
        """A file of every run of Figure 3 (right)."""
        return self._listed(template, prune_after_wildcards(self.study))

    def _of_each(self, template: str, cells: Iterable[Mapping[str, object]]) -> Files:
        return Files(self._listed(template, cells).paths, self._in_study(template))

    def _listed(self, template: str, cells: Iterable[Mapping[str, object]]) -> Files:
        found = (self._in_study(template, **cell) for cell in cells)
        return Files([path for path in found if self._is_expected(path)])

    def _in_study(self, template: str, **wildcards: object) -> str:
        return paths.filled(template, study=self.study.study, **wildcards)

    def _is_expected(self, path: str) -> bool:
        return not self.allow_missing or Path(path).is_file()


Inputs = Callable[[StudyFiles], dict[str, Files]]
"""A function that returns the files of a study that an analysis or a figure reads, by the names of the inputs."""
