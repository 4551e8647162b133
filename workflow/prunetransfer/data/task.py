"""Prepares a task: checks its rows, tokenises them once, and stores them as plain arrays."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

from prunetransfer.config.task import DatasetTask, FilesTask, LanguageTask, TaskSettings
from prunetransfer.storage.files import read_json, whole_file, write_manifest

from .errors import DataError, at
from .hub import dataset_rows
from .labels import LabelError, class_index, regression_target
from .lines import shown
from .tables import read_rows
from .tokenized import token_dtype
from .tokenizer import load_tokenizer, vocabulary_size

SPLITS = ("train", "dev")
LONGEST_TEXT = 1_000_000
"""The largest number of characters in a text, about 400 times as much as fits into an encoder's positions. A longer text means
that line ends or quotes were lost."""


@dataclass
class Examples:
    """The N rows of a split that are used."""

    texts: list[tuple[str, ...]]
    """[N] tuples of one or two texts."""
    labels: np.ndarray
    """[N]: int64 class indices, or float32 for a regression."""
    dropped: int
    """The number of rows that are not used because a text is missing."""

    def take(self, rows: np.ndarray) -> "Examples":
        return Examples([self.texts[row] for row in rows], self.labels[rows], self.dropped)


def prepare_task(
    settings: TaskSettings, name: str, max_length: int, encoder: Path, output: Path, language: Path | None
) -> None:
    """Writes a task's arrays, which `TokenizedTask` reads, beside the manifest `output`.

    max_length: the largest number of tokens in an example, special tokens included. Longer examples are cut, and of a pair
        the longer sentence is cut first.
    encoder: the manifest of the encoder, whose tokenizer is used.
    language: the manifest of the artificial language, which has the tasks in folders beside it, or None.

    Raises DataError for input that can't be used. In this case nothing has been written.
    """
    positions = read_json(encoder)["positions"]
    if max_length > positions:
        raise DataError(
            f"finetuning.max_length: found {max_length}; allowed: at most {positions}, the encoder's positions"
        )
    tokenizer = load_tokenizer(encoder)
    tokenizer.enable_truncation(max_length, strategy="longest_first")
    size = vocabulary_size(tokenizer)
    arrays, counts = {}, {}
    for number, split in enumerate(SPLITS):
        examples = read_examples(settings, name, split, language)
        limit = getattr(settings.limit, split)
        if limit is not None:
            examples = examples.take(random_subset(len(examples.texts), limit, (settings.limit.seed, number)))
        arrays[split] = _tokenised(tokenizer, examples, token_dtype(size))
        counts[split] = {
            "examples": len(examples.texts),
            "tokens": len(arrays[split]["tokens"]),
            "dropped": examples.dropped,
        }

    output.unlink(missing_ok=True)  # while arrays are replaced, no manifest may list the old ones
    files = []
    for split in SPLITS:
        for array_name, array in arrays[split].items():
            files.append(output.parent / split / f"{array_name}.npy")
            with whole_file(files[-1]) as temporary:
                np.save(temporary, array)
    content = {
        "kind": "task",
        "task": name,
        "metric": settings.metric,
        "labels": settings.labels,
        "vocabulary_size": size,
        "splits": counts,
    }
    write_manifest(output, content, files)


def read_examples(settings: TaskSettings, name: str, split: str, language: Path | None) -> Examples:
    """Reads and checks all rows of a split. Raises DataError for the first row that can't be used, or if there is no row."""
    origin, rows = _rows(settings, name, split, language)
    texts, labels, dropped = [], [], 0
    for place, row in rows:
        missing = [column for column in settings.text if _is_missing(row[column])]
        if missing and settings.missing_text == "drop":
            dropped += 1
            continue
        for column in settings.text:
            if column in missing or not isinstance(row[column], str):
                allowed = "allowed: text" + ("; to leave such rows out: `missing_text: drop`" if missing else "")
                raise at(origin, place, f"column {column!r}: found {shown(row[column])}; {allowed}")
            if len(row[column]) > LONGEST_TEXT:
                found = f"found a text of {len(row[column]):,} characters"
                raise at(origin, place, f"column {column!r}: {found}; allowed: at most {LONGEST_TEXT:,}")
        try:
            value = row[settings.label]
            labels.append(class_index(value, settings.labels) if settings.labels else regression_target(value))
        except LabelError as error:
            raise at(origin, place, f"column {settings.label!r}: {error}") from None
        texts.append(tuple(row[column] for column in settings.text))
    if not texts:
        found = f"{dropped} rows, all without text" if dropped else "0 rows"
        raise at(origin, None, f"found {found}; allowed: at least 1")
    return Examples(texts, np.array(labels, dtype=np.int64 if settings.labels else np.float32), dropped)


def _rows(
    settings: TaskSettings, name: str, split: str, language: Path | None
) -> tuple[str | Path, Iterator[tuple[str, dict]]]:
    source = settings.source
    columns = [*settings.text, settings.label]
    match source:
        case FilesTask():
            path = getattr(source, split)
        case LanguageTask():
            path = language.parent / name / f"{split}.jsonl.gz"
        case DatasetTask():
            origin_split = getattr(source, split)
            rows = dataset_rows(source.dataset, source.name, origin_split, source.revision, columns, cache=True)
            return f"dataset {source.dataset} ({source.name}), split {origin_split}", rows
    return path, read_rows(path, columns)


def _is_missing(text: object) -> bool:
    is_nan = isinstance(text, float) and text != text
    return text is None or is_nan or (isinstance(text, str) and not text.strip())


def random_subset(rows: int, limit: int, seed: Sequence[int]) -> np.ndarray:
    """Draws at most `limit` of the row numbers below `rows`. Returns them in ascending order, [min(rows, limit)].

    With the same seed, the rows of a smaller limit are among the rows of a larger one.
    """
    return np.sort(np.random.default_rng(seed).permutation(rows)[:limit])


def _tokenised(tokenizer: Tokenizer, examples: Examples, dtype: np.dtype) -> dict[str, np.ndarray]:
    tokens, lengths, second_start = [], [], []
    # Batches limit the memory for the tokenizer's results, which take about 100 times as much as the ids.
    for start in range(0, len(examples.texts), 10_000):
        batch = [texts if len(texts) == 2 else texts[0] for texts in examples.texts[start : start + 10_000]]
        for encoding in tokenizer.encode_batch_fast(batch):
            tokens.append(np.array(encoding.ids, dtype=dtype))
            lengths.append(len(encoding.ids))
            second_start.append(encoding.type_ids.index(1) if 1 in encoding.type_ids else len(encoding.ids))
    return {
        "tokens": np.concatenate(tokens),
        "offsets": np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        "second_start": np.array(second_start, dtype=np.int32),
        "labels": examples.labels,
    }
