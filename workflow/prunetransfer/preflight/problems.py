"""Runs all checks before a study starts."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from prunetransfer.config.study import Study
from prunetransfer.errors import PruneTransferError

from .cuda import no_cuda_here
from .disk import nearest_folder, too_little_disk
from .hub import out_of_reach, unreachable, wanted_from_hub


class PreflightError(PruneTransferError):
    """The study can't run here as it is. The message has a line for each problem, which also says what to do."""


def preflight(study: Study, folder: Path, slots: int, gpus: int) -> None:
    """Checks whether a study can start. Raises PreflightError if it can't.

    folder: results/<study>. slots: the number of trainings that run at once. gpus: if it isn't 0, this machine must have a
    GPU that torch sees.
    """
    wanted = wanted_from_hub(study, folder)
    problems = [
        *no_permission(folder),
        *too_little_disk(study, folder, slots),
        *out_of_reach(wanted, unreachable() if wanted else None),
        *(no_cuda_here() if gpus else ()),
    ]
    if problems:
        raise PreflightError("\n".join(problems))


def no_permission(folder: Path) -> Iterator[str]:
    """Yields a problem if files can't be written in `folder` or, if it doesn't exist yet, in its nearest existing parent."""
    there = nearest_folder(folder)
    try:
        with tempfile.TemporaryFile(dir=there):  # the folder's mode doesn't show whether its file system is read-only
            pass
    except OSError as error:
        yield f"{folder}: can't write there: {error.strerror}; run in a folder of your own"
