"""`prunetransfer.jobs` and Snakemake have the same graph of a study: the same jobs, which wait for the same jobs."""

import re
from pathlib import Path

import pytest
from project import Project

from prunetransfer.config.local_files import local_files
from prunetransfer.config.reading import load_study
from prunetransfer.jobs.study_jobs import StudyJobs
from studies import SHIPPED

JOB = re.compile(r"^( *)(?:local)?rule (\w+):\n((?:\1    .*\n)*)", re.MULTILINE)
"""Jobs of a group are indented."""
TARGETS = ("all", "tables", "figures")


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Project:
    return Project.copy_to(tmp_path_factory.mktemp("graph"))


def stand_in_for_local_files(study, project: Project) -> None:
    """Makes empty files in place of the study's data, and an empty package for its encoder, because a plan doesn't read them."""
    for path in local_files(study).values():
        file = project.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    if study.encoder.source == "package":
        package = project.folder / "workflow" / study.encoder.package.replace(".", "/")
        package.mkdir(parents=True)
        (package / "__init__.py").touch()


def planned_by_snakemake(project: Project, config: Path) -> dict[frozenset, tuple[str, frozenset]]:
    """The rule and the inputs of each job, by the job's outputs."""
    command = ("snakemake", "--dry-run", "--forceall", "--cores", "2", "--configfile", str(config))
    found = {}
    for _, rule, block in JOB.findall(project.run(*command).stdout):
        files = {name: re.search(rf"^ +{name}: (.*)$", block, re.MULTILINE) for name in ("input", "output")}
        inputs, outputs = (frozenset(match[1].split(", ")) if match else frozenset() for match in files.values())
        if rule not in TARGETS:
            assert outputs not in found, f"two jobs write {outputs}"
            found[outputs] = (rule, inputs)
    return found


def arrows(planned: dict[frozenset, tuple[str, frozenset]]) -> set[tuple[frozenset, frozenset]]:
    """(outputs of a job, outputs of another that reads one of them)."""
    makers = {path: outputs for outputs in planned for path in outputs}
    return {(makers[path], outputs) for outputs, (_, inputs) in planned.items() for path in inputs if path in makers}


def files(named: dict[str, list[str]]) -> frozenset:
    return frozenset(path for listed in named.values() for path in listed)


@pytest.mark.parametrize("shipped", SHIPPED, ids=lambda path: path.name)
def test_the_graph_is_snakemakes(project, shipped):
    study = load_study(shipped)
    stand_in_for_local_files(study, project)
    expected = planned_by_snakemake(project, project.folder / shipped.relative_to(Path(__file__).parents[2]))
    jobs = StudyJobs(study)
    told = {files(job.outputs): (job.rule, files(job.inputs)) for job in jobs.jobs}
    assert len(told) == len(jobs.jobs) > 60
    assert told == expected
    outputs = {job.name: files(job.outputs) for job in jobs.jobs}
    waits = {(outputs[earlier], outputs[name]) for name, after in jobs.after.items() for earlier in after}
    assert waits == arrows(expected)
