"""What a plan needs to know of a study's jobs: how long each trains, on what, and what it waits for."""

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from prunetransfer.config.study import Study
from prunetransfer.jobs.job import Job
from prunetransfer.jobs.settings.pretrain import PretrainJobSettings
from prunetransfer.jobs.study_jobs import StudyJobs


class Training(NamedTuple):
    """One job that trains."""

    rule: str
    """As Snakemake counts it."""
    job: str
    """Its name in the templates of `storage.paths`: times, logs and benchmarks are filed under it."""
    after: tuple[str, ...]
    """The names of the trainings that it waits for."""
    steps: int = 0
    """Pre-training only."""
    task: str | None = None
    """Fine-tuning only."""
    epochs: int = 0
    """Fine-tuning only: all that are trained, for later snapshots too."""


def trainings(study: Study) -> list[Training]:
    """Every training of the study once, each after those that it waits for."""
    jobs = StudyJobs(study)
    chosen = jobs.trainings()
    names = {job.name for job in chosen}
    return [_training(job, tuple(name for name in jobs.after[job.name] if name in names)) for job in chosen]


def _training(job: Job, after: tuple[str, ...]) -> Training:
    settings = job.settings
    if isinstance(settings, PretrainJobSettings):
        return Training(job.rule, job.name, after, steps=settings.phase.steps)
    epochs = max(settings.epochs, *settings.snapshots, 0)
    return Training(job.rule, job.name, after, task=settings.task, epochs=epochs)


def others(study: Study) -> Iterator[tuple[str, Job]]:
    """Yields every job that trains nothing, with its rule. `analyses` and `figures` stand for the rules of all of these."""
    jobs = StudyJobs(study)
    trained = {job.name for job in jobs.trainings()}
    return ((jobs[job.rule].group or job.rule, job) for job in jobs.jobs if job.name not in trained)


def other_jobs(study: Study) -> dict[str, int]:
    """The number of jobs that train nothing, by rule as in `others`."""
    return dict(Counter(rule for rule, _ in others(study)))
