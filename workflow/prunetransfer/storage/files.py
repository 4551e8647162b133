"""Writes files so that each appears complete or not at all, and manifests that list the files of a job."""

import errno
import glob
import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from prunetransfer.errors import PruneTransferError


class FullDisk(PruneTransferError):
    """The disk has no room for a file. The message names the file, the bytes that it needs, and the bytes that are free."""


@contextmanager
def whole_file(path: Path, size: int | None = None, previous: Path | None = None) -> Iterator[Path]:
    """Yields a path to write to. When the block ends without an error, that file is flushed to disk and renamed to `path`.

    If the process is killed, `path` is the old file, or missing, or the new file, but never incomplete. The yielded path has
    the same name and is in a temporary folder beside `path`, because libraries such as safetensors write temporary files
    of their own beside their output.

    size: the number of bytes that will be written, for the message of FullDisk; None if it isn't known.
    previous: where to move the old file. By default it is replaced.

    Raises FullDisk if the disk has no room.
    """
    path = Path(path)
    with _temporary_folder(path) as folder:
        temporary = folder / path.name
        with full_disk_named(path, folder, size):
            yield temporary
            with open(temporary, "rb+") as file:
                os.fsync(file.fileno())
        if previous is not None and path.exists():
            os.replace(path, previous)
        os.replace(temporary, path)


@contextmanager
def whole_folder(path: Path, size: int | None = None) -> Iterator[Path]:
    """Yields an empty temporary folder. It replaces the folder `path` when the block ends without an error. Otherwise it is
    removed.

    size: as in `whole_file`. Raises FullDisk if the disk has no room.
    """
    path = Path(path)
    with _temporary_folder(path) as folder:
        with full_disk_named(path, folder, size):
            yield folder
        shutil.rmtree(path, ignore_errors=True)
        os.replace(folder, path)


@contextmanager
def full_disk_named(path: Path, folder: Path, size: int | None = None) -> Iterator[None]:
    """Turns the error of a full disk or quota into FullDisk.

    path: the file that the message names. folder: the temporary folder in which it is written. size: as in `whole_file`.
    """
    try:
        yield
    except Exception as error:
        if not _says_full(error):
            raise
        written = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
        needed = f"more than {written:,}" if size is None else f"{size:,}"
        free = shutil.disk_usage(folder).free + written  # `written` becomes free when the temporary folder is removed
        raise FullDisk(f"{path}: no room: {needed} bytes are needed, {free:,} free ({error})") from error


def _says_full(error: Exception) -> bool:
    """Whether an error means a full disk. Errors of safetensors and numpy have no error number, so their text is searched."""
    numbers = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    message = str(error)
    return (
        getattr(error, "errno", None) in numbers
        or any(f"os error {number})" in message for number in numbers)
        or (isinstance(error, OSError) and " requested and " in message)
    )


@contextmanager
def _temporary_folder(path: Path) -> Iterator[Path]:
    path.parent.mkdir(parents=True, exist_ok=True)
    remove_temporaries(path)
    folder = path.with_name(f".{path.name}.{os.getpid()}")
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def remove_temporaries(path: Path) -> None:
    """Removes the temporary folders of processes that were killed while they wrote `path`."""
    for folder in path.parent.glob(f".{glob.escape(path.name)}.*"):
        if folder.name.removeprefix(f".{path.name}.").isdigit():
            shutil.rmtree(folder, ignore_errors=True)


def write_json(path: Path, content: Any) -> None:
    with whole_file(path) as temporary:
        temporary.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def read_json(path: Path) -> Any:
    return json.loads(Path(path).read_text(encoding="utf-8"))


def sha256(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_manifest(path: Path, content: dict, files: Iterable[Path]) -> None:
    """Writes a job's manifest: `content`, the size and SHA-256 of each file, and a SHA-256 of the manifest itself.

    Call it when all files are written. Later jobs depend only on this small file. It changes if and only if `content` or one
    of the files changes. Raises FullDisk if the disk has no room.
    """
    path = Path(path)
    listed = {
        str(Path(file).relative_to(path.parent)): {"bytes": Path(file).stat().st_size, "sha256": sha256(file)}
        for file in files
    }
    content = {**content, "files": dict(sorted(listed.items()))}
    write_json(path, {**content, "sha256": content_digest(content)})


def content_digest(content: dict) -> str:
    """Returns the SHA-256 of a manifest's content without this digest itself."""
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()
