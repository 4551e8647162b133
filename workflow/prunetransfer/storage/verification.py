"""Checks that results are as they were written, by the digests in the manifests of jobs and in the study's manifest."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

from prunetransfer.errors import PruneTransferError

from .files import content_digest, read_json, sha256, write_manifest

_STUDY = "study"
"""The kind of the study's manifest. It lists the files that have no manifest beside them."""
_LISTED_BY_STUDY = ("analysis", "tables", "figures")
_MANIFESTS = ("manifest.json", "metrics.json")
"""A fine-tuning's metrics.json is the manifest of its predictions. A checkpoint's metrics.json is listed in its manifest."""


class DamagedResults(PruneTransferError):
    """Files aren't as they were written. The message names each file, and the difference."""


@dataclass(frozen=True)
class _Expected:
    """The entry of a file in its manifest."""

    path: Path
    bytes: int
    sha256: str
    manifest: Path

    def problem(self) -> str | None:
        if not self.path.is_file():
            return "is missing"
        found = self.path.stat().st_size
        if found != self.bytes:
            return f"has {found:,} bytes, but {self.bytes:,} were written"
        if sha256(self.path) != self.sha256:
            return f"has {found:,} bytes, as written, but another SHA-256: it is damaged"
        return None


def write_study_manifest(output: Path) -> None:
    """Writes the study's manifest, which lists analyses, tables, figures and the resolved configuration."""
    folder = output.parent
    files = [path for name in _LISTED_BY_STUDY for path in folder.glob(f"{name}/**/*") if path.is_file()]
    write_manifest(output, {"kind": _STUDY, "study": folder.name}, [folder / "config.yaml", *files])


def verify(results: Path) -> str:
    """Reads all files of a study. Returns a sentence that says how much was checked.

    results: results/<study>. Analyses, tables and figures that are newer than the study's manifest (because of `snakemake
    tables`, for example) aren't checked. Logs and measured times aren't checked either.

    Raises DamagedResults if a file is missing or differs from its digest, or if no manifest is found.
    """
    problems: list[tuple[Path, str, Path]] = []
    expected: list[_Expected] = []
    for manifest in _manifests(results):
        try:
            expected += _listed(manifest)
        except DamagedResults as error:
            problems.append((manifest, str(error), manifest))
    if not expected and not problems:
        raise DamagedResults(f"{results}: has no manifest: it isn't a study's folder, or nothing in it is finished")
    total = sum(file.bytes for file in expected)
    with (
        ThreadPoolExecutor(os.cpu_count()) as pool,  # hashlib releases the GIL
        tqdm(total=total, desc="verify", unit="B", unit_scale=True, disable=None) as progress,
    ):
        for file, problem in zip(expected, pool.map(_Expected.problem, expected), strict=True):
            progress.update(file.bytes)
            if problem is not None:
                problems.append((file.path, problem, file.manifest))
    if problems:
        raise DamagedResults(_report(problems, len(expected)))
    uncovered = "" if (results / "manifest.json").is_file() else "; analyses, tables and figures have no manifest yet"
    return f"{results}: {len(expected)} files, {total:,} bytes: all are as they were written{uncovered}"


def _manifests(results: Path) -> Iterator[Path]:
    for folder, inner, names in os.walk(results):
        inner[:] = sorted(name for name in inner if not name.startswith("."))
        found = [name for name in _MANIFESTS if name in names]
        yield from (Path(folder) / name for name in found[:1])


def _listed(manifest: Path) -> list[_Expected]:
    """Returns the files that a manifest lists. Raises DamagedResults if the manifest isn't as it was written."""
    try:
        content = read_json(manifest)
        digest = content.pop("sha256")
        files = content["files"].items()
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        raise DamagedResults(f"can't be read as a manifest ({type(error).__name__}: {error})") from None
    if digest != content_digest(content):
        raise DamagedResults("has other content than was written: it is damaged, or was edited")
    expected = [_Expected(manifest.parent / name, **listed, manifest=manifest) for name, listed in files]
    if content.get("kind") != _STUDY:
        return expected
    # Skip files that are newer than the study's manifest: they were made again, and the manifest has their old digests.
    written = manifest.stat().st_mtime_ns
    return [
        _Expected(file.path, file.bytes, file.sha256, manifest=file.path)
        for file in expected
        if not file.path.is_file() or file.path.stat().st_mtime_ns <= written
    ]


def _report(problems: list[tuple[Path, str, Path]], count: int) -> str:
    lines = [f"{path}: {problem}" for path, problem, _ in problems]
    again = " ".join(dict.fromkeys(str(target) for _, _, target in problems))
    return "\n".join(
        [
            f"{len(problems)} of {count} files are not as they were written:",
            *lines,
            "Make them again, and then everything that was made from them:",
            f"    snakemake --force {again}",
            "    snakemake",
        ]
    )
