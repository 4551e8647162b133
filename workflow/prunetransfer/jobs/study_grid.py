"""The runs and the checkpoints of a study, from its configuration."""

from collections.abc import Iterable, Iterator, Mapping

from prunetransfer.config.study import Study
from prunetransfer.storage import paths

from .grid import GridSettings, Run

TRAJECTORY = ("task", "learning_rate", "seed")
"""The wildcards that name one fine-tuning of the unpruned model."""


def grid(study: Study) -> GridSettings:
    """All fine-tunings and checkpoints."""
    return GridSettings(
        arms={name: study.sparsity_percents_of(name) for name in study.arms},
        criteria={name: study.starting_criterion(name) for name in study.arms},
        tasks=study.tasks,
        learning_rates=study.finetuning.learning_rates,
        seeds=study.finetuning.seeds,
    )


def trajectories(study: Study) -> Iterator[Run]:
    """The fine-tunings of the unpruned model."""
    return (run for run in grid(study).runs() if run.is_of_unpruned_model)


def trajectory_wildcards(run: Run) -> dict[str, str]:
    """The wildcards of a fine-tuning of the unpruned model."""
    return {name: run.wildcards()[name] for name in TRAJECTORY}


def snapshot_files(study: Study, template: str, epochs: Iterable[int], wildcards: Mapping[str, str]) -> list[str]:
    """The files of a fine-tuning of the unpruned model after each of the epochs. Wildcards that are not given stay."""
    run = {name: wildcards[name] for name in TRAJECTORY if name in wildcards}
    return [paths.filled(template, study=study.study, epoch=epoch, **run) for epoch in epochs]


def prune_after_wildcards(study: Study) -> Iterator[dict[str, str]]:
    """The wildcards of every run of Figure 3 (right)."""
    rate = paths.format_learning_rate(study.followed_learning_rate)
    for task in study.tasks:
        for seed in study.finetuning.seeds:
            for epoch in study.prune_after_epochs:
                yield {"task": task, "learning_rate": rate, "seed": str(seed), "epoch": str(epoch)}


def learning_rate_of(study: Study, wildcards: Mapping[str, str]) -> float:
    """The learning rate that a wildcard stands for."""
    rates = study.finetuning.learning_rates
    return next(rate for rate in rates if paths.format_learning_rate(rate) == wildcards["learning_rate"])
