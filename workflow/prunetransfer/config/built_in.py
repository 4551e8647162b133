"""The tasks that a configuration may name without defining them."""

from pathlib import Path

import yaml

_PACKAGE = Path(__file__).parent.parent
BUILT_IN_TASKS = _PACKAGE / "data" / "tasks"


def built_in_tasks() -> dict[str, dict]:
    """The tasks that come with the project, by name, in the format of `task_definitions`."""
    tasks: dict[str, dict] = {}
    for path in sorted(BUILT_IN_TASKS.glob("*.yaml")):
        tasks |= yaml.safe_load(path.read_text(encoding="utf-8"))
    return tasks


def with_built_in_tasks(names: list, definitions: dict) -> dict:
    """`definitions`, plus the built-in tasks among `names`, with the changes that `definitions` makes to them."""
    built_in = built_in_tasks()
    merged = dict(definitions)
    for name in names:
        if isinstance(name, str) and name in built_in:
            changes = definitions.get(name) or {}
            merged[name] = {**built_in[name], **changes} if isinstance(changes, dict) else changes
    return merged
