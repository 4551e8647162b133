"""Every job of a study. The rules, `plan` and `preflight` all get their jobs here."""

from collections.abc import Iterator
from functools import cached_property

from prunetransfer.config.study import Study

from .analyses import ANALYSES, AnalysisKind, TrajectoryMovement
from .figures import FIGURES, FigureKind
from .files import StudyFiles
from .finetune import Finetune, Finetuning, FollowedTrajectory, PruneAfter, Trajectory
from .job import Job, Kind, listed
from .prepare import Corpus, Encoder, Language, Task
from .pretrain import BurnIn, Pretrain, Pretraining
from .results import ResolvedConfig, StudyManifest

_KINDS = (
    *(Language, Encoder, Corpus, Task, BurnIn, Pretrain),
    *(Trajectory, FollowedTrajectory, Finetune, PruneAfter, TrajectoryMovement),
)


class StudyJobs:
    """The kinds of jobs of a study by rule, from preparation to figures; and the jobs.

    allow_missing: the inputs of analyses and figures leave out files that do not exist yet.
    """

    def __init__(self, study: Study, allow_missing: bool = False):
        self.study = study
        self.files = StudyFiles(study, allow_missing)
        self.analyses = {name: AnalysisKind(name, self.files) for name in ANALYSES}
        self.figures = {number: FigureKind(number, self.files) for number in FIGURES}
        kinds = [
            *(kind(study) for kind in _KINDS),
            *self.analyses.values(),
            *self.figures.values(),
            ResolvedConfig(study),
            StudyManifest(study, [*self.tables, *self.drawn]),
        ]
        self.kinds: dict[str, Kind] = {kind.rule: kind for kind in kinds}

    def __getitem__(self, rule: str) -> Kind:
        return self.kinds[rule]

    @property
    def tables(self) -> list[str]:
        """The files of the tables for readers, which `snakemake tables` makes."""
        return [path for analysis in self.analyses.values() if analysis.analysis.formats for path in _paths(analysis)]

    @property
    def drawn(self) -> list[str]:
        """The files of the figures, which `snakemake figures` makes."""
        return [path for figure in self.figures.values() for path in _paths(figure)]

    @cached_property
    def jobs(self) -> list[Job]:
        """Every job of the study once, each after those whose outputs it reads."""
        jobs = [kind.job(**wildcards) for kind in self.kinds.values() for wildcards in kind.wildcards()]
        return list(_in_order(jobs))

    def trainings(self) -> list[Job]:
        """The jobs that train."""
        return [job for job in self.jobs if isinstance(self.kinds[job.rule], Pretraining | Finetuning)]

    @cached_property
    def after(self) -> dict[str, list[str]]:
        """For each job's name, the names of the jobs whose outputs it reads."""
        makers = _makers(self.jobs)
        return {job.name: [maker.name for maker in _waits_for(job, makers)] for job in self.jobs}


def _paths(kind: Kind) -> list[str]:
    """The outputs of a kind that has one job. Inputs are not asked for: a table's are up to 1,620 paths in the paper's study."""
    return [path for templates in kind.outputs().values() for path in listed(templates)]


def _makers(jobs: list[Job]) -> dict[str, Job]:
    """For each path, the job that writes it."""
    return {path: job for job in jobs for files in job.outputs.values() for path in files}


def _waits_for(job: Job, makers: dict[str, Job]) -> list[Job]:
    found = (makers.get(path) for files in job.inputs.values() for path in files)
    return list({maker.name: maker for maker in found if maker is not None}.values())


def _in_order(jobs: list[Job]) -> Iterator[Job]:
    """Sorts each job after the jobs whose outputs it reads, and otherwise keeps the order."""
    makers = _makers(jobs)
    done: set[str] = set()

    def with_what_it_waits_for(job: Job) -> Iterator[Job]:
        if job.name not in done:
            done.add(job.name)
            for maker in _waits_for(job, makers):
                yield from with_what_it_waits_for(maker)
            yield job

    for job in jobs:
        yield from with_what_it_waits_for(job)
