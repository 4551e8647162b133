"""A copy of the project with a finished tiny study. Tests plan it, and edit its code and configuration."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
import yaml

from prunetransfer.config.reading import load_study
from prunetransfer.config.study import Study
from prunetransfer.jobs.study_jobs import StudyJobs

PROJECT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent


class Project:
    """A separate project folder, so that edits of code and configuration change nothing else."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.environment = {
            **os.environ,
            "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(folder / "workflow"),
            "XDG_RUNTIME_DIR": str(folder / "run"),  # so that the project has a separate warm worker
        }

    @classmethod
    def copy_to(cls, folder: Path) -> "Project":
        shutil.copytree(PROJECT / "workflow", folder / "workflow", ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copytree(PROJECT / "envs", folder / "envs")
        shutil.copy(PROJECT / "Snakefile", folder / "Snakefile")
        (folder / "profiles").symlink_to("workflow/profiles")
        (folder / "run").mkdir()
        (folder / "config.yaml").write_text((PROJECT / "config.yaml").read_text())
        return cls(folder)

    def run(self, *command: str, check: bool = True) -> subprocess.CompletedProcess:
        done = subprocess.run(command, cwd=self.folder, env=self.environment, capture_output=True, text=True)
        assert not check or done.returncode == 0, done.stdout + done.stderr
        return done

    def planned(self, *arguments: str) -> Counter:
        """The number of jobs of each rule in a dry run."""
        output = self.run("snakemake", "--dry-run", "--cores", "2", *arguments).stdout
        table = re.search(r"^job +count\n-.*\n((?:.+ +\d+\n)+)", output, re.MULTILINE)
        if table is None:
            assert "Nothing to be done" in output, output
            return Counter()
        rows = dict(line.split() for line in table[1].splitlines())
        return Counter({rule: int(count) for rule, count in rows.items() if rule not in ("total", "all")})

    def study(self) -> Study:
        return load_study(self.folder / "config.yaml")

    def settings(self, rule: str, **wildcards: str):
        """The settings of a job of the study."""
        return StudyJobs(self.study())[rule].settings(wildcards)

    def hashes(self, study: str = "miniature") -> dict[str, str]:
        """Digests of all files of a study but measured times and logs; runs.csv and pretraining.csv have times in them,
        and the study's manifest has their digests."""
        folder = self.folder / "results" / study
        return {
            str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(folder.rglob("*"))
            if path.is_file()
            and path.relative_to(folder).parts[0] not in ("timing", "logs", "benchmarks", "tensorboard", ".state")
            and path.name not in ("runs.csv", "pretraining.csv")
            and path != folder / "manifest.json"
        }

    def configure(self, change) -> None:
        """Lets `change` alter the configuration's content."""
        path = self.folder / "config.yaml"
        content = yaml.safe_load(path.read_text())
        change(content)
        path.write_text(yaml.safe_dump(content, sort_keys=False))

    def edit(self, file: str, old: str, new: str) -> None:
        path = self.folder / file
        text = path.read_text()
        assert old in text, f"{file} has no {old!r}"
        path.write_text(text.replace(old, new, 1))


def make_tiny(content: dict) -> None:
    """Cuts the miniature down to seconds: everything is there, nothing is learned."""
    content["sparsities"] = [0, 50]
    content["tasks"] = ["acceptability", "inference"]
    content["language"] |= {"documents": 300, "train_examples": 64, "dev_examples": 50}
    content["finetuning"] |= {"seeds": [0], "learning_rates": [1e-3]}
    content["corpus"]["dev_documents"] = 20
    content["pretraining"]["objective"]["dev_sequences"] = 40
    content["pretraining"]["burn_in"]["steps"] = 20
    content["pretraining"]["prune"]["steps"] = 20
    content["pretraining"]["criteria"]["magnitude"]["ramp_steps"] = 10
    for arm in content["arms"].values():
        arm["epochs"] = 2
    content["arms"]["from_scratch"] = {"epochs": 2}
    content["analyses"]["trajectory"]["epochs"] = 3
    content["analyses"]["prune_after"] |= {"epochs": [0, 1], "further_epochs": 1}
    content["analyses"]["feature_sequences"] = 8


@pytest.fixture(scope="session")
def finished_project(tmp_path_factory) -> Project:
    """The tiny study, run to its end. Leave it as it is: take `project` to change something."""
    project = Project.copy_to(tmp_path_factory.mktemp("project"))
    project.configure(make_tiny)
    project.run("snakemake", "--cores", "2")
    return project


@pytest.fixture
def project(finished_project, tmp_path) -> Project:
    """The finished study with its code and configuration put back after the test."""
    kept = tmp_path / "kept"
    shutil.copytree(finished_project.folder / "workflow", kept / "workflow")
    shutil.copy(finished_project.folder / "config.yaml", kept / "config.yaml")
    yield finished_project
    shutil.rmtree(finished_project.folder / "workflow")
    shutil.copytree(kept / "workflow", finished_project.folder / "workflow")
    shutil.copy(kept / "config.yaml", finished_project.folder / "config.yaml")
