"""Room for what a study is going to write."""

import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from prunetransfer.config.study import Study
from prunetransfer.planning.disk import disk
from prunetransfer.planning.encoder import planned_encoder
from prunetransfer.planning.errors import PlanError
from prunetransfer.planning.jobs import trainings
from prunetransfer.planning.tasks import task_size


def too_little_disk(study: Study, folder: Path, slots: int) -> Iterator[str]:
    """Compares what is free with the least that the whole study needs besides what is there already.

    slots: trainings that run at once, each with its state. Of what is unknown nothing is asked; quotas aren't seen.
    """
    try:
        encoder = planned_encoder(study, folder, None)
        sizes = {task: task_size(study, task, folder) for task in study.tasks}
    except PlanError:  # the hub has the sizes, which the prepare stages bring
        return
    room = disk(study, list(trainings(study)), encoder, sizes, None, slots, folder)
    del room["passing snapshots"]  # they need not be there at the same time
    if (folder / "corpus" / "manifest.json").is_file():
        room["corpus"] /= 2  # it was there twice while it was made
    needed = sum(size for size in room.values() if size is not None) - _bytes_in(folder)
    free = shutil.disk_usage(nearest_folder(folder)).free
    if needed > free:
        yield (
            f"{folder}: {_gigabytes(needed)} are needed, {_gigabytes(free)} are free; make room, or link `results` to "
            "where there is some (`prunetransfer plan` says what takes it)"
        )


def _bytes_in(folder: Path) -> int:
    total = 0
    for file in folder.rglob("*"):
        with suppress(FileNotFoundError):  # a temporary one, of a job that an earlier start left running
            total += file.stat().st_size
    return total


def nearest_folder(folder: Path) -> Path:
    """The folder, or of those above it the nearest that is there."""
    return next(place for place in (folder.absolute(), *folder.absolute().parents) if place.is_dir())


def _gigabytes(size: float) -> str:
    return f"{size / 1e9:,.1f} GB"
