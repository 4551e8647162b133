import numpy as np
import pandas as pd
import pytest
from scipy import stats

from prunetransfer.figures.seeds import over_seeds, over_tasks


@pytest.fixture
def table() -> pd.DataFrame:
    generator = np.random.default_rng(0)
    rows = [(task, seed, x, generator.normal()) for x in (2, 1) for task in "ab" for seed in (0, 1, 2)]
    return pd.DataFrame(rows, columns=["task", "seed", "x", "value"])


def test_intervals_over_seeds(table):
    found = over_seeds(table, ["task", "x"], "value")
    assert found["x"].tolist() == [2, 2, 1, 1]
    for row in found.itertuples():
        seeds = table.loc[(table["task"] == row.task) & (table["x"] == row.x), "value"]
        expected = stats.t.interval(0.95, 2, loc=seeds.mean(), scale=stats.sem(seeds))
        assert (row.value, row.ci_low, row.ci_high) == pytest.approx((seeds.mean(), *expected))
    alone = over_seeds(table[table["seed"] == 1], ["x", "task"], "value")
    assert alone[["ci_low", "ci_high"]].isna().all(axis=None)
    assert alone["value"].tolist() == table.loc[table["seed"] == 1, "value"].tolist()


def test_an_average_over_tasks_needs_all_of_them(table):
    gap = (table["task"] == "a") & (table["seed"] == 1) & (table["x"] == 2)
    found = over_tasks(table[~gap], ["x"], "value").set_index(["x", "seed"])["value"]
    assert sorted(found.index) == [(1, 0), (1, 1), (1, 2), (2, 0), (2, 2)]
    for (x, seed), value in found.items():
        assert value == pytest.approx(table.loc[(table["x"] == x) & (table["seed"] == seed), "value"].mean())


def test_an_empty_table_stays_empty(table):
    means = over_tasks(table[:0], ["x"], "value")
    assert means.empty
    assert over_seeds(means, ["x"], "value").empty
