"""The configurations that come with the project."""

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
    """The test runs once for each configuration that comes with the project."""
    return request.param


@pytest.fixture
def default() -> dict:
    """The content of config.yaml, which tests may change."""
    from prunetransfer.config.reading import read_yaml

    return read_yaml(PROJECT / "config.yaml")


@pytest.fixture
def changed(default) -> Callable[[str, Any], dict]:
    """Returns `default` with the value at a dotted path replaced or deleted. The empty path means the whole content."""

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
