"""Computes a study's throughput from the times that its finished jobs wrote."""

import csv
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from statistics import median
from typing import NamedTuple

from prunetransfer.config.study import Study
from prunetransfer.storage.files import read_json
from prunetransfer.storage.paths import BENCHMARK, TIMING, within

from .costs import evaluated_tokens, trained_sequences
from .tasks import TaskSize
from .throughput import Throughput
from .trainings import Training, others, trainings


class _Timed(NamedTuple):
    training: Training
    tokens: float
    """The number of tokens that it trained on."""
    tokens_per_second: float
    wall: float | None
    """The seconds of the whole job in Snakemake's record; None if there is no record."""


def measured_throughput(study: Study, sizes: Mapping[str, TaskSize], folder: Path) -> tuple[Throughput, int] | None:
    """Returns medians over the study's jobs in `folder` (results/<study>), and the number of jobs.

    Returns None unless there are times of both pre-training and fine-tuning. A task that was not trained yet gets the median
    over the other tasks.
    """
    timed = [found for training in trainings(study) if (found := _timed(study, training, sizes, folder))]
    pretrained = [job for job in timed if job.training.task is None]
    by_task = defaultdict(list)
    for job in timed:
        if job.training.task is not None:
            by_task[job.training.task].append(job.tokens_per_second)
    if not pretrained or not by_task:
        return None
    rates = {task: median(found) for task, found in by_task.items()}
    steps = sum(trained_sequences(study, job.training, sizes) for job in pretrained)
    throughput = Throughput(
        pretraining_tokens_per_second=median(job.tokens_per_second for job in pretrained),
        finetuning_tokens_per_second={task: rates.get(task, median(rates.values())) for task in study.tasks},
        tokens_per_sequence=sum(job.tokens for job in pretrained) / steps,
    )
    return throughput.model_copy(update={"seconds_per_job": _besides(study, timed, throughput, sizes)}), len(timed)


def _timed(study: Study, training: Training, sizes: Mapping[str, TaskSize], folder: Path) -> _Timed | None:
    file = within(folder, TIMING, job=training.job)
    if not file.is_file():
        return None
    times = read_json(file)
    if training.task is None:
        rate = times["tokens_per_second"]
        tokens = rate * times["seconds"]
    else:
        rate = times["examples_per_second"] * sizes[training.task].mean_tokens
        tokens = training.epochs * sizes[training.task].train_tokens
    if not rate:  # a training without steps
        return None
    return _Timed(training, tokens, rate, wall_seconds(folder, training.job))


def wall_seconds(folder: Path, job: str) -> float | None:
    """Returns the seconds that a job took according to Snakemake's record; None if there is no record."""
    file = within(folder, BENCHMARK, job=job)
    if not file.is_file():
        return None
    with open(file, encoding="utf-8", newline="") as lines:
        return median(float(row["s"]) for row in csv.DictReader(lines, delimiter="\t"))


def _besides(
    study: Study, timed: list[_Timed], throughput: Throughput, sizes: Mapping[str, TaskSize]
) -> dict[str, float]:
    """Returns, for each rule, the median of the seconds that jobs took besides training and (estimated) evaluation."""
    rest = defaultdict(list)
    for job in timed:
        if job.wall is not None:
            evaluation = evaluated_tokens(study, job.training, sizes, throughput)
            spent = job.tokens / job.tokens_per_second + evaluation / throughput.evaluation(job.training.task)
            rest[job.training.rule].append(max(0.0, job.wall - spent))
    return {rule: median(seconds) for rule, seconds in rest.items()}


def measured_others(study: Study, folder: Path) -> dict[str, float]:
    """By rule (see `other_jobs`): the seconds of all jobs that train nothing, as far as Snakemake recorded them."""
    found: dict[str, float] = {}
    for rule, job in others(study):
        seconds = wall_seconds(folder, job.name)
        if seconds is not None:
            found[rule] = found.get(rule, 0.0) + seconds
    return found
