"""Reads the rows of a task's file: JSON lines, TSV, CSV or Parquet. The first three may be gzipped."""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

from .errors import at
from .lines import read_json_lines, read_lines, require_file


def read_rows(path: Path, columns: Sequence[str]) -> Iterator[tuple[str, dict]]:
    """Yields (place, {column: value}) for each row. The place is "line N" of the file or, in Parquet, "row N" from 1.

    Values have the types of the format. In TSV and CSV all values are text, and the first line names the columns. TSV has no
    quoting, because GLUE's sentences contain unpaired quotation marks. No text means a missing value: even "NA" is text.
    Raises DataError for a missing file, an unknown format, a missing column, and an error in the format.
    """
    path = Path(path)
    suffixes = [suffix.lower() for suffix in path.suffixes]
    kind = suffixes[-2] if suffixes[-1:] == [".gz"] and len(suffixes) > 1 else "".join(suffixes[-1:])
    match kind:
        case ".jsonl" | ".json":
            rows = _json_lines(path, columns)
        case ".tsv":
            rows = _tsv(path, columns)
        case ".csv":
            rows = _csv(path, columns)
        case ".parquet" if suffixes[-1] == ".parquet":
            rows = _parquet(path, columns)
        case _:
            raise at(path, None, "found an unknown file type; allowed: .jsonl, .json, .tsv, .csv (also .gz), .parquet")
    return rows


def _json_lines(path: Path, columns: Sequence[str]) -> Iterator[tuple[str, dict]]:
    for number, row in read_json_lines(path):
        _require_columns(path, f"line {number}", list(row), columns)
        yield f"line {number}", {column: row[column] for column in columns}


def _tsv(path: Path, columns: Sequence[str]) -> Iterator[tuple[str, dict]]:
    records = ((f"line {number}", line.split("\t")) for number, line in read_lines(path) if line)
    return _records(path, records, columns)


def _csv(path: Path, columns: Sequence[str]) -> Iterator[tuple[str, dict]]:
    return _records(path, _csv_records(path), columns)


def _csv_records(path: Path) -> Iterator[tuple[str, list[str]]]:
    # With `strict`, a quotation mark that is never closed is an error. Otherwise the rest of the file would become one value.
    reader = csv.reader((line + "\n" for _, line in read_lines(path)), strict=True)
    while True:
        first_line = reader.line_num + 1
        try:
            record = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise at(path, first_line, f"found {error}; allowed: CSV with quotes closed and doubled inside") from None
        if record:
            yield f"line {first_line}", record


def _records(
    path: Path, records: Iterator[tuple[str, list[str]]], columns: Sequence[str]
) -> Iterator[tuple[str, dict]]:
    place, header = next(records, ("line 1", []))
    _require_columns(path, place, header, columns)
    positions = {column: header.index(column) for column in columns}
    for place, record in records:
        if len(record) != len(header):
            raise at(path, place, f"found {len(record)} columns; allowed: {len(header)}, as in the first line")
        yield place, {column: record[position] for column, position in positions.items()}


def _parquet(path: Path, columns: Sequence[str]) -> Iterator[tuple[str, dict]]:
    import pyarrow
    import pyarrow.parquet

    require_file(path)
    number = 0
    try:
        with pyarrow.parquet.ParquetFile(path) as file:
            _require_columns(path, None, file.schema_arrow.names, columns)
            for batch in file.iter_batches(columns=list(columns)):
                for row in batch.to_pylist():
                    number += 1
                    yield f"row {number}", row
    except pyarrow.ArrowException as error:
        raise at(path, f"row {number + 1}", f"found {error}; allowed: a whole Parquet file") from None


def _require_columns(path: Path, place: str | None, found: list[str], columns: Sequence[str]) -> None:
    for column in columns:
        if found.count(column) != 1:
            times = (
                f"found column {column!r} {found.count(column)} times" if column in found else f"no column {column!r}"
            )
            raise at(path, place, f"{times}; allowed: once, among {', '.join(map(repr, found)) or 'none'}")
