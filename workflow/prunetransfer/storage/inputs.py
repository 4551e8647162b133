"""What an analysis or a figure is given: files, each under a name."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from string import Formatter

from prunetransfer.errors import PruneTransferError


class InputsError(PruneTransferError):
    """An input that is missing, unknown or given in the wrong number; the message names it and what was found."""


class Inputs:
    """Paths by name. A name may have one file, several, or a template with wildcards such as {task} in it.

    A template stands for many files of one kind: the paper's study has 810 runs, whose paths are too long for a command
    line. A path without braces is a template without wildcards.
    """

    def __init__(self, paths: dict[str, Sequence[str | Path]]):
        self._paths = {name: [str(path) for path in found] for name, found in paths.items()}

    @classmethod
    def parse(cls, arguments: Iterable[str]) -> "Inputs":
        """From `name=path` arguments; a name that stands several times has several files. Raises InputsError."""
        paths: dict[str, list[str]] = {}
        for argument in arguments:
            name, equals, path = argument.partition("=")
            if not (name and equals and path):
                raise InputsError(f"an input must be given as name=path, found {argument!r}")
            paths.setdefault(name, []).append(path)
        return cls(paths)

    def file(self, name: str, **wildcards: object) -> Path:
        """The one file of a name, or of a template filled in with `wildcards`. Raises InputsError."""
        found = self._found(name)
        if len(found) != 1:
            raise InputsError(f"input {name!r}: must be one file, found {len(found)}")
        needed = {field for _, field, _, _ in Formatter().parse(found[0]) if field}
        if needed - wildcards.keys():
            raise InputsError(f"input {name!r}: {found[0]} needs {', '.join(sorted(needed - wildcards.keys()))}")
        return Path(found[0].format(**wildcards))

    def files(self, name: str) -> list[Path]:
        """All files of a name, in the order given; [] where there are none: results may be missing."""
        return [Path(path) for path in self._paths.get(name, [])]

    def _found(self, name: str) -> list[str]:
        if name not in self._paths:
            raise InputsError(f"input {name!r} is missing; found: {', '.join(sorted(self._paths)) or 'none'}")
        return self._paths[name]
