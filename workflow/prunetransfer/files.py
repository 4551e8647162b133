"""Writing files so that they appear whole or not at all, and the manifests that say what a stage made."""

import glob
import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Gives a path of the same name in a temporary folder beside; on success it is flushed to disk and takes its place.

    A kill at any moment leaves the old file, or none, or the new one. A folder, and not just another name, since
    libraries put temporary files of their own beside what they write (safetensors does).
    """
    path = Path(path)
    with _temporary_folder(path) as folder:
        temporary = folder / path.name
        yield temporary
        with open(temporary, "rb+") as file:
            os.fsync(file.fileno())
        os.replace(temporary, path)


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """Gives an empty temporary folder beside `path`; on success it takes that folder's place, on failure it is removed."""
    path = Path(path)
    with _temporary_folder(path) as folder:
        yield folder
        shutil.rmtree(path, ignore_errors=True)
        os.replace(folder, path)


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
    """Writes what a stage made, last of all its files: `content`, and the size and SHA-256 of each file.

    Later stages depend on this small file alone; it changes exactly when one of the files does.
    """
    path = Path(path)
    listed = {
        str(Path(file).relative_to(path.parent)): {"bytes": Path(file).stat().st_size, "sha256": sha256(file)}
        for file in files
    }
    write_json(path, {**content, "files": dict(sorted(listed.items()))})
