"""Every training that a study runs, and what each waits for, from the configuration alone."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from prunetransfer.config.study import Study
from prunetransfer.jobs.grid import UNPRUNED, Run
from prunetransfer.storage.paths import DENSE, PRUNE_AFTER, RUN, format_learning_rate

BURN_IN = "burn_in"
_PACKAGE = Path(__file__).parent.parent


class Training(NamedTuple):
    """One job that trains."""

    rule: str
    """As Snakemake counts it."""
    job: str
    """Its name in the templates of `paths`: timing, logs and benchmarks are filed under it."""
    after: tuple[str, ...]
    """The trainings that it waits for."""
    steps: int = 0
    """Pre-training only."""
    task: str | None = None
    epochs: int = 0
    """Fine-tuning only: all that are trained, those for later snapshots among them."""


def trainings(study: Study) -> Iterator[Training]:
    """Every training of the study once, each behind those that it waits for."""
    yield Training("burn_in", BURN_IN, (), steps=study.pretraining.burn_in.steps)
    grid = study.grid()
    for criterion, sparsity in grid.checkpoints():
        yield Training("pretrain", _checkpoint(criterion, sparsity), (BURN_IN,), steps=study.pretraining.prune.steps)
    runs = sorted(grid.runs(), key=lambda run: not _is_unpruned(run))
    for run in runs:
        yield _unpruned(study, run) if _is_unpruned(run) else _finetuning(study, run)
    yield from _prune_after(study)


def _is_unpruned(run: Run) -> bool:
    return (run.arm, run.sparsity) == (UNPRUNED, 0)


def _unpruned(study: Study, run: Run) -> Training:
    rule = "followed_trajectory" if run.learning_rate == study.followed_learning_rate else "trajectory"
    return Training(
        rule,
        _job(run),
        (_checkpoint(DENSE, 0),),
        task=run.task,
        epochs=max(study.snapshot_epochs(run.learning_rate)),
    )


def _finetuning(study: Study, run: Run) -> Training:
    checkpoint = study.grid().checkpoint_of(run.arm, run.sparsity)
    if checkpoint is not None:
        after = (_checkpoint(*checkpoint),)
    elif study.arms[run.arm].method == "prune_downstream":
        after = (_job(run._replace(arm=UNPRUNED, sparsity=0)),)
    else:  # from scratch
        after = ()
    return Training("finetune", _job(run), after, task=run.task, epochs=study.arms[run.arm].epochs_at(run.sparsity))


def _prune_after(study: Study) -> Iterator[Training]:
    settings = study.analyses.prune_after
    if settings is None:
        return
    rate = study.followed_learning_rate
    for task in study.tasks:
        for seed in study.finetuning.seeds:
            trajectory = _job(Run(UNPRUNED, 0, task, rate, seed))
            for epoch in settings.epochs:
                name = PRUNE_AFTER.format(epoch=epoch, task=task, learning_rate=format_learning_rate(rate), seed=seed)
                after = trajectory if epoch else _checkpoint(DENSE, 0)
                yield Training(
                    "prune_after", f"prune_after/{name}", (after,), task=task, epochs=settings.further_epochs
                )


def _checkpoint(criterion: str, sparsity: int) -> str:
    return f"pretrained/{criterion}/{sparsity}"


def _job(run: Run) -> str:
    return f"finetuned/{RUN.format(**run.fields())}"


def other_jobs(study: Study) -> dict[str, int]:
    """Jobs that train nothing, by rule; those of analyses and of figures together, a module of the package for each."""
    trajectories = len(study.tasks) * len(study.finetuning.learning_rates) * len(study.finetuning.seeds)
    return {
        **({"language": 1} if _uses_language(study) else {}),
        "encoder": 1,
        "corpus": 1,
        "task": len(study.tasks),
        "trajectory_movement": trajectories,
        "analyses": len(_analyses()),
        "figures": len(list((_PACKAGE / "figures").glob("figure*.py"))),
        "resolved_config": 1,
        "study_manifest": 1,
    }


def _uses_language(study: Study) -> bool:
    sources = [*study.corpus.sources, *(task.source for task in study.task_definitions.values())]
    return any(source.source == "language" for source in sources)


def _analyses() -> list[Path]:
    """Modules that an analysis' rule calls. There are as many rules: `concatenated` has two, `movement` another kind."""
    folder = _PACKAGE / "analysis"
    modules = [*folder.glob("*.py"), *folder.glob("*/__init__.py")]
    return [module for module in modules if "\ndef analyse(" in module.read_text(encoding="utf-8")]
