"""The code that jobs of analyses and of figures share: their commands get inputs as `--input name=path`."""

from shlex import quote

from .files import Files, StudyFiles
from .job import Kind, Paths, Wildcards


class ReadingKind(Kind):
    """The kind of an analysis or a figure, which has one job."""

    def __init__(self, files: StudyFiles):
        super().__init__(files.study)
        self.files = files

    def reads(self) -> dict[str, Files]:
        """The inputs that the command is given, by name."""
        raise NotImplementedError

    def inputs(self, wildcards: Wildcards) -> Paths:
        return {name: files.paths for name, files in self.reads().items()}

    def input_options(self, wildcards: Wildcards) -> list[str]:
        return input_options(self.reads())


def input_options(named: dict[str, Files]) -> list[str]:
    """The command's options `--input name=path`, quoted for a shell; `storage.inputs.Inputs.parse` reads them."""
    arguments = [argument for name, files in named.items() for argument in files.arguments(name)]
    return [f"--input {quote(argument)}" for argument in arguments]
