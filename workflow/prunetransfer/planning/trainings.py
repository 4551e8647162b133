"""The facts about a study's jobs that a plan needs: how long each trains, on which task, and for which jobs it waits."""

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
    """The Snakemake rule that runs the job."""
    job: str
    """The job's name in the paths of its times, logs and benchmarks (see `storage.paths`)."""
    after: tuple[str, ...]
    """The names of the trainings for which it waits."""
    steps: int = 0
    """The number of steps of pre-training; 0 for fine-tuning."""
    task: str | None = None
    """The task of fine-tuning; None for pre-training."""
    epochs: int = 0
    """The number of epochs of fine-tuning, including those after the scored ones that later snapshots need."""


def trainings(study: Study) -> list[Training]:
    """Every training of the study once. Each comes after the trainings for which it waits."""
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
