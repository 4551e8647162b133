"""Jobs that fine-tune: runs of the unpruned model, whose weights are saved; runs of the arms; runs of Figure 3 (right)."""

from collections.abc import Iterator
from functools import cached_property

from prunetransfer.config.methods import UNPRUNED, Mask, Start
from prunetransfer.storage import paths

from .code import finetune_modules
from .grid import UNPRUNED_CHECKPOINT, GridSettings, Run
from .job import Kind, Paths, Wildcards
from .settings.finetune import FinetuneJobSettings, OneShotMask
from .study_grid import (
    grid,
    learning_rate_of,
    prune_after_wildcards,
    snapshot_files,
    trajectories,
    trajectory_wildcards,
)

PRUNE_AFTER = "prune_after"
"""The entry `arm` in metrics.json of the runs of Figure 3 (right), which belong to no arm of the study."""


class Finetuning(Kind):
    """The code that all kinds of fine-tuning share."""

    @cached_property
    def grid(self) -> GridSettings:
        return grid(self.study)

    def checkpoint(self, wildcards: Wildcards) -> str:
        """The manifest of the weights that training starts from."""
        raise NotImplementedError

    def inputs(self, wildcards: Wildcards) -> Paths:
        return {
            "checkpoint": [self.checkpoint(wildcards)],
            "task": [self.in_study(paths.TASK, task=wildcards["task"])],
        }

    def settings(self, wildcards: Wildcards) -> FinetuneJobSettings:
        raise NotImplementedError

    def modules(self, wildcards: Wildcards) -> tuple[str, ...]:
        return finetune_modules(self.settings(wildcards), self.study.encoder.architecture)

    def unpruned_checkpoint(self) -> str:
        return self.in_study(paths.PRETRAINED, **UNPRUNED_CHECKPOINT.wildcards())

    def one_shot(self, criterion: str) -> OneShotMask:
        saliency, scope = self.study.saliency_and_scope(criterion)
        return OneShotMask(saliency=saliency, scope=scope)

    def scored(self, metrics: str, predictions: str, **known: object) -> dict[str, str | list[str]]:
        """The outputs that every run has, from templates."""
        return {
            "metrics": self.in_study(metrics, **known),
            "predictions": self.in_study(predictions, **known),
            "timing": self.in_study(paths.TIMING, job=self.name),
        }

    def arm_settings(self, arm: str, sparsity_percent: int, wildcards: Wildcards) -> FinetuneJobSettings:
        settings = self.study.arms[arm]
        mask = None
        if sparsity_percent and settings.mask is Mask.KEPT:
            mask = "kept"
        elif sparsity_percent and settings.mask is Mask.ONE_SHOT:
            mask = self.one_shot(settings.criterion)
        return FinetuneJobSettings(
            arm=arm,
            sparsity=sparsity_percent / 100,
            fresh_weights=settings.starts_from is Start.FRESH,
            mask=mask,
            epochs=settings.epochs_at(sparsity_percent),
            learning_rate=learning_rate_of(self.study, wildcards),
            **self.shared(wildcards),
        )

    def shared(self, wildcards: Wildcards) -> dict:
        """Settings of every run on a task with a seed."""
        finetuning = self.study.finetuning
        return {
            "task": wildcards["task"],
            "seed": int(wildcards["seed"]),
            "classifier_dropout": finetuning.classifier_dropout,
            "optimizer": finetuning.optimizer,
        }


class Trajectory(Finetuning):
    """Fine-tunes the unpruned model and saves its weights, for analyses and for methods that start from a fine-tuned model."""

    rule = "trajectory"
    name = f"finetuned/{UNPRUNED.arm}/{UNPRUNED.sparsity_percent}/{paths.TRAJECTORY}"

    def is_of_this_kind(self, run: Run) -> bool:
        return run.learning_rate != self.study.followed_learning_rate

    def wildcards(self) -> Iterator[dict[str, str]]:
        for run in trajectories(self.study):
            if self.is_of_this_kind(run):
                yield trajectory_wildcards(run)

    def checkpoint(self, wildcards: Wildcards) -> str:
        return self.unpruned_checkpoint()

    def outputs(self) -> dict[str, str | list[str]]:
        last = self.study.unpruned_epochs
        unpruned = {"arm": UNPRUNED.arm, "sparsity": UNPRUNED.sparsity_percent}
        return self.scored(paths.METRICS, paths.PREDICTIONS, **unpruned) | {
            "snapshot": self.in_study(paths.SNAPSHOT, epoch=last),
            "weights": self.in_study(paths.SNAPSHOT_WEIGHTS, epoch=last),
        }

    def settings(self, wildcards: Wildcards) -> FinetuneJobSettings:
        settings = self.arm_settings(*UNPRUNED, wildcards)
        return settings.model_copy(update={"snapshots": tuple(self.study.snapshot_epochs(settings.learning_rate))})


class FollowedTrajectory(Trajectory):
    """Fine-tunes the unpruned model at the followed learning rate, at which weights are saved after every epoch."""

    rule = "followed_trajectory"

    def is_of_this_kind(self, run: Run) -> bool:
        return run.learning_rate == self.study.followed_learning_rate

    def outputs(self) -> dict[str, str | list[str]]:
        """`passing`: snapshots that Snakemake may delete when all jobs that read them are done."""
        followed = self.study.snapshot_epochs(self.study.followed_learning_rate)
        passing = [epoch for epoch in followed if epoch != self.study.unpruned_epochs]
        templates = paths.SNAPSHOT, paths.SNAPSHOT_WEIGHTS
        files = [file for template in templates for file in snapshot_files(self.study, template, passing, {})]
        return super().outputs() | {"passing": files}


class Finetune(Finetuning):
    """Every run of an arm, except the runs of the unpruned model."""

    rule = "finetune"
    name = paths.FINETUNED_JOB

    def outputs(self) -> dict[str, str | list[str]]:
        return self.scored(paths.METRICS, paths.PREDICTIONS)

    def wildcards(self) -> Iterator[dict[str, str]]:
        for run in self.grid.runs():
            if not run.is_of_unpruned_model:
                yield run.wildcards()

    def checkpoint(self, wildcards: Wildcards) -> str:
        arm = wildcards["arm"]
        checkpoint = self.grid.checkpoint_of(arm, int(wildcards["sparsity"]))
        if checkpoint is not None:
            return self.in_study(paths.PRETRAINED, **checkpoint.wildcards())
        if self.study.arms[arm].starts_from is Start.FRESH:
            return self.in_study(paths.ENCODER)
        return snapshot_files(self.study, paths.SNAPSHOT, [self.study.unpruned_epochs], wildcards)[0]

    def settings(self, wildcards: Wildcards) -> FinetuneJobSettings:
        return self.arm_settings(wildcards["arm"], int(wildcards["sparsity"]), wildcards)


class PruneAfter(Finetuning):
    """Fine-tune for some epochs, prune in one shot, fine-tune on (Gordon et al. 2020, Figure 3 right)."""

    rule = "prune_after"
    name = f"prune_after/{paths.PRUNE_AFTER}"

    def outputs(self) -> dict[str, str | list[str]]:
        return self.scored(paths.PRUNE_AFTER_METRICS, paths.PRUNE_AFTER_PREDICTIONS)

    def wildcards(self) -> Iterator[dict[str, str]]:
        return prune_after_wildcards(self.study)

    def checkpoint(self, wildcards: Wildcards) -> str:
        epoch = int(wildcards["epoch"])
        if epoch == 0:
            return self.unpruned_checkpoint()
        return snapshot_files(self.study, paths.SNAPSHOT, [epoch], wildcards)[0]

    def inputs(self, wildcards: Wildcards) -> Paths:
        """`weights`: the snapshot's weight file. It is listed so that Snakemake does not delete it before this job reads it."""
        epoch = int(wildcards["epoch"])
        weights = snapshot_files(self.study, paths.SNAPSHOT_WEIGHTS, [epoch], wildcards) if epoch else []
        return super().inputs(wildcards) | {"weights": weights}

    def settings(self, wildcards: Wildcards) -> FinetuneJobSettings:
        prune_after = self.study.analyses.prune_after
        return FinetuneJobSettings(
            arm=PRUNE_AFTER,
            pruned_after_epochs=int(wildcards["epoch"]),
            sparsity=prune_after.sparsity / 100,
            mask=self.one_shot("magnitude"),
            epochs=prune_after.further_epochs,
            learning_rate=self.study.followed_learning_rate,
            **self.shared(wildcards),
        )
