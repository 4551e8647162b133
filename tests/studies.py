"""The studies of the project, unchanged and changed."""

import copy
from collections.abc import Callable
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[1]
SHIPPED = [PROJECT / "config.yaml", *sorted((PROJECT / "workflow" / "studies").glob("*.yaml"))]


@pytest.fixture(scope="session")
def bert_base():
    """The paper's grid."""
    from prunetransfer.config.reading import load_study

    return load_study(PROJECT / "workflow" / "studies" / "bert-base.yaml")


@pytest.fixture
def make_study() -> Callable:
    """The miniature, after `change` altered its content."""

    def make(change: Callable[[dict], None] = lambda content: None):
        from prunetransfer.config.reading import parse_study, read_yaml

        content = copy.deepcopy(read_yaml(PROJECT / "config.yaml"))
        change(content)
        return parse_study(content)

    return make
