"""A whole study: the model of config.yaml, its checks across sections, and each stage's share of it."""

from collections.abc import Hashable
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import Field, ValidationError, model_validator

from ..errors import PruneTransferError
from ..files import whole_file
from .base import Name, Settings, SparsityPercent, Unique
from .corpus import CorpusSettings
from .encoder import EncoderSettings, EncoderStage
from .figures import FigureSettings
from .finetuning import Arm, FinetuneStage, FinetuningSettings
from .grid import UNPRUNED, GridSettings
from .language import LanguageSettings
from .pretraining import PretrainingSettings, PretrainStage, PruneSettings
from .problems import describe
from .task import TaskSettings, TaskStage

_PACKAGE = Path(__file__).parent.parent
BUILT_IN_TASKS = _PACKAGE / "data" / "tasks"
CRITERIA = _PACKAGE / "pruning" / "criteria"
FAMILIES = _PACKAGE / "models" / "families"


class ConfigError(PruneTransferError):
    """A configuration that can't be used; the message names each key, what was found and what is allowed."""


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
    figures: FigureSettings = FigureSettings()

    @model_validator(mode="before")
    @classmethod
    def _fill_in_tasks_and_arms(cls, values: Any) -> Any:
        if not isinstance(values, dict):
            raise ValueError(f"must be a mapping of keys to values, found {type(values).__name__}")
        values = dict(values)
        if isinstance(values.get("tasks"), list) and isinstance(values.get("task_definitions", {}), dict):
            values["task_definitions"] = _with_built_in_tasks(values["tasks"], values.get("task_definitions") or {})
        if isinstance(values.get("arms"), dict):
            values["arms"] = {
                name: {**_ARM_DEFAULTS.get(name, {}), **arm} if isinstance(arm, dict) else arm
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

    def encoder_stage(self) -> EncoderStage:
        fresh = self.encoder.source == "fresh"
        return EncoderStage(
            encoder=self.encoder,
            corpus=self.corpus.sources if fresh else None,
            max_documents=self.corpus.max_documents if fresh else None,
        )

    def task_stage(self, task: str) -> TaskStage:
        return TaskStage(name=task, task=self.task_definitions[task], max_length=self.finetuning.max_length)

    def burn_in_stage(self) -> PretrainStage:
        return self._pretrain_stage("burn_in", None)

    def pretrain_stage(self, criterion: str, sparsity: int) -> PretrainStage:
        """sparsity: in whole percents; at 0 the criterion has no say."""
        if sparsity == 0:
            return self._pretrain_stage("prune", None)
        schedule = self.pretraining.criteria[criterion]
        return self._pretrain_stage(
            "prune", PruneSettings(criterion=criterion, schedule=schedule, sparsity=sparsity / 100)
        )

    def _pretrain_stage(self, phase: str, prune: PruneSettings | None) -> PretrainStage:
        pretraining = self.pretraining
        return PretrainStage(
            objective=pretraining.objective,
            optimizer=pretraining.optimizer,
            phase_name=phase,
            phase=getattr(pretraining, phase),
            seed=pretraining.seed,
            prune=prune,
        )

    def finetune_stage(self, arm: str, sparsity: int, learning_rate: float, seed: int) -> FinetuneStage:
        settings = self.arms[arm]
        return FinetuneStage(
            method=settings.method,
            criterion=settings.criterion,
            sparsity=sparsity / 100,
            epochs=settings.epochs_at(sparsity),
            learning_rate=learning_rate,
            seed=seed,
            classifier_dropout=self.finetuning.classifier_dropout,
            optimizer=self.finetuning.optimizer,
        )


_ARM_DEFAULTS = {
    "prune_pretrain": {"method": "prune_pretrain"},
    "information_deletion": {"method": "information_deletion"},
    "prune_downstream": {"method": "prune_downstream"},
    "random": {"method": "prune_pretrain", "criterion": "random"},
    "from_scratch": {"method": "from_scratch"},
}


def refuse_missing_files(study: Study) -> None:
    """Raises ConfigError with a line for each local file, folder or package that a study names and that isn't there.

    Snakemake alone doesn't: where a table exists and what it is made from can't be made, it keeps the old table.
    """
    problems = [f"{key}: {path} does not exist" for key, path in _local_files(study).items() if not Path(path).exists()]
    if study.encoder.source == "package" and study.encoder.location() is None:
        problems.append(f"encoder.package: {study.encoder.package} is not installed")
    if problems:
        raise ConfigError("\n".join(problems))


def _local_files(study: Study) -> dict[str, Path | str]:
    files: dict[str, Path | str] = {}
    if study.encoder.source == "folder":
        files["encoder.path"] = study.encoder.path / "config.json"
    for place, source in enumerate(study.corpus.sources):
        if source.source == "files":
            files |= {f"corpus.sources.{place}.files.{number}": file for number, file in enumerate(source.files)}
        elif source.source == "dataset" and source.dataset.startswith((".", "/")):
            files[f"corpus.sources.{place}.dataset"] = source.dataset
    for name, task in study.task_definitions.items():
        if task.source.source == "files":
            files[f"task_definitions.{name}.source.train"] = task.source.train
            files[f"task_definitions.{name}.source.dev"] = task.source.dev
        elif task.source.source == "dataset" and task.source.dataset.startswith((".", "/")):
            files[f"task_definitions.{name}.source.dataset"] = task.source.dataset
    return files


def available_criteria() -> list[str]:
    """Names of the saliency criteria: a file each in pruning/criteria."""
    return _modules_in(CRITERIA)


def available_families() -> list[str]:
    """Names of the encoders' architectures: a file each in models/families."""
    return _modules_in(FAMILIES)


def _modules_in(folder: Path) -> list[str]:
    return sorted(path.stem for path in folder.glob("*.py") if not path.stem.startswith("_"))


def built_in_tasks() -> dict[str, dict]:
    """The tasks that come with the project, as `task_definitions` would spell them."""
    tasks: dict[str, dict] = {}
    for path in sorted(BUILT_IN_TASKS.glob("*.yaml")):
        tasks |= yaml.safe_load(path.read_text(encoding="utf-8"))
    return tasks


def _with_built_in_tasks(names: list, definitions: dict) -> dict:
    built_in = built_in_tasks()
    merged = dict(definitions)
    for name in names:
        if isinstance(name, str) and name in built_in:
            changes = definitions.get(name) or {}
            merged[name] = {**built_in[name], **changes} if isinstance(changes, dict) else changes
    return merged


def file_schema() -> dict:
    """The JSON schema of a configuration file, in which an arm or a task may leave out what the loader fills in."""
    schema = Study.model_json_schema()
    filled_in = {"arms": ("Arm", _ARM_DEFAULTS), "task_definitions": ("TaskSettings", built_in_tasks())}
    for key, (definition, defaults) in filled_in.items():
        whole, known = schema["$defs"][definition], {}
        for name, default in defaults.items():
            required = [field for field in whole["required"] if field not in default]
            part = f"{definition}Without{''.join(field.title() for field in whole['required'] if field in default)}"
            schema["$defs"][part] = {**whole, "required": required}
            known[name] = {"$ref": f"#/$defs/{part}"}
        # Not `patternProperties`, which would hold for the known names too.
        [(pattern, other)] = schema["properties"][key].pop("patternProperties").items()
        schema["properties"][key] |= {"properties": known, "additionalProperties": other}
        schema["properties"][key]["propertyNames"] |= {"pattern": pattern}
    return schema


def write_yaml(study: Study, output: Path) -> None:
    """Writes a study with every default filled in; reading it back gives the same study."""
    content = study.model_dump(mode="json")
    with whole_file(output) as temporary:
        temporary.write_text(yaml.safe_dump(content, sort_keys=False, allow_unicode=True), encoding="utf-8")


class _UniqueKeyLoader(yaml.SafeLoader):
    """YAML lets a later key silently replace an earlier one: refuse instead."""

    def construct_mapping(self, node, deep=False):
        seen = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, Hashable):
                break  # which the base class refuses
            if key in seen:
                line = key_node.start_mark.line + 1
                raise ConfigError(f"{self.name}: line {line}: the key {key!r} stands twice in one mapping")
            seen.add(key)
        return super().construct_mapping(node, deep)


def read_yaml(path: Path) -> dict:
    """The content of a YAML file. Raises ConfigError where it can't be read or says a key twice."""
    try:
        with open(path, encoding="utf-8") as file:
            return yaml.load(file, _UniqueKeyLoader)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigError(f"{path}: {error}") from None


def parse_study(values: Any, origin: str = "config") -> Study:
    """Checks a configuration. Raises ConfigError with a line per problem: key, what was found, what is allowed."""
    try:
        return Study.model_validate(values)
    except ValidationError as error:
        raise ConfigError("\n".join(f"{origin}: {problem}" for problem in describe(error, values))) from None


def load_study(path: Path) -> Study:
    """Reads and checks a configuration file. Raises ConfigError."""
    return parse_study(read_yaml(path), str(path))
