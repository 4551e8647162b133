"""The input files of an analysis or a figure, by name."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from string import Formatter

from prunetransfer.errors import PruneTransferError


class InputsError(PruneTransferError):
    """An input is missing, or one file was expected and several were given. The message names the input."""


class Inputs:
    """Paths by name. A name has one file, several files, or a template with wildcards such as {task}.

    A template stands for many files of one kind. The paper's study has 810 runs, and all their paths would be too long for a
    command line.
    """

    def __init__(self, paths: dict[str, Sequence[str | Path]]):
        self._paths = {name: [str(path) for path in found] for name, found in paths.items()}

    @classmethod
    def parse(cls, arguments: Iterable[str]) -> "Inputs":
        """Reads `name=path` arguments. A name that is given several times has several files. Raises InputsError."""
        paths: dict[str, list[str]] = {}
        for argument in arguments:
            name, equals, path = argument.partition("=")
            if not (name and equals and path):
                raise InputsError(f"an input must be given as name=path, found {argument!r}")
            paths.setdefault(name, []).append(path)
        return cls(paths)

    def file(self, name: str, **wildcards: object) -> Path:
        """Returns the one file of a name, with the wildcards filled in if the name has a template.

        Raises InputsError if the name is missing, has several files, or needs a wildcard that is not given.
        """
        found = self._found(name)
        if len(found) != 1:
            raise InputsError(f"input {name!r}: must be one file, found {len(found)}")
        needed = {field for _, field, _, _ in Formatter().parse(found[0]) if field}
        if needed - wildcards.keys():
            raise InputsError(f"input {name!r}: {found[0]} needs {', '.join(sorted(needed - wildcards.keys()))}")
        return Path(found[0].format(**wildcards))

    def files(self, name: str) -> list[Path]:
        """Returns all files of a name, in the order given. The list is empty if the name is missing."""
        return [Path(path) for path in self._paths.get(name, [])]

    def _found(self, name: str) -> list[str]:
        if name not in self._paths:
            raise InputsError(f"input {name!r} is missing; found: {', '.join(sorted(self._paths)) or 'none'}")
        return self._paths[name]
