"""Checks that the local files that a study names exist."""

from pathlib import Path

from .reading import ConfigError
from .study import Study


def refuse_missing_files(study: Study) -> None:
    """Raises ConfigError with a line for each local file, folder or package that a study names and that doesn't exist.

    Snakemake would not report it: if a table exists and its inputs can't be made, Snakemake keeps the old table.
    """
    problems = [f"{key}: {path} does not exist" for key, path in local_files(study).items() if not Path(path).exists()]
    if study.encoder.source == "package" and study.encoder.location() is None:
        problems.append(f"encoder.package: {study.encoder.package} is not installed")
    if problems:
        raise ConfigError("\n".join(problems))


def local_files(study: Study) -> dict[str, Path | str]:
    """The local files and folders that a study names, each by its key in the configuration."""
    files: dict[str, Path | str] = {}
    if study.encoder.source == "folder":
        files["encoder.path"] = study.encoder.path / "config.json"
    for place, source in enumerate(study.corpus.sources):
        if source.source == "files":
            files |= {f"corpus.sources.{place}.files.{number}": file for number, file in enumerate(source.files)}
        elif source.source == "dataset" and is_local(source.dataset):
            files[f"corpus.sources.{place}.dataset"] = source.dataset
    for name, task in study.task_definitions.items():
        if task.source.source == "files":
            files[f"task_definitions.{name}.source.train"] = task.source.train
            files[f"task_definitions.{name}.source.dev"] = task.source.dev
        elif task.source.source == "dataset" and is_local(task.source.dataset):
            files[f"task_definitions.{name}.source.dataset"] = task.source.dataset
    return files


def is_local(dataset: str) -> bool:
    """Whether the name of a data set is that of a local folder, and not a name on the hub."""
    return dataset.startswith((".", "/"))
