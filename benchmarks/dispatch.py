"""The paper's study through a real SLURM, each command replaced by one that just writes the files it should.

    python tests/slurm/cluster.py --cpus 16 --gpus 4 python benchmarks/dispatch.py

What is left is what a study costs to dispatch: Snakemake, its executor plugin and SLURM. After the whole study it is
run again as it is, with a threshold of the claims changed, and with a sparsity more.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import yaml
from reporting import publish

from prunetransfer.analysis.markdown import pipe_table

PROJECT = Path(__file__).parents[1]
SETTINGS = {"your-account": "none", "your-gpu-partition": "gpu", "your-partition": "cpu"}
"""What a user of the test cluster fills in."""


class Run(NamedTuple):
    jobs: Counter
    """Submitted, by rule."""
    seconds: float
    cpu_seconds: float
    """Of the main process and what it started to submit and ask; not of the jobs."""
    peak_memory: int
    """Of the main process, in bytes."""


class Study:
    """The paper's, in a copy of the project whose command is the stand-in."""

    def __init__(self, folder: Path, change: Callable[[dict], None]):
        self.folder = folder
        shutil.copytree(PROJECT / "workflow", folder / "workflow", ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copytree(PROJECT / "envs", folder / "envs")
        shutil.copy(PROJECT / "Snakefile", folder)
        profile = folder / "workflow" / "profiles" / "slurm" / "config.yaml"
        text = profile.read_text()
        for placeholder, value in SETTINGS.items():
            text = text.replace(placeholder, value)
        profile.write_text(text)
        self.config = folder / "config.yaml"
        shutil.copy(PROJECT / "workflow" / "studies" / "bert-base.yaml", self.config)
        self.configure(change)
        stand_in = folder / "bin" / "prunetransfer"
        stand_in.parent.mkdir()
        stand_in.symlink_to(Path(__file__).with_name("dispatch_command.py"))
        self.environment = {
            **os.environ,
            "PATH": f"{stand_in.parent}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(folder / "workflow"),
        }

    def configure(self, change: Callable[[dict], None]) -> None:
        content = yaml.safe_load(self.config.read_text())
        change(content)
        self.config.write_text(yaml.safe_dump(content, sort_keys=False))

    def run(self) -> Run:
        """Raises RuntimeError where Snakemake fails."""
        log = self.folder / f"snakemake-{time.time_ns()}.log"
        command = [sys.executable, "-m", "snakemake", "--workflow-profile", "workflow/profiles/slurm"]
        start = time.monotonic()
        with open(log, "w") as output:
            process = subprocess.Popen(
                command, cwd=self.folder, env=self.environment, stdout=output, stderr=subprocess.STDOUT
            )
            _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.monotonic() - start
        text = log.read_text()
        if process.returncode:
            raise RuntimeError(f"Snakemake failed: {text[-5000:]}")
        submitted = re.findall(r"has been submitted with SLURM jobid .*/slurm_logs/(?:rule|group)_(\w+?)/", text)
        return Run(Counter(submitted), seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)


def as_it_is(content: dict) -> None:
    pass


def small_grid(content: dict) -> None:
    """A trial: 1 task, 2 sparsities, 1 learning rate."""
    content.update(sparsities=[0, 60], tasks=["SST-2"])
    content["finetuning"]["learning_rates"] = [5e-5]
    content["analyses"]["leave_out_of_fit"] = {}


def other_threshold(content: dict) -> None:
    content["claims"] = {"tolerance": {"accuracy": 2.0}}


def one_sparsity_more(content: dict) -> None:
    content["sparsities"].append(95)
    content["arms"]["information_deletion"]["epochs"] = {"0-60": 13, "70-95": 15}
    content["arms"]["prune_downstream"]["epochs"] = {"0-70": 5, "80-95": 7}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--small", action="store_true", help="a small part of the grid, to see that it works")
    parser.add_argument("--output", type=Path, help="Markdown file for the table")
    arguments = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory(prefix="dispatch-") as folder:
        study = Study(Path(folder), small_grid if arguments.small else as_it_is)
        for name, change in {
            "the whole study": as_it_is,
            "again": as_it_is,
            "another threshold of the claims": other_threshold,
            "a sparsity more": one_sparsity_more,
        }.items():
            study.configure(change)
            run = study.run()
            rules = ", ".join(f"{count} {rule}" for rule, count in run.jobs.most_common())
            cells = [f"{run.seconds:,.0f}", f"{run.cpu_seconds:,.0f}", f"{run.peak_memory / 1e6:,.0f}", rules]
            rows.append([name, f"{run.jobs.total():,}", *cells])
            print(*rows[-1], sep=" | ", flush=True)
    heads = ["run", "SLURM jobs", "wall (s)", "main process: CPU (s)", "peak memory (MB)", "jobs"]
    publish([pipe_table(heads, rows)], arguments.output)


if __name__ == "__main__":
    main()
