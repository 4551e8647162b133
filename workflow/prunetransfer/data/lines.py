"""Reads lines of text files and objects of JSON-lines files, with their line numbers. Errors name the line."""

import gzip
import json
import zlib
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from .errors import at

LONGEST_LINE = 8_000_000
"""The largest number of bytes in a line. Shakespeare's complete works have 5.5 MB, so a file with a longer line must have lost
its line ends."""


def require_file(path: Path) -> None:
    """Raises DataError if `path` is not a file."""
    if not Path(path).is_file():
        found = "found a folder" if Path(path).is_dir() else "found nothing there"
        raise at(path, None, f"{found}; allowed: a file that exists")


def read_lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yields (line number from 1, line without its end) of a UTF-8 file. A file whose name ends in .gz is unzipped.

    Only \\n and \\r\\n end a line, so that line numbers agree with an editor's. A byte-order mark is dropped. Raises
    DataError for a missing file, a broken gzip stream, bytes that aren't UTF-8, NUL bytes (UTF-16, binary files), and a
    line of more than `LONGEST_LINE` bytes.
    """
    path = Path(path)
    require_file(path)
    number = 0
    try:
        with gzip.open(path) if path.suffix.lower() == ".gz" else open(path, "rb") as file:
            for number, raw in enumerate(iter(partial(file.readline, LONGEST_LINE + 1), b""), start=1):
                yield number, _decoded(raw, path, number)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise at(path, number + 1, f"found a broken gzip stream ({error}); allowed: a whole gzip file") from None


def _decoded(raw: bytes, path: Path, number: int) -> str:
    if len(raw) > LONGEST_LINE:
        raise at(path, number, f"found a line of over {LONGEST_LINE:,} bytes; allowed: text with line ends")
    if b"\0" in raw:
        raise at(path, number, f"found a NUL byte at byte {raw.index(0) + 1} of the line; allowed: UTF-8 text")
    try:
        line = raw.decode("utf-8-sig" if number == 1 else "utf-8")
    except UnicodeDecodeError as error:
        found = f"byte 0x{raw[error.start]:02x} at byte {error.start + 1} of the line"
        raise at(path, number, f"found {found}, which isn't UTF-8; allowed: UTF-8 text") from None
    return line.removesuffix("\n").removesuffix("\r")


def read_json_lines(path: Path) -> Iterator[tuple[int, dict]]:
    """Yields (line number, object) of a JSON-lines file. Blank lines are skipped.

    Raises DataError as `read_lines` does, and for a line that is not a JSON object.
    """
    for number, line in read_lines(path):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (json.JSONDecodeError, RecursionError) as error:
            raise at(path, number, f"found {shown(line)} ({error}); allowed: one JSON object on each line") from None
        if not isinstance(row, dict):
            raise at(path, number, f"found {shown(line)}; allowed: one JSON object on each line")
        if "\\ud" in line.lower():
            _refuse_lone_surrogates(row, path, number)
        yield number, row


def _refuse_lone_surrogates(row: dict, path: Path, number: int) -> None:
    """Raises DataError for half a surrogate pair. JSON can escape it, but it is no character, and no tokenizer accepts it."""
    try:
        json.dumps(row, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        found = f"\\u{ord(error.object[error.start]):04x}"
        raise at(path, number, f"found {found}, half a surrogate pair; allowed: whole characters") from None


def shown(value: object, width: int = 60) -> str:
    """Returns the repr of a value for an error message, cut to `width` characters."""
    text = repr(value)
    return text if len(text) <= width else f"{text[: width - 3]}..."
