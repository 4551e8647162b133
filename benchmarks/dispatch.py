"""Runs the paper's study through a real SLURM, with `prunetransfer` replaced by a stand-in that only writes a job's files.

    python tests/slurm/cluster.py --cpus 64 --gpus 6 python benchmarks/dispatch.py

So it measures only the costs of dispatching a study: Snakemake's main process, its executor plugin, SLURM, and two Snakemake
processes per job on the nodes. Here the nodes share the cores of the main process. With `--stand-in-for snakemake`, no
Snakemake runs on the nodes, so that the main process is measured as if the nodes were other machines. After the whole study
it runs the study again four times: unchanged, with another threshold of the claims, with one more sparsity, and with one more
task.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import yaml
from reporting import publish

from prunetransfer.analysis.tables.markdown import pipe_table

PROJECT = Path(__file__).parents[1]
PROFILE = "workflow/profiles/slurm"
FILLED_IN = {"your-account": "none", "your-gpu-partition": "gpu", "your-partition": "cpu"}
"""The profile's placeholders, and the values for the test cluster."""
HUB = (
    "models--google-bert--bert-base-uncased",
    "datasets--wikimedia--wikipedia",
    "datasets--rojagtap--bookcorpus",
    "datasets--nyu-mll--glue",
)
"""The models and data sets that the study needs from the Hugging Face hub, by their names in the hub's cache."""
STAND_IN = Path(__file__).with_name("dispatch_job.py").resolve()
"""The script that a SLURM job runs instead of `prunetransfer`, or instead of Snakemake."""


class Dispatch(NamedTuple):
    """The costs of a run of the study."""

    planned: int
    """The number of jobs in a dry run."""
    submitted: int
    """The number of SLURM jobs."""
    rules: Counter
    """The number of planned jobs of each rule."""
    seconds: float
    cpu_seconds: float
    """CPU time of the main process and of the commands that it ran to submit jobs and to ask for their states."""
    peak_memory: int
    """Peak memory of the main process, in bytes."""


class Study:
    """The paper's study, in a copy of the project.

    replaced: what the stand-in replaces, `prunetransfer` or `snakemake` (on the nodes).
    """

    def __init__(self, folder: Path, replaced: str):
        self.folder = folder
        for part in ("workflow", "envs"):
            shutil.copytree(PROJECT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(PROJECT / "Snakefile", folder)
        profile = folder / PROFILE / "config.yaml"
        text = profile.read_text()
        for placeholder, value in FILLED_IN.items():
            text = text.replace(placeholder, value)
        profile.write_text(text)
        self.config = folder / "config.yaml"
        shutil.copy(PROJECT / "workflow" / "studies" / "bert-base.yaml", self.config)
        for repository in HUB:  # the preflight checks that they are there
            (folder / "hub" / repository / "snapshots" / "main").mkdir(parents=True)
        self.outputs = folder / "outputs.json"
        commands = folder / "bin"
        commands.mkdir()
        if replaced == "prunetransfer":
            (commands / "prunetransfer").symlink_to(STAND_IN)
        else:
            sbatch = commands / "sbatch"
            sbatch.write_text(
                f"#!/bin/bash\nsnakemake='{sys.executable} -m snakemake'\nstand_in='{STAND_IN}'\n"
                f'exec {shutil.which("sbatch")} "${{@/"$snakemake"/"$stand_in"}}"\n'
            )
            sbatch.chmod(0o755)
        self.environment = {
            **os.environ,
            "PATH": f"{commands}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(folder / "workflow"),
            "HF_HUB_CACHE": str(folder / "hub"),
            "DISPATCH_OUTPUTS": str(self.outputs),
        }

    def configure(self, change: Callable[[dict], None]) -> None:
        content = yaml.safe_load(self.config.read_text())
        change(content)
        self.config.write_text(yaml.safe_dump(content, sort_keys=False))

    def run(self) -> Dispatch:
        """Runs the study. Raises RuntimeError if Snakemake fails, or if the number of finished jobs differs from the dry run."""
        planned = self.plan()
        log = self.folder / f"snakemake-{time.time_ns()}.log"
        start = time.monotonic()
        with open(log, "w") as output:
            process = subprocess.Popen(
                self._snakemake(), cwd=self.folder, env=self.environment, stdout=output, stderr=subprocess.STDOUT
            )
            _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.monotonic() - start
        text = log.read_text()
        finished = len(re.findall(r"^Finished jobid: \d+ \(Rule: (?!all\b)", text, re.MULTILINE))
        if process.returncode or finished != planned.total():
            raise RuntimeError(f"{finished} of {planned.total()} jobs finished: {log}")
        submitted = text.count("has been submitted with SLURM jobid")
        cpu = usage.ru_utime + usage.ru_stime
        return Dispatch(planned.total(), submitted, planned, seconds, cpu, usage.ru_maxrss * 1024)

    def plan(self) -> Counter:
        """Returns the number of jobs of each rule in a dry run. Writes their outputs to a file for the stand-in."""
        command = self._snakemake("--dry-run")
        shown = subprocess.run(
            command, cwd=self.folder, env=self.environment, capture_output=True, text=True, check=True
        ).stdout
        outputs = {}
        rules = Counter()
        for rule, fields in _jobs(shown):
            wildcards = fields.get("wildcards", "").replace(", ", ",")
            made = fields["output"].split(", ")
            outputs[f"{rule}:{wildcards}"] = [*made, fields["benchmark"]]
            outputs[made[0]] = made
            rules[rule] += 1
        self.outputs.write_text(json.dumps(outputs))
        return rules

    def _snakemake(self, *options: str) -> list[str]:
        return [sys.executable, "-m", "snakemake", "--workflow-profile", PROFILE, *options]


def _jobs(shown: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Yields the rule and the fields of each job that has outputs in a dry run. Jobs in groups are indented there."""
    for part in re.split(r"^ *(?:local)?rule (?=\w+:$)", shown, flags=re.MULTILINE)[1:]:
        fields = dict(re.findall(r"^ +(\w+): (.*)$", part, re.MULTILINE))
        if "output" in fields:
            yield part.partition(":")[0], fields


def as_it_is(content: dict) -> None:
    pass


def other_threshold(content: dict) -> None:
    content["claims"] = {"tolerance": {"accuracy": 2.0}}


def one_sparsity_more(content: dict) -> None:
    content["sparsities"].append(95)
    content["arms"]["information_deletion"]["epochs"] = {"0-60": 13, "70-95": 15}
    content["arms"]["prune_downstream"]["epochs"] = {"0-70": 5, "80-95": 7}


def one_task_more(content: dict) -> None:
    content["tasks"].append("RTE")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=1, help="seeds of the fine-tunings")
    parser.add_argument("--stand-in-for", choices=("prunetransfer", "snakemake"), default="prunetransfer")
    parser.add_argument("--output", type=Path, help="Markdown file for the table")
    arguments = parser.parse_args()
    rows = []
    folder = Path(tempfile.mkdtemp(prefix="dispatch-"))
    study = Study(folder, arguments.stand_in_for)
    study.configure(lambda content: content["finetuning"].update(seeds=list(range(arguments.seeds))))
    for name, change in {
        "the whole study": as_it_is,
        "again": as_it_is,
        "another threshold of the claims": other_threshold,
        "a sparsity more": one_sparsity_more,
        "a task more": one_task_more,
    }.items():
        study.configure(change)
        run = study.run()
        rules = ", ".join(f"{count} {rule}" for rule, count in run.rules.most_common(3))
        counts = [f"{run.planned:,}", f"{run.submitted:,}"]
        costs = [f"{run.seconds:,.0f}", f"{run.cpu_seconds:,.0f}", f"{run.peak_memory / 1e6:,.0f}"]
        rows.append([name, *counts, *costs, f"{rules}, ..." if len(run.rules) > 3 else rules])
        print(*rows[-1], sep=" | ", flush=True)
    shutil.rmtree(folder)  # if a run fails, this isn't reached, so that its logs stay
    heads = ["run", "jobs", "SLURM jobs", "wall (s)", "main process: CPU (s)", "peak memory (MB)", "most of them"]
    publish([pipe_table(heads, rows)], arguments.output)


if __name__ == "__main__":
    main()
