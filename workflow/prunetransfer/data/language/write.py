"""Writes the language's corpus and tasks to disk."""

import gzip
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from random import Random
from types import ModuleType

from prunetransfer.config.language import LanguageSettings
from prunetransfer.storage.files import whole_file, write_manifest

from . import acceptability, inference, paraphrase, question, sentiment
from .documents import documents
from .draw import Draw, training_words

TASKS: dict[str, ModuleType] = {
    "acceptability": acceptability,
    "sentiment": sentiment,
    "paraphrase": paraphrase,
    "question": question,
    "inference": inference,
}
"""The module of each task. It has TEXT (the names of its text columns), LABELS, and `example(draw, label)`."""


def write_language(settings: LanguageSettings, output: Path) -> None:
    """Writes `corpus.jsonl.gz` and each task's `train.jsonl.gz` and `dev.jsonl.gz` beside the manifest `output`.

    The same settings give the same text on every machine, and the same bytes with the same version of zlib.
    """
    folder = output.parent
    corpus = documents(settings.seed, settings.documents, settings.sentences_per_document)
    rows = {folder / "corpus.jsonl.gz": ({"text": "\n".join(document)} for document in corpus)}
    for name in TASKS:
        for split, examples in task_examples(name, settings).items():
            rows[folder / name / f"{split}.jsonl.gz"] = examples
    for path, content in rows.items():
        _write_rows(path, content)
    write_manifest(output, {"settings": settings.model_dump()}, rows)


def task_examples(name: str, settings: LanguageSettings) -> dict[str, Iterator[dict[str, str]]]:
    """Returns the rows of a task's splits, `train` and `dev`. The numbers of rows of two labels differ by at most one."""
    random = Random(f"{name} {settings.seed}")
    words = training_words(random, settings.train_vocabulary_share)
    train = Draw(Random(f"{name} train {settings.seed}"), words)
    dev = Draw(Random(f"{name} dev {settings.seed}"), words, settings.unseen_share)
    return {
        "train": _examples(TASKS[name], train, settings.train_examples),
        "dev": _examples(TASKS[name], dev, settings.dev_examples),
    }


def _examples(task: ModuleType, draw: Draw, count: int) -> Iterator[dict[str, str]]:
    labels = [task.LABELS[i % len(task.LABELS)] for i in range(count)]
    draw.random.shuffle(labels)
    for label in labels:
        yield {**dict(zip(task.TEXT, task.example(draw, label), strict=True)), "label": label}


def _write_rows(path: Path, rows: Iterable[dict[str, str]]) -> None:
    # No time and no name in gzip's header: by default it has the time and the temporary file's name, which differ in each run.
    with (
        whole_file(path) as temporary,
        open(temporary, "wb") as raw,
        gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0) as file,
    ):
        for row in rows:
            file.write((json.dumps(row) + "\n").encode())
