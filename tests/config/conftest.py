"""The shipped configurations."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from studies import PROJECT, SHIPPED

DELETE = object()


@pytest.fixture(scope="session")
def project() -> Path:
    return PROJECT


@pytest.fixture(params=SHIPPED, ids=lambda path: path.name)
def shipped(request) -> Path:
    """Each shipped configuration in turn."""
    return request.param


@pytest.fixture
def default() -> dict:
    """The content of config.yaml, to be changed."""
    from prunetransfer.config.reading import read_yaml

    return read_yaml(PROJECT / "config.yaml")


@pytest.fixture
def changed(default) -> Callable[[str, Any], dict]:
    """`default` with the value at a dotted path replaced, or deleted; the empty path is all of it."""

    def change(path: str, value: Any) -> dict:
        content = copy.deepcopy(default)
        if not path:
            return value
        *parents, last = path.split(".")
        section = content
        for parent in parents:
            section = section[parent]
        if value is DELETE:
            del section[last]
        else:
            section[last] = value
        return content

    change.delete = DELETE
    return change
