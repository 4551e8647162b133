import json

import pandas as pd
import pytest

from prunetransfer.analysis.runs import NonFiniteScoreError, OtherRunError, analyse, runs_in
from prunetransfer.analysis.tables.gaps import MissingResultsError
from prunetransfer.analysis.tables.reading import read_table
from prunetransfer.storage import paths
from prunetransfer.storage.files import read_json, write_json

CONTRACT = (
    "arm, sparsity, task, learning_rate, seed, epochs, metric, dev_score, dev_accuracy, train_loss, steps, "
    "examples_per_second, seconds"
)


def test_a_row_per_run_with_the_contracts_columns(make_study, tmp_path):
    study = make_study()
    analyse(study.of_runs(), study.grid, tmp_path / "runs.csv")
    runs = read_table(tmp_path / "runs.csv")
    assert list(runs.columns) == CONTRACT.split(", ")
    assert list(runs_in(runs)) == list(study.grid.runs())
    for run, row in zip(study.grid.runs(), runs.to_dict("records"), strict=True):
        metrics = read_json(study.metrics(run))
        assert row["dev_score"] == metrics["dev_score"]
        assert row["train_loss"] == metrics["train_loss"]
        assert pd.isna(row["dev_accuracy"]) == (run.task == "similarity")
        assert (row["seconds"], row["examples_per_second"], row["epochs"]) == (2.5, 400.0, 3)


def test_missing_runs_are_named_or_left_out(make_study, tmp_path, capsys):
    study = make_study()
    runs = list(study.grid.runs())
    for run in runs[:7]:
        study.metrics(run).unlink()
    with pytest.raises(MissingResultsError, match=f"7 of {len(runs)} runs are missing: .* and 2 more") as error:
        analyse(study.of_runs(), study.grid, tmp_path / "runs.csv")
    for run in runs[:5]:
        assert paths.RUN.format(**run.wildcards()) in str(error.value)
    assert not (tmp_path / "runs.csv").exists()

    analyse(study.of_runs(), study.grid.model_copy(update={"allow_missing": True}), tmp_path / "runs.csv")
    assert len(read_table(tmp_path / "runs.csv")) == len(runs) - 7
    assert "7 of" in capsys.readouterr().err


def test_a_missing_time_is_an_empty_field(make_study, tmp_path):
    study = make_study()
    for file in (tmp_path / "results" / "fake" / "timing").rglob("*.json"):
        file.unlink()
    analyse(study.of_runs(), study.grid, tmp_path / "runs.csv")
    assert read_table(tmp_path / "runs.csv")["seconds"].isna().all()


@pytest.mark.parametrize("value", [None, float("nan")])
def test_a_score_that_is_not_a_number_is_refused(make_study, tmp_path, value):
    study = make_study()
    file = study.metrics(next(study.grid.runs()))
    write_json(file, json.loads(file.read_text()) | {"dev_score": value})
    with pytest.raises(NonFiniteScoreError, match=r"lr3e-5/seed0/metrics.json: dev_score must be a finite number"):
        analyse(study.of_runs(), study.grid, tmp_path / "runs.csv")


@pytest.mark.parametrize("change", [{"sparsity": 30}, {"learning_rate": 2e-5}, {"arm": None}], ids=str)
def test_metrics_of_another_run_are_refused(make_study, tmp_path, change):
    study = make_study()
    file = study.metrics(next(study.grid.runs()))
    write_json(file, read_json(file) | change)
    expected = "arm prune_pretrain, sparsity 0, task sst2, learning_rate 3e-05, seed 0"
    with pytest.raises(OtherRunError, match=rf"lr3e-5/seed0/metrics.json: is of the run .*; expected {expected}"):
        analyse(study.of_runs(), study.grid, tmp_path / "runs.csv")


def test_metrics_that_name_no_run_are_refused(make_study, tmp_path):
    study = make_study()
    file = study.metrics(next(study.grid.runs()))
    metrics = read_json(file)
    del metrics["seed"]
    write_json(file, metrics)
    with pytest.raises(OtherRunError, match="seed None; expected"):
        analyse(study.of_runs(), study.grid, tmp_path / "runs.csv")
