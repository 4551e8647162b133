"""The workflow plans without torch, passes Snakemake's lint, and refuses bad configurations before any job runs."""

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import pytest
import yaml

pytestmark = pytest.mark.xdist_group("workflow")


def test_snakemakes_lint_finds_nothing(finished_project):
    output = finished_project.run("snakemake", "--lint")
    assert "good condition" in output.stdout + output.stderr


@pytest.mark.parametrize(("profile", "workers"), [((), 1), (("--workflow-profile", "none"), 0)])
def test_the_default_profile_alone_asks_for_the_warm_process(project, monkeypatch, profile, workers):
    with TemporaryDirectory() as folder:  # a socket's path may have 107 characters, which pytest's folders may exceed
        monkeypatch.setitem(project.environment, "XDG_RUNTIME_DIR", folder)
        table = "results/miniature/analysis/settling.csv"
        project.run("snakemake", "--cores", "1", *profile, "--force", table)
        assert len(list(Path(folder).glob("*/*.sock"))) == workers


def test_the_papers_grid_is_planned_without_torch(finished_project):
    # `-X importtime` lists every module that is imported, on stderr.
    output = finished_project.run(
        *("python", "-X", "importtime", "-m", "snakemake", "--dry-run", "--quiet", "rules"),
        *("--configfile", "workflow/studies/bert-base.yaml"),
    )
    assert " torch" not in output.stderr
    assert " transformers" not in output.stderr
    assert " prunetransfer.config.study" in output.stderr


def test_the_papers_grid_has_each_run_once(finished_project):
    planned = finished_project.planned("--configfile", "workflow/studies/bert-base.yaml")
    sparsities, tasks, rates = 10, 5, 4
    # At one of the rates it is followed for twelve epochs, from five of which it is pruned; and from epoch 0.
    assert planned["trajectory"] == tasks * (rates - 1)
    assert planned["followed_trajectory"] == tasks
    assert planned["prune_after"] == tasks * 6
    # prune_pretrain and random share the unpruned model's runs; the other two arms have epochs of their own at 0 %.
    assert planned["finetune"] == (2 * (sparsities - 1) + 2 * sparsities) * tasks * rates
    assert planned["pretrain"] == 1 + 2 * (sparsities - 1)


@pytest.mark.parametrize(
    "change, key",
    [
        (lambda content: content.update(sparsities=[0, 100]), "sparsities.1"),
        (lambda content: content["arms"]["random"].update(epochs=0), "arms.random.epochs"),
        (lambda content: content.update(colour="red"), "colour"),
        (
            lambda content: content.update(
                tasks=["own"],
                task_definitions={
                    "own": {
                        "source": {"source": "files", "train": "nowhere/train.tsv", "dev": "nowhere/dev.tsv"},
                        "text": ["sentence"],
                        "labels": ["no", "yes"],
                    }
                },
            ),
            "task_definitions.own.source.train: nowhere/train.tsv does not exist",
        ),
    ],
)
def test_a_wrong_configuration_is_refused_before_any_job(project, change, key):
    project.configure(change)
    output = project.run("snakemake", "--cores", "1", check=False)
    assert output.returncode != 0
    assert key in output.stdout + output.stderr
    assert "Finished jobid" not in output.stdout + output.stderr


def test_tables_name_the_gaps_of_failed_runs(project, tmp_path):
    """On request, tables show the existing results and name the missing ones. No job trains, and no gap counts as 0."""
    results = project.folder / "results/miniature"
    lost = results / "finetuned/random/50/inference/lr1e-3/seed0/metrics.json"
    before = project.hashes()
    shutil.move(lost, tmp_path)
    project.run("snakemake", "--cores", "2", "--config", "allow_missing=true")
    assert not lost.exists()
    assert "random/50/inference/lr1e-3/seed0" in (results / "tables/table1.md").read_text()
    table = pd.read_csv(results / "tables/table1.csv").set_index(["arm", "sparsity", "task"])
    assert np.isnan(table.loc[("random", 50, "inference"), "dev_accuracy"])
    averages = pd.read_csv(results / "analysis/averages.csv")
    assert averages.query("arm == 'random' and sparsity == 50").empty
    assert set(project.planned()) >= {"finetune", "runs", "table1"}
    shutil.move(tmp_path / "metrics.json", lost)
    project.run("snakemake", "--cores", "2")
    assert project.hashes() == before


def test_another_study_is_not_merged_with_the_default(project):
    own = project.study().model_dump(mode="json") | {"study": "own", "tasks": ["question"], "task_definitions": {}}
    (project.folder / "own.yaml").write_text(yaml.safe_dump(own))
    planned = project.planned("--configfile", "own.yaml")
    assert planned["task"] == 1
    (project.folder / "own.yaml").unlink()
