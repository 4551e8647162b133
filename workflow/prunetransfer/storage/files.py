"""Writing files so that they appear whole or not at all, and the manifests that say what a stage made."""

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
    """There is no room for a file. The message names it, the bytes that it needs and those that are free."""


@contextmanager
def whole_file(path: Path, size: int | None = None, previous: Path | None = None) -> Iterator[Path]:
    """Gives a path of the same name in a temporary folder beside; on success it is flushed to disk and takes its place.

    A kill at any moment leaves the old file, or none, or the new one. A folder, and not just another name, since
    libraries put temporary files of their own beside what they write (safetensors does).

    size: bytes that are going to be written, where that is known, for the error of a full disk. previous: where the old
    file goes; left out: it goes. Raises FullDisk.
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
    """Gives an empty temporary folder beside `path`; on success it takes that folder's place, on failure it is removed.

    size: as in `whole_file`. Raises FullDisk.
    """
    path = Path(path)
    with _temporary_folder(path) as folder:
        with full_disk_named(path, folder, size):
            yield folder
        shutil.rmtree(path, ignore_errors=True)
        os.replace(folder, path)


@contextmanager
def full_disk_named(path: Path, folder: Path, size: int | None = None) -> Iterator[None]:
    """Turns the error of a full disk or quota, met while `path` is made in the temporary `folder`, into FullDisk."""
    try:
        yield
    except Exception as error:
        if not _says_full(error):
            raise
        written = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
        needed = f"more than {written:,}" if size is None else f"{size:,}"
        free = shutil.disk_usage(folder).free + written  # what was written goes
        raise FullDisk(f"{path}: no room: {needed} bytes are needed, {free:,} free ({error})") from error


def _says_full(error: Exception) -> bool:
    """Of safetensors and numpy the message alone tells: they drop the operating system's error number."""
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
    """Removes what killed processes left of writing `path`."""
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
    """Writes what a stage made, last of all its files: `content`, the size and SHA-256 of each file, and the manifest's own.

    Later stages depend on this small file alone; it changes exactly when one of the files does.
    """
    path = Path(path)
    listed = {
        str(Path(file).relative_to(path.parent)): {"bytes": Path(file).stat().st_size, "sha256": sha256(file)}
        for file in files
    }
    content = {**content, "files": dict(sorted(listed.items()))}
    write_json(path, {**content, "sha256": content_digest(content)})


def content_digest(content: dict) -> str:
    """SHA-256 of a manifest's content, all but this digest."""
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()
