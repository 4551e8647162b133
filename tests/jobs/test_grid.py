"""The runs and checkpoints of a grid are those that the study's configuration asks for."""

import pytest

from prunetransfer.config.reading import parse_study
from prunetransfer.jobs.grid import GridSettings
from prunetransfer.jobs.study_grid import grid


def _study(**changes):
    phase = {"steps": 10, "learning_rate": 1e-3}
    schedule = {"kind": "one_shot"}
    values = {
        "study": "small",
        "encoder": {"source": "fresh"},
        "corpus": {"sources": [{"source": "files", "files": ["a.txt"]}]},
        "pretraining": {"burn_in": phase, "prune": phase, "criteria": {"magnitude": schedule, "random": schedule}},
        "sparsities": [0, 30, 60],
        "tasks": ["t"],
        "task_definitions": {
            "t": {"source": {"source": "files", "train": "a", "dev": "b"}, "text": ["s"], "labels": [0, 1]}
        },
        "finetuning": {"learning_rates": [1e-3, 2e-3], "seeds": [0, 1]},
        "arms": {
            "prune_pretrain": {"epochs": 3},
            "information_deletion": {"epochs": 13},
            "prune_downstream": {"epochs": 3},
            "random": {"epochs": 3},
            "from_scratch": {"epochs": 3},
        },
    }
    return parse_study(values | changes)


def test_the_grid_of_a_study():
    found = grid(_study())
    assert found.arms == {
        "prune_pretrain": [0, 30, 60],
        "information_deletion": [0, 30, 60],
        "prune_downstream": [0, 30, 60],
        "random": [30, 60],  # as many epochs as the unpruned model at 0 %: the same runs
        "from_scratch": [0],
    }
    assert found.criteria == {
        "prune_pretrain": "magnitude",
        "information_deletion": "magnitude",
        "prune_downstream": None,
        "random": "random",
        "from_scratch": None,
    }
    assert GridSettings.model_validate_json(found.model_dump_json()) == found


def test_runs_and_checkpoints_are_each_listed_once():
    found = grid(_study())
    runs = list(found.runs())
    assert len(runs) == len(set(runs)) == (3 + 3 + 3 + 2 + 1) * 2 * 2
    assert list(found.checkpoints()) == [
        ("dense", 0),
        ("magnitude", 30),
        ("magnitude", 60),
        ("random", 30),
        ("random", 60),
    ]


def test_rows_show_a_shared_unpruned_model_in_every_arm():
    found = grid(_study())
    rows = list(found.rows())
    assert [row for row in rows if row[0] == "random"] == [
        ("random", 0, "prune_pretrain"),
        ("random", 30, "random"),
        ("random", 60, "random"),
    ]
    assert [row for row in rows if row[0] == "from_scratch"] == [("from_scratch", 0, "from_scratch")]


@pytest.mark.parametrize(
    ("arm", "sparsity", "checkpoint"),
    [
        ("random", 0, ("dense", 0)),
        ("random", 30, ("random", 30)),
        ("information_deletion", 60, ("magnitude", 60)),
        ("prune_downstream", 30, None),
        ("from_scratch", 0, None),
    ],
)
def test_checkpoint_of(arm, sparsity, checkpoint):
    assert grid(_study()).checkpoint_of(arm, sparsity) == checkpoint
