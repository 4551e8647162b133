"""Jobs that analyse: they turn runs and checkpoints into tidy tables, and tidy tables into tables for readers.

An analysis consists of a module of `prunetransfer.analysis` and an entry in ANALYSES.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from prunetransfer.config.base import Settings
from prunetransfer.config.study import Study
from prunetransfer.storage import paths

from . import analysis_settings
from .files import Files, Inputs, StudyFiles
from .grid import UNPRUNED_CHECKPOINT, GridSettings
from .job import Kind, Paths, Wildcards
from .reading import ReadingKind, input_options
from .settings.analyses import MovementSettings
from .study_grid import grid, learning_rate_of, snapshot_files, trajectories, trajectory_wildcards


@dataclass(frozen=True)
class Analysis:
    """The files that the rule of an analysis reads and writes, and the settings that its command gets."""

    inputs: Inputs
    settings: Callable[[Study], Settings] | None = None
    formats: tuple[str, ...] = ()
    """Formats of a table for readers, in `tables/`: csv first. Without formats the analysis writes a CSV in `analysis/`."""
    further: tuple[str, ...] = ()
    """Names of further tables that the analysis writes beside its main table."""
    table: str = ""
    """Name of the main table. By default it is the analysis' name."""
    module: str = ""
    """Name of the module in `prunetransfer.analysis`. By default it is the analysis' name."""
    also_reads: Inputs | None = None
    """Files that the command reads without being given their paths: its other inputs name them."""
    is_large: bool = False
    """Whether several threads make the analysis faster if the encoder is large."""


_TESTED = (
    *("differences", "averages", "information", "movement", "movement_bins", "mask_differences"),
    *("head_sparsity", "features", "embedding_lengths"),
)
"""Tidy tables that the tests of the paper's claims read."""


def _scores(files: StudyFiles) -> dict[str, Files]:
    return {
        "runs": files.table("runs"),
        "predictions": files.of_runs(paths.PREDICTIONS),
        "tasks": files.any_task,
    }


ANALYSES = {
    "runs": Analysis(
        lambda files: {"metrics": files.of_runs(paths.METRICS), "timing": files.timing_of_runs()},
        grid,
        formats=("csv",),
    ),
    "pretraining": Analysis(
        lambda files: {"checkpoints": files.of_checkpoints(paths.PRETRAINED), "timing": files.timing_of_checkpoints()},
        grid,
        formats=("csv",),
    ),
    "table1": Analysis(
        lambda files: {
            "runs": files.table("runs"),
            "pretraining": files.table("pretraining"),
            "published": files.published("table1"),
            "predictions": files.of_runs(paths.PREDICTIONS),
            "tasks": files.any_task,
        },
        grid,
        formats=("csv", "md", "tex"),
    ),
    "averages": Analysis(_scores, grid),
    "differences": Analysis(_scores, grid),
    "information": Analysis(lambda files: {"table1": files.table("table1")}, analysis_settings.information),
    "movement": Analysis(
        lambda files: {"tables": files.movement_of_trajectories("movement")},
        module="concatenated",
    ),
    "movement_bins": Analysis(
        lambda files: {"tables": files.movement_of_trajectories("movement_bins")},
        module="concatenated",
    ),
    "table2": Analysis(
        lambda files: {"movement": files.analysis("movement"), "published": files.published("table2")},
        analysis_settings.table2,
        formats=("csv", "md", "tex"),
    ),
    "mask_differences": Analysis(
        lambda files: {
            "checkpoints": files.magnitude_checkpoints,
            "snapshots": files.of_trajectories(paths.SNAPSHOT, epoch=files.study.unpruned_epochs),
            "epochs": files.movement_of_trajectories("mask_differences"),
        },
        analysis_settings.mask_differences,
        also_reads=lambda files: {
            "weights": files.of_trajectories(paths.SNAPSHOT_WEIGHTS, epoch=files.study.unpruned_epochs)
        },
    ),
    "settling": Analysis(lambda files: {"metrics": files.of_prune_after(paths.PRUNE_AFTER_METRICS)}),
    # The module is not called `head_sparsity`, because `prunetransfer.analysis.head_sparsity` is already a function.
    "head_sparsity": Analysis(lambda files: {"checkpoints": files.pruned_checkpoints()}, module="attention_heads"),
    "pruned_weights": Analysis(lambda files: {"checkpoint": files.unpruned_checkpoint}),
    "weight_statistics": Analysis(lambda files: {"checkpoint": files.unpruned_checkpoint}),
    "table3": Analysis(
        lambda files: {"statistics": files.analysis("weight_statistics"), "published": files.published("table3")},
        formats=("csv", "md", "tex"),
    ),
    "weight_maps": Analysis(
        lambda files: {"checkpoint": files.unpruned_checkpoint},
        analysis_settings.weight_maps,
        table="attention_map",
        further=("embedding_map", "embedding_lengths"),
    ),
    "features": Analysis(
        lambda files: {
            "corpus": files.corpus,
            "unpruned": files.unpruned_checkpoint,
            "checkpoints": files.pruned_checkpoints(),
        },
        analysis_settings.features,
        is_large=True,
    ),
    "claims": Analysis(
        lambda files: {
            **{name: files.table(name) for name in ("table1", "table2")},
            **{name: files.analysis(name) for name in _TESTED},
            "tasks": files.tasks,
            "published_table1": files.published("table1"),
            "published_table2": files.published("table2"),
            "published_movement": files.published("figure4_movement_by_epoch"),
            "published_tasks": files.published("tasks"),
        },
        lambda study: study.claims,
        formats=("csv", "md"),
    ),
    "summary": Analysis(
        lambda files: {"differences": files.analysis("differences")}, lambda study: study.claims, formats=("csv", "md")
    ),
}


class TrajectoryMovement(Kind):
    """Measures, after each epoch of one fine-tuning of the unpruned model, how far weights moved in the sort order."""

    rule = "trajectory_movement"
    name = f"analysis/movement/{paths.TRAJECTORY}"

    def outputs(self) -> dict[str, str]:
        names = {"movement": "movement", "bins": "movement_bins", "masks": "mask_differences"}
        return {key: self.in_study(paths.TRAJECTORY_ANALYSIS, name=name) for key, name in names.items()}

    def wildcards(self) -> Iterator[dict[str, str]]:
        return map(trajectory_wildcards, trajectories(self.study))

    def snapshots(self, template: str, wildcards: Wildcards) -> list[str]:
        epochs = self.study.snapshot_epochs(learning_rate_of(self.study, wildcards))
        return snapshot_files(self.study, template, epochs, wildcards)

    def inputs(self, wildcards: Wildcards) -> Paths:
        """`weights` keeps Snakemake from deleting snapshots before the job reads them."""
        return {
            "base": [self.in_study(paths.PRETRAINED, **UNPRUNED_CHECKPOINT.wildcards())],
            "snapshots": self.snapshots(paths.SNAPSHOT, wildcards),
            "weights": self.snapshots(paths.SNAPSHOT_WEIGHTS, wildcards),
        }

    def input_options(self, wildcards: Wildcards) -> list[str]:
        return input_options({"snapshots": Files(self.snapshots(paths.SNAPSHOT, wildcards))})

    def settings(self, wildcards: Wildcards) -> MovementSettings:
        return analysis_settings.movement(self.study)

    def modules(self, wildcards: Wildcards) -> tuple[str, ...]:
        return ("analysis.movement",)


class AnalysisKind(ReadingKind):
    """The kind of an analysis, which has one job."""

    group = "analyses"

    def __init__(self, name: str, files: StudyFiles):
        super().__init__(files)
        self.rule = name
        self.name = f"analysis/{name}"
        self.analysis = ANALYSES[name]
        self.module = self.analysis.module or name
        self.is_for_readers = "md" in self.analysis.formats

    def outputs(self) -> dict[str, str | list[str]]:
        """The command gets the path of `table` only. It writes the `further` files beside it."""
        name, analysis = self.analysis.table or self.rule, self.analysis
        if analysis.formats:
            table, *further = (self.in_study(paths.TABLE, name=name, format=suffix) for suffix in analysis.formats)
        else:
            table, *further = (self.in_study(paths.ANALYSIS, name=name) for name in (name, *analysis.further))
        return {"table": table, "further": further}

    def reads(self) -> dict[str, Files]:
        return self.analysis.inputs(self.files)

    def inputs(self, wildcards: Wildcards) -> Paths:
        further = self.analysis.also_reads(self.files) if self.analysis.also_reads else {}
        return super().inputs(wildcards) | {name: files.paths for name, files in further.items()}

    def settings(self, wildcards: Wildcards) -> Settings | None:
        if self.analysis.settings is None:
            return None
        settings = self.analysis.settings(self.study)
        if isinstance(settings, GridSettings):
            return settings.model_copy(update={"allow_missing": self.files.allow_missing})
        return settings

    def modules(self, wildcards: Wildcards) -> tuple[str, ...]:
        return (f"analysis.{self.module}",)
