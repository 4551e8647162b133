"""Rewrites pydantic's errors in plain words: each names the key, the value found, and the values allowed."""

import re
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

DISCRIMINATORS = ("source", "kind")
"""Keys whose values decide which other keys a section has."""

_WORDING = {
    "missing": "is missing",
    "extra_forbidden": "is not a key that this section has",
    "union_tag_not_found": "is missing",
    "union_tag_invalid": "found {tag!r}; allowed: {expected_tags}",
    "literal_error": "found {input!r}; allowed: {expected}",
    "string_pattern_mismatch": (
        "found {input!r}; allowed are letters, digits, '_', '.' and '-', of which the first is a letter or a digit"
    ),
    "too_short": "must not be empty, found {input!r}",
    "int_type": "must be a whole number, found {input!r}",
    "int_from_float": "must be a whole number, found {input!r}",
    "float_type": "must be a number, found {input!r}",
    "float_parsing": "must be a number, found {input!r}",
    "bool_parsing": "must be true or false, found {input!r}",
    "bool_type": "must be true or false, found {input!r}",
    "string_type": "must be text, found {input!r}",
    "list_type": "must be a list, found {input!r}",
}
for _mapping in ("dict_type", "model_type", "model_attributes_type"):
    _WORDING[_mapping] = "must be a mapping of keys to values, found {input!r}"


def describe(error: ValidationError, values: Any) -> list[str]:
    """Returns a line for each problem. values: the configuration that was validated."""
    return [line for details in error.errors() for line in _lines(details, values)]


def _lines(details: ErrorDetails, values: Any) -> list[str]:
    kind, context = details["type"], details.get("ctx", {})
    key = _key(details["loc"], values)
    if kind.startswith("union_tag"):
        key = ".".join([*filter(None, [key]), context["discriminator"].strip("'")])
    if kind == "value_error":  # one of our own, which says what was found
        return [f"{key}: {line}" if key else line for line in str(context["error"]).splitlines()]
    if kind in _WORDING:
        return [f"{key}: {_WORDING[kind].format(input=details['input'], **context)}"]
    return [f"{key}: {re.sub('^[A-Z][a-z]* should', 'must', details['msg'])}, found {details['input']!r}"]


def _key(location: tuple[int | str, ...], values: Any) -> str:
    """The location as dotted keys of the file. Drops the parts that pydantic adds: values of discriminators, and `[key]`."""
    parts: list[str] = []
    tags: list[Any] = []
    for part in location:
        if part in tags or part == "[key]":
            tags = []
            continue
        text = str(part)
        parts.append(text if text.isprintable() else repr(text))
        try:
            values = values[part]
        except (KeyError, IndexError, TypeError):
            values = None
        tags = [values.get(name) for name in DISCRIMINATORS] if isinstance(values, dict) else []
    return ".".join(parts)
