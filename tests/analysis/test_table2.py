from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from prunetransfer.analysis.table2 import analyse
from prunetransfer.analysis.tables.gaps import MissingResultsError
from prunetransfer.jobs.settings.analyses import Table2Settings
from prunetransfer.storage.inputs import Inputs

REFERENCE = Path(__file__).parents[2] / "workflow" / "reference" / "table2.csv"


def movement(tasks=("sst2", "miniature"), rates=(5e-5, 2e-5), seeds=(0, 1, 2)) -> pd.DataFrame:
    """movement.csv with numbers that are computed from epoch, learning rate, task and seed."""
    rows = []
    for epoch in (0, 3, 12):
        for number, task in enumerate(tasks):
            for rate in rates:
                for seed in seeds:
                    mean = epoch * (1e5 * rate + number + 0.1 * seed**2)
                    run = (task, rate, seed, epoch)
                    rows += [(*run, "part", "pooler", 10, 99.0, 99.0), (*run, "all", "all", 90, mean, mean / 2)]
    columns = ["task", "learning_rate", "seed", "epoch", "level", "name", "weights", "mean", "std"]
    return pd.DataFrame(rows, columns=columns)


def table2(measured, folder, epochs=3):
    measured.to_csv(folder / "movement.csv", index=False)
    inputs = Inputs({"movement": [folder / "movement.csv"], "published": [REFERENCE]})
    analyse(inputs, Table2Settings(epochs=epochs), folder / "table2.csv")
    texts = [(folder / f"table2.{suffix}").read_text() for suffix in ("md", "tex")]
    return pd.read_csv(folder / "table2.csv"), *texts


def test_rows_are_means_over_seeds_with_their_interval(tmp_path):
    table, markdown, latex = table2(movement(), tmp_path)
    assert table[["learning_rate", "task"]].to_numpy().tolist() == [
        [rate, task] for rate in (2e-5, 5e-5) for task in ("sst2", "miniature")
    ]
    for row in table.itertuples():
        seeds = 3 * (1e5 * row.learning_rate + (row.task == "miniature") + 0.1 * np.array([0, 1, 4]))
        expected = stats.t.interval(0.95, 2, loc=seeds.mean(), scale=stats.sem(seeds))
        assert row.movement_mean_percent == pytest.approx(seeds.mean())
        assert row.movement_std_percent == pytest.approx(seeds.mean() / 2)
        assert (row.ci_low, row.ci_high) == pytest.approx(expected)
        assert f"{seeds.mean():.2f} ± {seeds.mean() / 2:.2f}" in markdown
        assert rf"{seeds.mean():.2f} $\pm$ {seeds.mean() / 2:.2f}" in latex


def test_published_numbers_stand_beside_the_papers_tasks_alone(tmp_path):
    table, markdown, _ = table2(movement(rates=(2e-5, 1e-3)), tmp_path)
    published = table.set_index(["learning_rate", "task"])[["paper_mean_percent", "paper_std_percent"]]
    assert published.loc[2e-5, "sst2"].tolist() == [1.06, 1.03]
    assert published.notna().sum().tolist() == [1, 1]
    ours = table.loc[0, "movement_mean_percent"]
    assert f"{ours - 1.06:+.2f}" in markdown
    _, markdown, latex = table2(movement(tasks=["miniature"]), tmp_path)
    assert "published" not in markdown + latex


def test_one_seed_has_no_interval(tmp_path):
    table, markdown, _ = table2(movement(seeds=[4]), tmp_path)
    assert table[["ci_low", "ci_high"]].isna().all(axis=None)
    assert "95 %" not in markdown


def test_what_is_missing_is_a_gap_and_named(tmp_path):
    measured = movement()
    gap = (measured["task"] == "sst2") & (measured["learning_rate"] == 2e-5)
    table, markdown, latex = table2(measured[~gap], tmp_path)
    assert len(table) == 3
    assert "–" in markdown
    assert "1 of 4 measurements are missing: sst2 at 2e-05" in " ".join(markdown.split())
    assert " -- " in latex
    with pytest.raises(MissingResultsError, match="after 5 epochs of fine-tuning; measured after: 0, 3, 12"):
        table2(measured, tmp_path, epochs=5)


def test_latex_has_a_cell_for_each_column(tmp_path):
    _, _, latex = table2(movement(tasks=["a_b", "sst2", "c"]), tmp_path)
    rows = [line for line in latex.splitlines() if line.endswith(r"\\")]
    assert all(row.count(" & ") == 4 for row in rows)
    assert r"a\_b" in latex
