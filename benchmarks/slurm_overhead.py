"""Measures the costs of a job through SLURM, plain, in an array and in groups: 40 empty jobs, and 40 short fine-tunings.

    python tests/slurm/cluster.py --cpus 64 python benchmarks/slurm_overhead.py

The fine-tunings are those of a reduced miniature. Each uses one of two GPUs. Their files are compared with the files that
the local executor makes.
"""

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import yaml
from reporting import publish, seconds

from prunetransfer.analysis.tables.markdown import pipe_table

PROJECT = Path(__file__).parents[1]
JOBS = 40
SLURM = (
    *("--executor", "slurm", "--jobs", "100", "--slurm-no-account", "--slurm-status-command", "squeue"),
    *("--slurm-init-seconds-before-status-checks", "20", "--scheduler", "greedy", "--latency-wait", "60"),
)
NOTHING = f"""
rule all:
    input: expand("made/{{number}}", number=range({JOBS}))
rule nothing:
    output: "made/{{number}}"
    resources: mem_mb=500, runtime=5
    threads: 1
    shell: "echo {{wildcards.number}} > {{output}}"
"""


class Workflow:
    """A workflow's folder, the files to make, the rule that makes them, and the SLURM partition for their jobs."""

    def __init__(self, folder: Path, rule: str, targets: list[str], partition: str):
        self.folder = folder
        self.rule = rule
        self.targets = targets
        self.partition = partition

    def run(self, *options: str) -> None:
        """Makes the targets again. options: Snakemake's options. Snakemake's output is written to snakemake.log in the folder."""
        for target in self.targets:
            (self.folder / target).unlink(missing_ok=True)
        # Without a profile: the default one limits cores, and Snakemake would lower to that limit what jobs ask SLURM for.
        command = (sys.executable, "-m", "snakemake", "--workflow-profile", "none", *self.targets, *options)
        environment = {**os.environ, "PYTHONPATH": str(self.folder / "workflow")}
        with open(self.folder / "snakemake.log", "a") as log:
            subprocess.run(command, cwd=self.folder, env=environment, stdout=log, stderr=subprocess.STDOUT)

    def digests(self) -> dict[str, str]:
        found = [target for target in self.targets if (self.folder / target).is_file()]
        return {target: hashlib.sha256((self.folder / target).read_bytes()).hexdigest() for target in found}

    def variants(self) -> dict[str, tuple[str, ...]]:
        """Returns Snakemake's options for each way to run the jobs."""
        slurm = (*SLURM, "--default-resources", f"slurm_partition={self.partition}")
        # A group asks for what its jobs need at the same time, which would be all GPUs. With one core they run one by one.
        # But then the group asks for the sum of its jobs' time limits, so a job's limit must be lower than the rule's 6 hours.
        serial = ("--cores", "1", "--set-resources", f"{self.rule}:runtime=10") if self.partition == "gpu" else ()
        return {
            "local executor, 2 at once": ("--cores", "2"),
            "SLURM, plain": slurm,
            "SLURM, one array": (*slurm, "--slurm-array-jobs", "all"),
            "SLURM, groups of 10": (
                *slurm,
                *("--groups", f"{self.rule}=together", "--group-components", "together=10", *serial),
            ),
        }


def nothing(folder: Path) -> Workflow:
    folder.mkdir()
    (folder / "Snakefile").write_text(NOTHING)
    return Workflow(folder, "nothing", [f"made/{number}" for number in range(JOBS)], "cpu")


def finetunings(folder: Path) -> Workflow:
    """Makes a reduced miniature, up to the files that its fine-tunings need."""
    for part in ("workflow", "envs"):
        shutil.copytree(PROJECT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(PROJECT / "Snakefile", folder)
    content = yaml.safe_load((PROJECT / "config.yaml").read_text())
    content["sparsities"] = [0, 50]
    content["tasks"] = ["acceptability", "inference"]
    content["language"] |= {"documents": 300, "train_examples": 64, "dev_examples": 50}
    content["finetuning"] |= {"seeds": list(range(JOBS // 2)), "learning_rates": [1e-3]}
    content["corpus"]["dev_documents"] = 20
    content["pretraining"]["objective"]["dev_sequences"] = 40
    content["pretraining"]["burn_in"]["steps"] = 20
    content["pretraining"]["prune"]["steps"] = 20
    content["pretraining"]["criteria"]["magnitude"]["ramp_steps"] = 10
    content["arms"]["information_deletion"]["epochs"] = 2
    content["analyses"]["prune_after"]["epochs"] = [0]
    (folder / "config.yaml").write_text(yaml.safe_dump(content))
    targets = [
        f"results/miniature/finetuned/information_deletion/50/{task}/lr1e-3/seed{seed}/metrics.json"
        for task in content["tasks"]
        for seed in content["finetuning"]["seeds"]
    ]
    made = Workflow(folder, "finetune", targets[:1], "gpu")
    made.run("--cores", "2")
    return Workflow(folder, "finetune", targets, "gpu")


def sbatch() -> None:
    """Runs the same number of SLURM jobs without Snakemake."""
    submitted = [
        subprocess.run(
            ("sbatch", "--parsable", "--output", "/dev/null", "--wrap", "true"),
            check=True,
            capture_output=True,
            text=True,
        ).stdout.strip()
        for _ in range(JOBS)
    ]
    while subprocess.run(
        ("squeue", "--noheader", "--jobs", ",".join(submitted)), check=True, capture_output=True, text=True
    ).stdout:
        time.sleep(0.1)


def measure(workflow: Workflow) -> list[list[str]]:
    rows = []
    expected: dict[str, str] = {}
    for name, options in workflow.variants().items():
        wall = seconds(lambda options=options: workflow.run(*options))
        found = workflow.digests()
        expected = expected or found
        right = sum(found.get(target) == digest for target, digest in expected.items())
        rows.append([name, f"{wall:,.0f}", f"{wall / JOBS:,.1f}", f"{right} of {JOBS}"])
        print(workflow.rule, *rows[-1], sep=" | ", flush=True)
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--of", choices=("nothing", "finetunings"), help="one kind of jobs; by default both")
    parser.add_argument("--output", type=Path, help="Markdown file for the tables")
    arguments = parser.parse_args()
    heads = ["wall (s)", "a job (s)", "right files"]
    tables = []
    with tempfile.TemporaryDirectory(prefix="overhead-") as name:
        folder = Path(name)
        if arguments.of != "finetunings":
            wall = seconds(sbatch)
            rows = [["sbatch, without Snakemake", f"{wall:,.0f}", f"{wall / JOBS:,.1f}", ""]]
            rows += measure(nothing(folder / "nothing"))
            tables.append(pipe_table([f"{JOBS} jobs that do nothing", *heads], rows))
        if arguments.of != "nothing":
            tables.append(pipe_table([f"{JOBS} fine-tunings", *heads], measure(finetunings(folder / "finetunings"))))
    publish(tables, arguments.output)


if __name__ == "__main__":
    main()
