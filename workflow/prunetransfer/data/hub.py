"""Rows of a data set through the `datasets` library: a repository of the hub, or a local folder laid out like one."""

from collections.abc import Iterator
from pathlib import Path

from .errors import DataError, at
from .lines import shown


def dataset_rows(
    dataset: str, name: str | None, split: str, revision: str | None, columns: list[str], *, cache: bool
) -> Iterator[tuple[str, dict]]:
    """Yields ("row N", row) from row 1. `columns` must be there.

    Rows are streamed, so that neither memory nor the disk has to hold Wikipedia. A hub's data set with `cache`, or with
    HF_HUB_OFFLINE set, goes through the library's cache on disk instead: it is downloaded once, or not at all.
    Loading scripts are never run. Raises DataError where the data set, its configuration, its split or a column is
    missing, or where a file in it is broken.
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
    # Subclasses of these cover all that `datasets`, the hub's client and pyarrow raise about what they read.
    except (OSError, ValueError, RuntimeError, KeyError, datasets.exceptions.DatasetsError) as error:
        after = f"after row {number}: " if number else ""
        raise DataError(f"{origin}: {after}{type(error).__name__}: {shown(str(error), 600)}") from error
