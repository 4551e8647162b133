"""Reads the texts of documents from a source of the corpus."""

import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from prunetransfer.config.corpus import CorpusSource, DatasetCorpus, FilesCorpus, LanguageCorpus

from .errors import at
from .hub import dataset_rows
from .lines import read_json_lines, read_lines, require_file, shown

LONGEST_DOCUMENT = 50_000_000
"""Largest number of characters in a document. The longest Wikipedia article has half a million. A longer document means that
starts of documents were not recognised."""


def require_files(source: CorpusSource) -> None:
    """Raises DataError for a missing file at the start, and not hours later when the file would be read."""
    if isinstance(source, FilesCorpus):
        for path in source.files:
            require_file(path)


def documents(source: CorpusSource, language: Path | None, limit: int | None = None) -> Iterator[str]:
    """Yields the documents of a source in its order, at most `limit` of them. Documents without text are left out.

    language: the path of the artificial language's corpus.jsonl.gz, for a LanguageCorpus. Raises DataError when it reads
    input that can't be used.
    """
    match source:
        case FilesCorpus():
            found = (document for path in source.files for document in _file(path, source))
        case DatasetCorpus():
            found = _dataset(source)
        case LanguageCorpus():
            found = _json_lines(language, "text")
    yield from islice((document for document in found if document.strip()), limit)


def _file(path: Path, source: FilesCorpus) -> Iterator[str]:
    if {".jsonl", ".json"} & {suffix.lower() for suffix in path.suffixes[-2:]}:
        return _json_lines(path, source.text)
    return _plain_text(path, source.document_start)


def _json_lines(path: Path, field: str) -> Iterator[str]:
    for number, row in read_json_lines(path):
        if field not in row:
            raise at(path, number, f"found no field {field!r}; allowed: {', '.join(map(repr, row)) or 'none is there'}")
        yield _text(row[field], field, path, number)


def _dataset(source: DatasetCorpus) -> Iterator[str]:
    rows = dataset_rows(source.dataset, source.name, source.split, source.revision, [source.text], cache=False)
    texts = (_text(row[source.text], source.text, f"dataset {source.dataset}", place) for place, row in rows)
    while document := list(islice(texts, source.rows_per_document)):
        yield "\n".join(document)


def _text(value: object, field: str, origin: str | Path, place: int | str) -> str:
    if not isinstance(value, str):
        raise at(origin, place, f"{field!r}: found {shown(value)}; allowed: text")
    return value


def _plain_text(path: Path, document_start: str | None) -> Iterator[str]:
    """Yields the documents of a text file.

    Without `document_start`, a blank line ends a document. With this regular expression, a line that matches it begins a
    document. Lines before the first such line form a document too, so that no text is lost.
    """
    starts = re.compile(document_start).search if document_start is not None else None
    started = 0
    lines: list[str] = []
    length = 0
    for number, line in read_lines(path):
        is_start = bool(starts and starts(line))
        if is_start if starts else not line.strip():
            yield "\n".join(lines)
            lines, length = [], 0
            started += is_start
        lines.append(line)
        length += len(line)
        if length > LONGEST_DOCUMENT:
            rule = f"a line with {document_start!r}" if starts else "a blank line (or set `document_start`)"
            raise at(path, number, f"found a document of over {LONGEST_DOCUMENT:,} characters; allowed: {rule} before")
    if starts and not started:
        raise at(path, None, f"found no line with {document_start!r}; allowed: a `document_start` that is in the file")
    yield "\n".join(lines)
