"""A much too high learning rate ends its run with an error that names run and step. Other runs go on, and tables name the gap."""

import re

import pytest

pytestmark = pytest.mark.xdist_group("workflow")

RUN = "random/50/inference/lr{}/seed0"
DIVERGING, OTHER = RUN.format("1e6"), RUN.format("1e-3")


def metrics(run):
    return f"results/miniature/finetuned/{run}/metrics.json"


def few_runs(content):
    content["tasks"] = ["inference"]
    content["arms"] = {name: content["arms"][name] for name in ("prune_pretrain", "random")}
    content["finetuning"]["learning_rates"] = [1e-3, 1e6]


def test_a_loss_that_is_not_finite(training_project):
    project = training_project
    project.configure(few_runs)
    (project.folder / metrics(OTHER)).unlink()
    files = [metrics(DIVERGING), metrics(OTHER)]
    done = project.run("snakemake", "--cores", "1", "--keep-going", *files, check=False)
    assert done.returncode != 0
    error = rf"error: results/miniature/finetuned/{re.escape(DIVERGING)}: the loss is not finite at step \d+ \(learning"
    assert re.search(error, (project.folder / f"results/miniature/logs/finetuned/{DIVERGING}.log").read_text())
    assert re.search(error, done.stdout + done.stderr), "Snakemake shows it"
    assert [(project.folder / file).exists() for file in files] == [False, True]

    table = "results/miniature/tables/table1.md"
    project.run("snakemake", "--cores", "1", table, "--config", "allow_missing=true")
    text = (project.folder / table).read_text()
    assert DIVERGING in text
    assert OTHER not in text
