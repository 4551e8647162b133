"""Tables of a study with several seeds. Their numbers are invented, and computed from the other columns."""

import pandas as pd
import pytest

TASKS = ("SST-2", "cola", "other")
RATES = (2e-5, 5e-5)
SEEDS = (0, 1)
FOLLOWED = 5e-5
"""The learning rate with snapshots after each epoch. The other learning rate has a snapshot only after 3 epochs."""
PARTS = ("embeddings", "attention")


def _runs():
    for number, task in enumerate(TASKS):
        for rate in RATES:
            for seed in SEEDS:
                for epoch in range(5) if rate == FOLLOWED else (0, 3):
                    yield (task, rate, seed, epoch), (number + 1) * 1e5 * rate * epoch + 0.1 * epoch * seed


@pytest.fixture
def movement() -> pd.DataFrame:
    rows = []
    for run, value in _runs():
        rows += [(*run, "part", part, 10, 99.0, 99.0) for part in PARTS]
        rows.append((*run, "all", "all", 20, value, 1.0))
    columns = ["task", "learning_rate", "seed", "epoch", "level", "name", "weights", "mean", "std"]
    return pd.DataFrame(rows, columns=columns)


@pytest.fixture
def movement_bins() -> pd.DataFrame:
    """movement_bins.csv with four bins."""
    rows = [
        (*run, name, number, 5, value / (number + 1) + place, 1.0)
        for run, value in _runs()
        for place, name in enumerate([*PARTS, "all"])
        for number in range(4)
    ]
    return pd.DataFrame(
        rows, columns=["task", "learning_rate", "seed", "epoch", "name", "bin", "weights", "mean", "std"]
    )


@pytest.fixture
def head_sparsity() -> pd.DataFrame:
    rows = [
        (criterion, sparsity, layer, head, 64, sparsity + spread * (layer - head))
        for criterion, spread in (("magnitude", 2.0), ("random", 9.0))
        for sparsity in (30, 60)
        for layer in (0, 1)
        for head in (0, 1)
    ]
    return pd.DataFrame(rows, columns=["criterion", "sparsity", "layer", "head", "weights", "head_sparsity"])


@pytest.fixture
def mask_differences() -> pd.DataFrame:
    """mask_differences.csv with comparisons at 30 and 60 % (`epochs` only at 60 %), and rows of one matrix, which no figure
    shows."""
    rows = []
    for run, value in _runs():
        task, rate, seed, epoch = run
        rows.append({"comparison": "epochs", "sparsity": 60, "epoch": epoch, "difference": value, **_run(run)})
        for sparsity in (30, 60) if epoch == 3 else ():
            here = {"sparsity": sparsity, "epoch": 3, **_run(run)}
            rows.append({"comparison": "pretraining", "difference": value / 10 + sparsity / 100, **here})
            for other in TASKS[TASKS.index(task) + 1 :]:
                rows.append(
                    {"comparison": "tasks", "difference": 1 + rate * 1e5 / sparsity, "other_task": other, **here}
                )
            if seed == 0:
                rows.append({"comparison": "seeds", "difference": 2 + rate * 1e5 / sparsity, "other_seed": 1, **here})
    table = pd.DataFrame(rows).assign(name="all", entries=100, jaccard=90.0, chance_jaccard=25.0)
    share = table["sparsity"] / 100
    table = table.assign(chance_difference=100 * 2 * share * (1 - share))
    return pd.concat([table, table.assign(name="matrix", difference=77.0)], ignore_index=True)


def _run(run):
    return dict(zip(("task", "learning_rate", "seed"), run[:3], strict=True))


@pytest.fixture
def settling() -> pd.DataFrame:
    rows = [
        (task, FOLLOWED, seed, epoch, 60, 2, 80 + 10 * number - epoch + seed, 0.3)
        for number, task in enumerate(TASKS)
        for seed in SEEDS
        for epoch in (0, 1, 4)
    ]
    columns = ["task", "learning_rate", "seed", "epoch", "sparsity", "further_epochs", "dev_accuracy", "train_loss"]
    return pd.DataFrame(rows, columns=columns)
