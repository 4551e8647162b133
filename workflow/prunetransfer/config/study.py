"""The model of a whole configuration, and the checks that concern several of its sections."""

from typing import Annotated, Any

from pydantic import Field, model_validator

from .analyses import AnalysesSettings
from .arms import Arm
from .available import available_criteria, available_families, needs_of
from .base import Name, Settings, SparsityPercent, Unique
from .built_in import built_in_tasks, with_built_in_tasks
from .claims import ClaimsSettings
from .corpus import CorpusSettings
from .encoder import EncoderSettings
from .figures import FigureSettings
from .finetuning import FinetuningSettings
from .language import LanguageSettings
from .methods import ARM_DEFAULTS, UNPRUNED, Mask, Sparsities, Start, meant_by_name
from .pretraining import PretrainingSettings
from .pruning import AVAILABLE_NEEDS, Scope
from .task import TaskSettings

RESERVED_TASK_NAMES = ("average", "all")
RESERVED_CRITERION = "dense"


class Study(Settings):
    """Everything that decides a study's numbers. Machines (GPUs, partitions, memory) are described in profiles instead."""

    study: Name
    """The name of the study: its folder under results/."""
    language: LanguageSettings | None = None
    """The artificial language. It is needed if the encoder, the corpus or a task uses it."""
    encoder: EncoderSettings
    corpus: CorpusSettings
    pretraining: PretrainingSettings
    sparsities: Annotated[list[SparsityPercent], Field(min_length=1), Unique]
    """Sparsities in whole percents. 0, the unpruned model, must be among them."""
    tasks: Annotated[list[Name], Field(min_length=1), Unique]
    """The tasks to fine-tune on: built-in tasks, or tasks of `task_definitions`."""
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
        known = list(dict.fromkeys([*self.pretraining.criteria, *available_criteria()]))
        scheduled = ", ".join(self.pretraining.criteria) or "none: it is empty"
        for name, arm in self.arms.items():
            if arm.criterion not in known:
                yield f"arms.{name}.criterion: found {arm.criterion!r}; allowed: {', '.join(known)}"
            elif arm.starts_from is Start.PRUNED and arm.criterion not in self.pretraining.criteria:
                yield (
                    f"arms.{name}.criterion: {arm.criterion!r} has no schedule in pretraining.criteria; "
                    f"allowed: {scheduled}"
                )
            elif meant := {key: value for key, value in meant_by_name(name).items() if getattr(arm, key) != value}:
                yield from (
                    f"arms.{name}.{key}: found {getattr(arm, key)!r}; allowed: {value!r}, since analyses go by the arm's "
                    "name; give the arm another name"
                    for key, value in meant.items()
                )
            elif arm.mask is Mask.ONE_SHOT and arm.criterion not in self.pretraining.criteria:
                yield from self._saliency_problems(f"arms.{name}.criterion", arm.criterion)
            for sparsity_percent in [0] if arm.sparsities is Sparsities.ZERO else self.sparsities:
                try:
                    arm.epochs_at(sparsity_percent)
                except ValueError as error:
                    yield f"arms.{name}.epochs: {error}"
        if UNPRUNED.arm not in self.arms:
            yield f"arms: must include {UNPRUNED.arm}: its 0 % is the unpruned model that all others are compared with"

    @staticmethod
    def _saliency_problems(key: str, saliency: str):
        needs = needs_of(saliency)
        if needs is None:
            yield f"{key}: {saliency!r}: pruning/criteria/{saliency}.py has no NEEDS; allowed: a tuple of {AVAILABLE_NEEDS}"
        elif unmet := [need for need in needs if need not in AVAILABLE_NEEDS]:
            yield f"{key}: {saliency!r} needs {', '.join(unmet)}; a mask update has {', '.join(AVAILABLE_NEEDS)}"

    def _pretraining_problems(self):
        saliencies = available_criteria()
        for name, criterion in self.pretraining.criteria.items():
            saliency = criterion.saliency or name
            if name.lower() == RESERVED_CRITERION:
                yield f"pretraining.criteria: {name!r} is what tables call 0 %; give the criterion another name"
            elif criterion.saliency is None and name not in saliencies:
                yield (
                    f"pretraining.criteria: found {name!r}; allowed: {', '.join(saliencies)}, or any name with `saliency`, "
                    "which is one of these"
                )
            elif saliency not in saliencies:
                yield f"pretraining.criteria.{name}.saliency: found {saliency!r}; allowed: {', '.join(saliencies)}"
            elif name in saliencies and saliency != name:
                yield (
                    f"pretraining.criteria.{name}.saliency: found {saliency!r}; allowed: {name!r}, which is a file of that "
                    "name; give the criterion another name"
                )
            else:
                yield from self._saliency_problems(f"pretraining.criteria.{name}", saliency)
            end = criterion.start + (criterion.ramp_steps if criterion.kind == "cubic" else 0)
            if self.pruned_sparsity_percents and end >= self.pretraining.prune.steps:
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
    def pruned_sparsity_percents(self) -> list[int]:
        """The sparsities above 0."""
        return [sparsity_percent for sparsity_percent in self.sparsities if sparsity_percent > 0]

    def sparsity_percents_of(self, arm: str) -> list[int]:
        """The sparsities that an arm is trained at, in percent.

        0 % is not among them where a fine-tuning there would repeat the unpruned model's, which stands for it.
        """
        settings = self.arms[arm]
        if settings.sparsities is Sparsities.ZERO:
            return [0]
        if arm == UNPRUNED.arm or not settings.is_unpruned_model_at_zero or UNPRUNED.arm not in self.arms:
            return list(self.sparsities)
        same = 0 in self.sparsities and settings.epochs_at(0) == self.unpruned_epochs
        return self.pruned_sparsity_percents if same else list(self.sparsities)

    def starting_criterion(self, arm: str) -> str | None:
        """The criterion whose checkpoints an arm starts from; None for `Start.FRESH` and `Start.FINETUNED`."""
        match self.arms[arm].starts_from:
            case Start.PRUNED:
                return self.arms[arm].criterion
            case Start.DENSE:
                return RESERVED_CRITERION
        return None

    def saliency_and_scope(self, criterion: str) -> tuple[str, Scope]:
        """The saliency and the scope of a criterion: an entry of `pretraining.criteria`, or else a file in pruning/criteria."""
        settings = self.pretraining.criteria.get(criterion)
        if settings is None:
            return criterion, "matrix"
        return settings.saliency or criterion, settings.scope

    @property
    def followed_learning_rate(self) -> float:
        """The learning rate at which the unpruned model's weights are saved after every epoch."""
        rate = self.analyses.trajectory.learning_rate
        return self.finetuning.learning_rates[0] if rate is None else rate

    @property
    def unpruned_epochs(self) -> int:
        """Epochs of fine-tuning the unpruned model."""
        return self.arms[UNPRUNED.arm].epochs_at(UNPRUNED.sparsity_percent)

    def snapshot_epochs(self, learning_rate: float) -> list[int]:
        """The epochs after which the unpruned model's weights are saved, in ascending order.

        These are its last epoch and, at the followed learning rate, every epoch up to `analyses.trajectory.epochs`.
        """
        followed = learning_rate == self.followed_learning_rate
        epochs = range(1, self.analyses.trajectory.epochs + 1) if followed else []
        return sorted({self.unpruned_epochs, *epochs})

    @property
    def prune_after_epochs(self) -> list[int]:
        """Epochs of fine-tuning before pruning in the runs of Figure 3 (right); [] if the study has no such runs."""
        return self.analyses.prune_after.epochs if self.analyses.prune_after is not None else []
