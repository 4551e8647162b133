"""Names results that are missing in a study. A missing result never counts as 0."""

import sys
from collections.abc import Sequence
from pathlib import Path

from prunetransfer.errors import PruneTransferError

NAMED = 5
"""The largest number of missing results that a message names. It counts the others."""


class MissingResultsError(PruneTransferError):
    """Results that a table needs are missing. The message counts and names them."""


def describe(missing: Sequence[str], expected: int, noun: str) -> str:
    """A text such as `3 of 80 runs are missing: a, b, c`, which names at most the first five."""
    rest = f" and {len(missing) - NAMED} more" if len(missing) > NAMED else ""
    return f"{len(missing)} of {expected} {noun} are missing: {', '.join(missing[:NAMED])}{rest}"


def refuse_or_warn(missing: Sequence[Path], expected: int, noun: str, *, allow: bool) -> None:
    """Raises MissingResultsError if files are missing. With `allow` it prints a warning on stderr instead."""
    if not missing:
        return
    message = describe([str(path) for path in missing], expected, noun)
    if not allow:
        raise MissingResultsError(message)
    print(f"warning: {message}", file=sys.stderr)
