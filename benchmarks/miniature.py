"""Measures the share of the miniature's time that is spent in training steps.

    python benchmarks/miniature.py [--cores N] [--output FILE]
    python benchmarks/miniature.py --results results/miniature --wall SECONDS [--cores N]

It runs the default study in a temporary folder, or reads the results of a finished study with a given wall-clock time. It
prints two Markdown tables. The first has the seconds in training steps and (from Snakemake's records) the seconds of all
jobs, each also as a share of wall-clock time x cores. The second has the jobs by kind.
"""

import argparse
import csv
import os
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from reporting import publish, seconds

from prunetransfer.analysis.tables.markdown import pipe_table
from prunetransfer.config.reading import load_study
from prunetransfer.config.study import Study
from prunetransfer.planning.costs import trained_sequences
from prunetransfer.planning.tasks import task_size
from prunetransfer.planning.trainings import trainings
from prunetransfer.storage.files import read_json
from prunetransfer.storage.paths import ROOT

PROJECT = Path(__file__).parents[1]


def run_study(folder: Path, cores: int) -> float:
    """Runs the project's default study in a folder. Returns the seconds. Raises CalledProcessError if it fails."""
    for name in ("Snakefile", "workflow", "profiles", "envs", "config.yaml"):
        (folder / name).symlink_to(PROJECT / name)
    command = [sys.executable, "-m", "snakemake", "--cores", f"{cores}", "--quiet", "all"]
    environment = {**os.environ, "PYTHONPATH": str(PROJECT / "workflow")}
    return seconds(lambda: subprocess.run(command, cwd=folder, env=environment, check=True))


def training_seconds(study: Study, results: Path) -> float:
    """Returns the seconds that all trainings spent in steps, without start-up, evaluation and final saving."""
    sizes = {task: task_size(study, task, results) for task in study.tasks}
    spent = 0.0
    for training in trainings(study):
        times = read_json(results / "timing" / f"{training.job}.json")
        if training.task is None:
            spent += times["seconds"]
        else:  # `seconds` doesn't include epochs that only later snapshots need
            spent += trained_sequences(study, training, sizes) / times["examples_per_second"]
    return spent


def job_seconds(results: Path) -> dict[str, list[float]]:
    """Returns the seconds of all jobs that Snakemake has recorded, by the record's folder or, without one, by its name."""
    spent = defaultdict(list)
    for record in sorted((results / "benchmarks").rglob("*.tsv")):
        kind = Path(record.relative_to(results / "benchmarks").parts[0]).stem
        with open(record, encoding="utf-8", newline="") as lines:
            spent[kind] += [float(row["s"]) for row in csv.DictReader(lines, delimiter="\t")]
    return spent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--results", type=Path, help="the folder of a study that was run")
    parser.add_argument("--wall", type=float, help="seconds that it took")
    parser.add_argument("--cores", type=int, default=os.cpu_count())
    parser.add_argument("--output", type=Path, help="a file for the Markdown, besides stdout")
    arguments = parser.parse_args()
    if (arguments.results is None) != (arguments.wall is None):
        parser.error("--results and --wall belong together")
    with TemporaryDirectory() as name:
        results, wall = arguments.results, arguments.wall
        if results is None:
            wall = run_study(Path(name), arguments.cores)
            results = Path(name) / ROOT.format(study="miniature")
        study = load_study(results / "config.yaml")
        jobs = job_seconds(results)
        training = training_seconds(study, results)
    available = wall * arguments.cores
    spent = {
        f"The cores: {arguments.cores} x {wall:.0f} s of wall-clock time": available,
        "Jobs, by Snakemake's records": sum(map(sum, jobs.values())),
        "Training steps": training,
    }
    rows = [[name, f"{time:.0f}", f"{100 * time / available:.1f}"] for name, time in spent.items()]
    kinds = [[kind, f"{len(times)}", f"{sum(times):.0f}", f"{median(times):.1f}"] for kind, times in jobs.items()]
    tables = [
        pipe_table([f"Study {study.study}", "seconds", "share (%)"], rows),
        pipe_table(["Jobs", "number", "seconds", "median (s)"], kinds),
    ]
    publish(tables, arguments.output)


if __name__ == "__main__":
    main()
