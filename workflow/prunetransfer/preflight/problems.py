"""All that stands in a study's way."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from prunetransfer.config.study import Study
from prunetransfer.errors import PruneTransferError

from .cuda import no_cuda_here
from .disk import nearest_folder, too_little_disk
from .hub import out_of_reach, unreachable, wanted_from_hub


class PreflightError(PruneTransferError):
    """The study can't run here as it is; a line for each reason, with what to do."""


def preflight(study: Study, folder: Path, slots: int, gpus: int) -> None:
    """Raises PreflightError. folder: of the results, results/<study>; slots: trainings at once; gpus: asked for, here."""
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
    there = nearest_folder(folder)
    try:
        with tempfile.TemporaryFile(dir=there):  # its mode tells nothing of read-only mounts
            pass
    except OSError as error:
        yield f"{folder}: can't write there: {error.strerror}; run in a folder of your own"
