"""Reads the rows of a data set with the `datasets` library, from a repository on the hub or a local folder in its format."""

from collections.abc import Iterator
from pathlib import Path

from .errors import DataError, at
from .lines import shown


def dataset_rows(
    dataset: str, name: str | None, split: str, revision: str | None, columns: list[str], *, cache: bool
) -> Iterator[tuple[str, dict]]:
    """Yields ("row N", row) for each row, N counting from 1.

    columns: names of the columns that each row must have.
    cache: whether to download a data set of the hub into the library's cache. Otherwise rows are streamed, so that
        neither memory nor the disk has to hold Wikipedia. If HF_HUB_OFFLINE is set, the cache is always used.

    Loading scripts are never run. Raises DataError if the data set, its configuration, its split or a column is missing, or
    if one of its files is broken.
    """
    import datasets

    origin = f"dataset {dataset}" + (f" ({name})" if name else "") + f", split {split}"
    streaming = Path(dataset).is_dir() or not (cache or datasets.config.HF_HUB_OFFLINE)
    number = 0
    try:
        rows = datasets.load_dataset(dataset, name, split=split, revision=revision, streaming=streaming)
        for number, row in enumerate(rows, start=1):
            if missing := [column for column in columns if column not in row]:
                raise at(origin, None, f"found no column {missing[0]!r}; allowed: {', '.join(map(repr, row))}")
            yield f"row {number}", row
    # `datasets`, the hub's client and pyarrow raise subclasses of these if they can't read a data set.
    except (OSError, ValueError, RuntimeError, KeyError, datasets.exceptions.DatasetsError) as error:
        after = f"after row {number}: " if number else ""
        raise DataError(f"{origin}: {after}{type(error).__name__}: {shown(str(error), 600)}") from error
