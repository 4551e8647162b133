"""Turns the labels in files into class indices and regression targets."""

import math
import re
from collections.abc import Sequence

from .lines import shown

_INTEGER = re.compile(r"[+-]?[0-9]+(\.0*)?", re.ASCII)


class LabelError(ValueError):
    """A label can't be used. The message names the value found, and the values allowed."""


def class_index(value: object, labels: Sequence[str | int]) -> int:
    """Returns the index in `labels` of the label that a value means. Raises LabelError if it means none.

    A value that equals a label means that label. A number may be an int, a whole float, a bool or digits. If all labels are
    text, a number that is no label itself is an index, from 0.
    """
    number = _integer(value)
    for spelling in (value, number):
        # Both are compared as text, so that 1 equals the label "1", and "1" equals the label 1.
        if spelling is not None and (name := str(spelling)) in (names := [str(label) for label in labels]):
            return names.index(name)
    if number is not None and all(isinstance(label, str) for label in labels) and 0 <= number < len(labels):
        return number
    places = f", or 0 to {len(labels) - 1}" if all(isinstance(label, str) for label in labels) else ""
    raise LabelError(f"found {shown(value)}; allowed: {', '.join(map(repr, labels))}{places}")


def regression_target(value: object) -> float:
    """Returns a number, which may be given as text. Raises LabelError if the value isn't a finite number."""
    try:
        number = math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number):
        raise LabelError(f"found {shown(value)}; allowed: a finite number")
    return number


def _integer(value: object) -> int | None:
    match value:
        case bool() | int():
            return int(value)
        case float() if value.is_integer():
            return int(value)
        case str() if _INTEGER.fullmatch(value.strip()):
            return int(value.strip().split(".")[0])
    return None
