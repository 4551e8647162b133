"""Reads configurations from YAML files."""

from collections.abc import Hashable
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from prunetransfer.errors import PruneTransferError

from .problems import describe
from .study import Study


class ConfigError(PruneTransferError):
    """The configuration can't be used. For each problem the message names the key, the value found, and the values allowed."""


class _UniqueKeyLoader(yaml.SafeLoader):
    """Refuses a mapping that has a key twice. PyYAML would silently let the later one replace the earlier one."""

    def construct_mapping(self, node, deep=False):
        seen = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, Hashable):
                break  # the base class refuses it
            if key in seen:
                line = key_node.start_mark.line + 1
                raise ConfigError(f"{self.name}: line {line}: the key {key!r} stands twice in one mapping")
            seen.add(key)
        return super().construct_mapping(node, deep)


def read_yaml(path: Path) -> dict:
    """The content of a YAML file. Raises ConfigError if the file can't be read, or if a mapping has a key twice."""
    try:
        with open(path, encoding="utf-8") as file:
            return yaml.load(file, _UniqueKeyLoader)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigError(f"{path}: {error}") from None


def parse_study(values: Any, origin: str = "config") -> Study:
    """Checks a configuration. Raises ConfigError with a line per problem: the key, the value found, the values allowed.

    origin: the file's name, for messages.
    """
    try:
        return Study.model_validate(values)
    except ValidationError as error:
        raise ConfigError("\n".join(f"{origin}: {problem}" for problem in describe(error, values))) from None


def load_study(path: Path) -> Study:
    """Reads and checks a configuration file. Raises ConfigError if it can't be read or used."""
    return parse_study(read_yaml(path), str(path))
