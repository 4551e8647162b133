"""Checks that data and models from the Hugging Face hub are available to the jobs that prepare data."""

import os
import socket
from collections.abc import Iterator, Sequence
from pathlib import Path

from prunetransfer.config.local_files import is_local
from prunetransfer.config.study import Study
from prunetransfer.storage.paths import CORPUS, ENCODER, TASK, within

TIMEOUT_SECONDS = 5


def wanted_from_hub(study: Study, folder: Path) -> list[str]:
    """Returns the keys and names of data sets and models that are neither prepared in `folder` (results/<study>) nor in the
    hub's cache."""
    return [
        f"{key} ({name})"
        for key, kind, name, prepared in _from_hub(study)
        if not within(folder, prepared).is_file() and not _is_cached(kind, name)
    ]


def out_of_reach(wanted: Sequence[str], reason: str | None) -> Iterator[str]:
    """Yields a problem if something is wanted and the hub can't be reached.

    wanted: from `wanted_from_hub`. reason: why the hub can't be reached, or None if it can.
    """
    if wanted and reason is not None:
        yield (
            f"{', '.join(wanted)}: not in the hub's cache, and {reason}; first run the prepare stages where there is a "
            "network: snakemake --until encoder corpus task"
        )


def _from_hub(study: Study) -> Iterator[tuple[str, str, str, str]]:
    """Yields (key, kind, name, folder in which it is prepared) for each model and data set from the hub."""
    if study.encoder.source == "hub":
        yield "encoder.name", "model", study.encoder.name, ENCODER
    for place, source in enumerate(study.corpus.sources):
        if source.source == "dataset" and not is_local(source.dataset):
            yield f"corpus.sources.{place}.dataset", "dataset", source.dataset, CORPUS
    for name in study.tasks:
        source = study.task_definitions[name].source
        if source.source == "dataset" and not is_local(source.dataset):
            key = f"task_definitions.{name}.source.dataset"
            yield key, "dataset", source.dataset, TASK.replace("{task}", name)


def _is_cached(kind: str, name: str) -> bool:
    """Whether the cache of the hub or of `datasets` has a folder for it. The folder may still lack files."""
    from huggingface_hub.constants import HF_HOME, HF_HUB_CACHE

    datasets = os.environ.get("HF_DATASETS_CACHE", f"{HF_HOME}/datasets")
    flat = name.replace("/", "--")
    places = [Path(HF_HUB_CACHE) / f"{kind}s--{flat}" / "snapshots", Path(datasets) / name.replace("/", "___")]
    return any(place.is_dir() and any(place.iterdir()) for place in places)


def unreachable() -> str | None:
    """Returns why this machine can't reach the hub, or None if it can."""
    from huggingface_hub.constants import ENDPOINT, HF_HUB_OFFLINE
    from huggingface_hub.utils import get_session

    if HF_HUB_OFFLINE:
        return f"HF_HUB_OFFLINE is set on {socket.gethostname()}"
    try:
        get_session().head(ENDPOINT, timeout=TIMEOUT_SECONDS)
    except Exception as error:  # the hub's client may use any HTTP library
        return f"{ENDPOINT} can't be reached from {socket.gethostname()} ({type(error).__name__})"
    return None
