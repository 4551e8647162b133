"""A job of a study, and a kind of jobs. Snakemake rules, `plan` and `preflight` all use these classes."""

from abc import ABC
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from prunetransfer.config.base import Settings
from prunetransfer.config.study import Study
from prunetransfer.storage import paths

from .code_version import code_version

Wildcards = Mapping[str, str]
Paths = dict[str, list[str]]
"""Lists of files, by the rule's names for its inputs or outputs."""


@dataclass(frozen=True)
class Job:
    """One job: its inputs, its outputs, its settings, and the modules that its results depend on."""

    rule: str
    """The Snakemake rule that runs it."""
    name: str
    """The name in the paths of its logs, times and saved state (see `storage.paths`)."""
    wildcards: dict[str, str]
    inputs: Paths
    outputs: Paths
    settings: Settings | None
    modules: tuple[str, ...]
    """The modules that the job starts in, as dotted names within `prunetransfer`. Modules that these import count too."""

    @cached_property
    def code_version(self) -> str:
        """The digest of the code that the job's results depend on."""
        return code_version(*self.modules)


class Kind(ABC):
    """All jobs of one Snakemake rule. Paths are relative to the working directory. Outputs are templates with wildcards."""

    rule: ClassVar[str]
    name: ClassVar[str]
    """Template of the jobs' names."""
    is_for_readers: bool = False
    """Whether its table goes into Snakemake's report."""
    group: ClassVar[str] = ""
    """`plan` counts all kinds with the same group together. Without a group, it counts a kind separately."""

    def __init__(self, study: Study):
        self.study = study

    def in_study(self, template: str, **known: object) -> str:
        """Fills the study's name and the known wildcards into a path template. Other wildcards stay."""
        return paths.filled(template, study=self.study.study, **known)

    def outputs(self) -> dict[str, str | list[str]]:
        """One template, or a list of them, for each named output."""
        raise NotImplementedError

    def wildcards(self) -> Iterator[dict[str, str]]:
        """The wildcards of each job of this kind that the study has."""
        yield {}

    def inputs(self, wildcards: Wildcards) -> Paths:
        return {}

    def settings(self, wildcards: Wildcards) -> Settings | None:
        return None

    def settings_as_json(self, wildcards: Wildcards) -> str:
        """The settings as JSON, for the command's option `--settings`."""
        settings = self.settings(wildcards)
        return "null" if settings is None else settings.model_dump_json()

    def modules(self, wildcards: Wildcards) -> tuple[str, ...]:
        """The modules that the job starts in, as dotted names within `prunetransfer`."""
        return ()

    def job(self, **wildcards: str) -> Job:
        """The job with these wildcards."""
        outputs = {
            name: [paths.filled(template, **wildcards) for template in listed(templates)]
            for name, templates in self.outputs().items()
        }
        return Job(
            rule=self.rule,
            name=paths.filled(self.name, **wildcards),
            wildcards=wildcards,
            inputs={name: files for name, files in self.inputs(wildcards).items() if files},
            outputs={name: files for name, files in outputs.items() if files},
            settings=self.settings(wildcards),
            modules=self.modules(wildcards),
        )

    def code_version(self, wildcards: Wildcards) -> str:
        """The digest of the code that a job's results depend on."""
        return code_version(*self.modules(wildcards))


def listed(templates: str | list[str]) -> list[str]:
    """One template, or several, as a list."""
    return [templates] if isinstance(templates, str) else templates
