"""A whole study: the model of config.yaml, its checks across sections, and each stage's share of it."""

from typing import Annotated, Any

from pydantic import Field, model_validator

from prunetransfer.jobs.grid import UNPRUNED, GridSettings
from prunetransfer.jobs.settings.encoder import EncoderJobSettings
from prunetransfer.jobs.settings.finetune import FinetuneJobSettings
from prunetransfer.jobs.settings.pretrain import PretrainJobSettings, PruneSettings
from prunetransfer.jobs.settings.task import TaskJobSettings

from .analyses import AnalysesSettings
from .base import Name, Settings, SparsityPercent, Unique
from .built_in import ARM_DEFAULTS, available_criteria, available_families, built_in_tasks, with_built_in_tasks
from .claims import ClaimsSettings
from .corpus import CorpusSettings
from .encoder import EncoderSettings
from .figures import FigureSettings
from .finetuning import Arm, FinetuningSettings
from .language import LanguageSettings
from .pretraining import PretrainingSettings
from .task import TaskSettings

RESERVED_TASK_NAMES = ("average", "all")


class Study(Settings):
    """Everything that decides a study's numbers. Machines (GPUs, partitions, memory) are the profile's business."""

    study: Name
    """The name of the study: its folder under results/."""
    language: LanguageSettings | None = None
    """The artificial language, where an encoder, a corpus or a task uses it."""
    encoder: EncoderSettings
    corpus: CorpusSettings
    pretraining: PretrainingSettings
    sparsities: Annotated[list[SparsityPercent], Field(min_length=1), Unique]
    """In whole percents; 0, the unpruned model, must be among them."""
    tasks: Annotated[list[Name], Field(min_length=1), Unique]
    """The tasks to fine-tune on: built-in ones, or ones that `task_definitions` has."""
    task_definitions: dict[Name, TaskSettings] = Field(default_factory=dict)
    """New tasks, and changes to built-in ones."""
    finetuning: FinetuningSettings
    arms: Annotated[dict[Name, Arm], Field(min_length=1)]
    analyses: AnalysesSettings = AnalysesSettings()
    claims: ClaimsSettings = ClaimsSettings()
    figures: FigureSettings = FigureSettings()

    @model_validator(mode="before")
    @classmethod
    def _fill_in_tasks_and_arms(cls, values: Any) -> Any:
        if not isinstance(values, dict):
            raise ValueError(f"must be a mapping of keys to values, found {type(values).__name__}")
        values = dict(values)
        if isinstance(values.get("tasks"), list) and isinstance(values.get("task_definitions", {}), dict):
            values["task_definitions"] = with_built_in_tasks(values["tasks"], values.get("task_definitions") or {})
        if isinstance(values.get("arms"), dict):
            values["arms"] = {
                name: {**ARM_DEFAULTS.get(name, {}), **arm} if isinstance(arm, dict) else arm
                for name, arm in values["arms"].items()
            }
        return values

    @model_validator(mode="after")
    def _parts_fit_together(self):
        problems = [
            *self._sparsity_problems(),
            *self._encoder_problems(),
            *self._task_problems(),
            *self._arm_problems(),
            *self._pretraining_problems(),
            *self._analysis_problems(),
        ]
        if problems:
            raise ValueError("\n".join(problems))
        return self

    def _sparsity_problems(self):
        if 0 not in self.sparsities:
            yield f"sparsities: must include 0, the unpruned model, found {self.sparsities}"

    def _encoder_problems(self):
        encoder, families = self.encoder, available_families()
        if encoder.architecture not in families:
            yield f"encoder.architecture: found {encoder.architecture!r}; allowed: {', '.join(families)}"
        lengths = {
            "pretraining.objective.sequence_length": self.pretraining.objective.sequence_length,
            "finetuning.max_length": self.finetuning.max_length,
        }
        for key, length in lengths.items():
            if encoder.source == "fresh" and length > encoder.max_length:
                yield f"{key}: found {length}; allowed: at most {encoder.max_length}, which is encoder.max_length"

    def _task_problems(self):
        for task in self.tasks:
            if task not in self.task_definitions:
                allowed = sorted({*self.task_definitions, *built_in_tasks()})
                yield f"tasks: found {task!r}; allowed: {', '.join(allowed)}, or a new one in `task_definitions`"
            if task in RESERVED_TASK_NAMES:
                yield f"tasks: {task!r} is what tables call the mean over tasks; give the task another name"
        for task in self.task_definitions:
            if task not in self.tasks:
                yield f"task_definitions.{task}: is defined and not used; add it to `tasks` or take it out"
        uses_language = {
            "corpus.sources": any(source.source == "language" for source in self.corpus.sources),
            **{
                f"task_definitions.{name}": task.source.source == "language"
                for name, task in self.task_definitions.items()
            },
        }
        for key, used in uses_language.items():
            if used and self.language is None:
                yield f"{key}: uses the artificial language, and the key `language` is missing"

    def _arm_problems(self):
        criteria = available_criteria()
        for name, arm in self.arms.items():
            if arm.criterion not in criteria:
                yield f"arms.{name}.criterion: found {arm.criterion!r}; allowed: {', '.join(criteria)}"
            elif arm.method in ("prune_pretrain", "information_deletion") and (
                arm.criterion not in self.pretraining.criteria
            ):
                yield f"arms.{name}.criterion: {arm.criterion!r} has no schedule in pretraining.criteria"
            for sparsity in [0] if arm.method == "from_scratch" else self.sparsities:
                try:
                    arm.epochs_at(sparsity)
                except ValueError as error:
                    yield f"arms.{name}.epochs: {error}"
        if UNPRUNED not in self.arms:
            yield f"arms: must include {UNPRUNED}: its 0 % is the unpruned model that all others are compared with"

    def _pretraining_problems(self):
        criteria = available_criteria()
        for name, schedule in self.pretraining.criteria.items():
            if name not in criteria:
                yield f"pretraining.criteria: found {name!r}; allowed: {', '.join(criteria)}"
            end = schedule.start + (schedule.ramp_steps if schedule.kind == "cubic" else 0)
            if self.pruned_sparsities and end >= self.pretraining.prune.steps:
                yield (
                    f"pretraining.criteria.{name}: reaches its sparsity before step {end} (from 0); allowed: below "
                    f"pretraining.prune.steps, which is {self.pretraining.prune.steps}"
                )

    def _analysis_problems(self):
        analyses, rates = self.analyses, self.finetuning.learning_rates
        if analyses.trajectory.learning_rate not in (None, *rates):
            allowed = ", ".join(map(str, rates))
            yield f"analyses.trajectory.learning_rate: found {analyses.trajectory.learning_rate}; allowed: {allowed}"
        last = analyses.trajectory.epochs
        if analyses.prune_after is not None and max(analyses.prune_after.epochs) > last:
            yield (
                f"analyses.prune_after.epochs: found {max(analyses.prune_after.epochs)}; allowed: at most {last}, "
                "which is analyses.trajectory.epochs"
            )
        for task in analyses.leave_out_of_fit:
            known = sorted({*self.tasks, *built_in_tasks()})
            if task not in known:
                yield f"analyses.leave_out_of_fit: found {task!r}; allowed: {', '.join(known)}"

    @property
    def pruned_sparsities(self) -> list[int]:
        return [sparsity for sparsity in self.sparsities if sparsity > 0]

    def sparsities_of(self, arm: str) -> list[int]:
        """The sparsities that an arm is trained at. At 0 % a fine-tuning that equals the unpruned model's isn't repeated."""
        settings = self.arms[arm]
        if settings.method == "from_scratch":
            return [0]
        if arm == UNPRUNED or settings.method == "prune_downstream" or UNPRUNED not in self.arms:
            return list(self.sparsities)
        same = 0 in self.sparsities and settings.epochs_at(0) == self.arms[UNPRUNED].epochs_at(0)
        return self.pruned_sparsities if same else list(self.sparsities)

    def grid(self) -> GridSettings:
        """The study's runs, for the stages that collect them."""
        from_checkpoint = ("prune_pretrain", "information_deletion")
        return GridSettings(
            study=self.study,
            arms={name: self.sparsities_of(name) for name in self.arms},
            criteria={
                name: arm.criterion if arm.method in from_checkpoint else None for name, arm in self.arms.items()
            },
            tasks=self.tasks,
            learning_rates=self.finetuning.learning_rates,
            seeds=self.finetuning.seeds,
        )

    def encoder_stage(self) -> EncoderJobSettings:
        fresh = self.encoder.source == "fresh"
        return EncoderJobSettings(
            encoder=self.encoder,
            corpus=self.corpus.sources if fresh else None,
            max_documents=self.corpus.max_documents if fresh else None,
        )

    def task_stage(self, task: str) -> TaskJobSettings:
        return TaskJobSettings(name=task, task=self.task_definitions[task], max_length=self.finetuning.max_length)

    def burn_in_stage(self) -> PretrainJobSettings:
        return self._pretrain_stage("burn_in", None)

    def pretrain_stage(self, criterion: str, sparsity: int) -> PretrainJobSettings:
        """sparsity: in whole percents; at 0 the criterion has no say."""
        if sparsity == 0:
            return self._pretrain_stage("prune", None)
        schedule = self.pretraining.criteria[criterion]
        return self._pretrain_stage(
            "prune", PruneSettings(criterion=criterion, schedule=schedule, sparsity=sparsity / 100)
        )

    def _pretrain_stage(self, phase: str, prune: PruneSettings | None) -> PretrainJobSettings:
        pretraining = self.pretraining
        return PretrainJobSettings(
            objective=pretraining.objective,
            optimizer=pretraining.optimizer,
            phase_name=phase,
            phase=getattr(pretraining, phase),
            seed=pretraining.seed,
            prune=prune,
        )

    @property
    def followed_learning_rate(self) -> float:
        """The learning rate at which the unpruned model's fine-tuning is followed epoch by epoch."""
        rate = self.analyses.trajectory.learning_rate
        return self.finetuning.learning_rates[0] if rate is None else rate

    @property
    def unpruned_epochs(self) -> int:
        return self.arms[UNPRUNED].epochs_at(0)

    def snapshot_epochs(self, learning_rate: float) -> list[int]:
        """The epochs after which the unpruned model's weights are kept: the arm's own last, and those followed."""
        followed = learning_rate == self.followed_learning_rate
        epochs = range(1, self.analyses.trajectory.epochs + 1) if followed else []
        return sorted({self.unpruned_epochs, *epochs})

    def unpruned_stage(self, learning_rate: float, seed: int) -> FinetuneJobSettings:
        """The unpruned model's fine-tuning: Table 1's run, and the snapshots of it."""
        stage = self.finetune_stage(UNPRUNED, 0, learning_rate, seed)
        return stage.model_copy(update={"snapshots": tuple(self.snapshot_epochs(learning_rate))})

    def prune_after_runs(self) -> int:
        """How many runs are pruned after some epochs of fine-tuning (Figure 3 right)."""
        prune_after = self.analyses.prune_after
        epochs = len(prune_after.epochs) if prune_after is not None else 0
        return epochs * len(self.tasks) * len(self.finetuning.seeds)

    def prune_after_stage(self, seed: int) -> FinetuneJobSettings:
        """Pruning in one shot, and what is trained after it (Figure 3 right)."""
        prune_after = self.analyses.prune_after
        return FinetuneJobSettings(
            method="prune_downstream",
            criterion="magnitude",
            sparsity=prune_after.sparsity / 100,
            epochs=prune_after.further_epochs,
            learning_rate=self.followed_learning_rate,
            seed=seed,
            classifier_dropout=self.finetuning.classifier_dropout,
            optimizer=self.finetuning.optimizer,
        )

    def finetune_stage(self, arm: str, sparsity: int, learning_rate: float, seed: int) -> FinetuneJobSettings:
        settings = self.arms[arm]
        return FinetuneJobSettings(
            method=settings.method,
            criterion=settings.criterion,
            sparsity=sparsity / 100,
            epochs=settings.epochs_at(sparsity),
            learning_rate=learning_rate,
            seed=seed,
            classifier_dropout=self.finetuning.classifier_dropout,
            optimizer=self.finetuning.optimizer,
        )
