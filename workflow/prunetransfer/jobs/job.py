"""A job of a study, and a kind of jobs: what a Snakemake rule and everything that plans ask for."""

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
"""Files, by the names under which a rule has them."""


@dataclass(frozen=True)
class Job:
    """One job: what it reads, what it writes, what it is told, and which code its results depend on."""

    rule: str
    """The Snakemake rule that runs it."""
    name: str
    """Its logs, times and saved state are filed under this name (see `storage.paths`)."""
    wildcards: dict[str, str]
    inputs: Paths
    outputs: Paths
    settings: Settings | None
    modules: tuple[str, ...]
    """The modules that the job starts in; what they import counts too."""

    @cached_property
    def code_version(self) -> str:
        """The digest of the code that the job's results depend on."""
        return code_version(*self.modules)


class Kind(ABC):
    """All jobs of one Snakemake rule. Paths are relative to the working directory; outputs are templates with wildcards."""

    rule: ClassVar[str]
    name: ClassVar[str]
    """Of a job; a template."""
    is_for_readers: bool = False
    """Whether its table goes into Snakemake's report."""
    group: ClassVar[str] = ""
    """Kinds that `plan` counts together; by default a kind is counted by itself."""

    def __init__(self, study: Study):
        self.study = study

    def in_study(self, template: str, **known: object) -> str:
        """A path of this study; wildcards that are not known stay."""
        return paths.filled(template, study=self.study.study, **known)

    def outputs(self) -> dict[str, str | list[str]]:
        """By name: a template, or several."""
        raise NotImplementedError

    def wildcards(self) -> Iterator[dict[str, str]]:
        """Those of each job of this kind that the study has."""
        yield {}

    def inputs(self, wildcards: Wildcards) -> Paths:
        return {}

    def settings(self, wildcards: Wildcards) -> Settings | None:
        return None

    def settings_as_json(self, wildcards: Wildcards) -> str:
        """What the command is told as `--settings`."""
        settings = self.settings(wildcards)
        return "null" if settings is None else settings.model_dump_json()

    def modules(self, wildcards: Wildcards) -> tuple[str, ...]:
        """In `prunetransfer`: where the job's code starts."""
        return ()

    def job(self, **wildcards: str) -> Job:
        """The job that these wildcards stand for."""
        outputs = {
            name: [paths.filled(template, **wildcards) for template in _listed(templates)]
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


def _listed(templates: str | list[str]) -> list[str]:
    return [templates] if isinstance(templates, str) else templates
