"""Checks that the disk has room for a study."""

import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from prunetransfer.config.study import Study
from prunetransfer.planning.disk import disk
from prunetransfer.planning.encoder import planned_encoder
from prunetransfer.planning.errors import PlanError
from prunetransfer.planning.tasks import task_size
from prunetransfer.planning.trainings import trainings
from prunetransfer.storage.paths import CORPUS, within


def too_little_disk(study: Study, folder: Path, slots: int) -> Iterator[str]:
    """Yields a problem if less disk space is free than the study needs at least, besides the files that it already has.

    folder: results/<study>. slots: the number of trainings that run at once, each with its state. Unknown sizes count as 0.
    Quotas aren't checked.
    """
    try:
        encoder = planned_encoder(study, folder, None)
        sizes = {task: task_size(study, task, folder) for task in study.tasks}
    except PlanError:  # before the jobs that prepare data have run, the sizes may be known only to the hub
        return
    room = disk(study, list(trainings(study)), encoder, sizes, None, slots, folder)
    del room["passing snapshots"]  # they need not exist at the same time
    if within(folder, CORPUS).is_file():
        room["corpus"] /= 2  # only its preparation needed twice its size
    needed = sum(size for size in room.values() if size is not None) - _bytes_in(folder)
    free = shutil.disk_usage(nearest_folder(folder)).free
    if needed > free:
        yield (
            f"{folder}: {_gigabytes(needed)} are needed, {_gigabytes(free)} are free; make room, or link `results` to "
            "a larger disk (`prunetransfer plan` lists what takes the space)"
        )


def _bytes_in(folder: Path) -> int:
    total = 0
    for file in folder.rglob("*"):
        with suppress(FileNotFoundError):  # a job of an earlier Snakemake may still run and delete a temporary file
            total += file.stat().st_size
    return total


def nearest_folder(folder: Path) -> Path:
    """Returns the folder if it exists, else the nearest parent folder that exists."""
    return next(place for place in (folder.absolute(), *folder.absolute().parents) if place.is_dir())


def _gigabytes(size: float) -> str:
    return f"{size / 1e9:,.1f} GB"
