"""Room for what a study is going to write."""

import shutil
from collections.abc import Iterator
from pathlib import Path

from ..config.study import Study
from ..planning.disk import disk
from ..planning.encoder import encoder_sizes
from ..planning.errors import PlanError
from ..planning.jobs import trainings
from ..planning.tasks import task_size


def too_little_disk(study: Study, folder: Path, slots: int) -> Iterator[str]:
    """slots: trainings that run at once, each with its state. Of what is unknown nothing is asked; quotas aren't seen."""
    jobs = list(trainings(study))
    try:
        encoder, _ = encoder_sizes(study, folder, None)
        sizes = {task: task_size(study, task, folder) for task in study.tasks}
    except PlanError:  # the hub has the sizes, which the prepare stages bring
        return
    peak = sum(size for size in disk(study, jobs, encoder, sizes, None, slots, folder).values() if size is not None)
    there = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    free = shutil.disk_usage(nearest_folder(folder)).free
    if peak > there + free:
        yield (
            f"{folder}: {_gigabytes(peak - there)} more are needed at the peak, {_gigabytes(free)} are free; make room, "
            "or link `results` to where there is some (`prunetransfer plan` says what takes it)"
        )


def nearest_folder(folder: Path) -> Path:
    """The folder, or of those above it the nearest that is there."""
    return next(place for place in (folder.absolute(), *folder.absolute().parents) if place.is_dir())


def _gigabytes(size: float) -> str:
    return f"{size / 1e9:,.1f} GB"
