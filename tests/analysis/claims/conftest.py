"""A study's tables with invented numbers. Every claim holds on them unless a test changes a number."""

from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
import pytest

from prunetransfer.analysis.claims.evidence import Evidence
from prunetransfer.analysis.information import fits
from prunetransfer.storage.files import write_json
from prunetransfer.storage.inputs import Inputs

REFERENCE = Path(__file__).parents[3] / "workflow" / "reference"
PUBLISHED = {
    "published_table1": [REFERENCE / "table1.csv"],
    "published_table2": [REFERENCE / "table2.csv"],
    "published_movement": [REFERENCE / "figure4_movement_by_epoch.csv"],
    "published_tasks": [REFERENCE / "tasks.csv"],
}
"""The paper's tables, by their names among the inputs of the analysis `claims`."""
TASKS = {"cola": 8_000, "sst2": 67_000, "MNLI": 390_000}
SPARSITIES = [0, 30, 40, 50, 60, 70, 80, 90]
ARMS = ("prune_pretrain", "information_deletion", "prune_downstream", "random")
LOSSES = dict(zip(SPARSITIES, (0, 0.1, 0.3, 1.5, 2.5, 6, 9, 20), strict=True))
"""The points of dev accuracy that prune_pretrain loses at each sparsity."""
PRETRAIN = dict(zip(SPARSITIES, (1.82, 1.83, 1.85, 2.0, 2.2, 2.6, 3.2, 4.4), strict=True))
GAINS = {"cola": 0.5, "sst2": 1.0, "MNLI": 1.5}
"""The points that information deletion gains on prune_pretrain from 70 % on, for each task."""


def _accuracy(arm, sparsity, task):
    lost = LOSSES[sparsity]
    if arm == "information_deletion":
        # Linear in the pre-training loss, so that claim 7 holds.
        lost = 8 * (PRETRAIN[sparsity] - PRETRAIN[0]) if sparsity < 70 else lost - GAINS[task]
    return 90 - lost - {"random": 3, "prune_downstream": 0.1}.get(arm, 0) * (sparsity > 0)


def _train_loss(arm, sparsity, task):
    return {"information_deletion": 0.1}.get(arm, 0.2 + sparsity / 1000)


@dataclass
class Study:
    """The numbers of a study, by (arm, sparsity, task). Tests change them before they call `evidence` or `write`."""

    accuracy: dict = field(default_factory=dict)
    train_loss: dict = field(default_factory=dict)
    pretrain_loss: dict = field(default_factory=dict)
    half_widths: dict = field(default_factory=lambda: {"dev_accuracy": 0.2, "train_loss": 0.01})
    tables: dict = field(default_factory=dict)
    examples: dict = field(default_factory=lambda: dict(TASKS))

    def __post_init__(self):
        for arm in ARMS:
            for sparsity in SPARSITIES:
                self.pretrain_loss[arm, sparsity] = PRETRAIN[sparsity] + (arm == "random") * sparsity / 50
                for task in TASKS:
                    self.accuracy[arm, sparsity, task] = _accuracy(arm, sparsity, task)
                    self.train_loss[arm, sparsity, task] = _train_loss(arm, sparsity, task)
        self.tables |= _weight_tables()

    def write(self, folder: Path) -> Inputs:
        """Writes all inputs of the analysis `claims`, and returns them."""
        return Inputs(self.write_files(folder))

    def write_files(self, folder: Path) -> dict[str, list[Path]]:
        """Writes all inputs of the analysis `claims`, and returns the files by name."""
        tables = {"table1": self._table1(), "differences": self._differences(), "averages": self._averages()}
        tables |= {"information": self._information()}
        paths = {name: [folder / f"{name}.csv"] for name in tables | self.tables}
        for name, table in (tables | self.tables).items():
            table.to_csv(paths[name][0], index=False)
        paths["tasks"] = [folder / task / "manifest.json" for task in self.examples]
        for path, (task, examples) in zip(paths["tasks"], self.examples.items(), strict=True):
            write_json(path, {"kind": "task", "task": task, "splits": {"train": {"examples": examples}}})
        return paths | PUBLISHED

    def evidence(self, folder: Path) -> Evidence:
        return Evidence.from_study(self.write(folder))

    def _table1(self):
        rows = [
            {"arm": arm, "sparsity": s, "pretrain_loss": self.pretrain_loss[arm, s], "task": task}
            | {"dev_accuracy": self.accuracy.get((arm, s, task))}
            for arm, s in self.pretrain_loss
            for task in TASKS
        ]
        return pd.DataFrame(rows)

    def _differences(self):
        rows = []
        for quantity, values in (("dev_accuracy", self.accuracy), ("train_loss", self.train_loss)):
            half = self.half_widths[quantity]
            for arm, s in self.pretrain_loss:
                for other in {("prune_pretrain", 0), ("prune_pretrain", s), (arm, 0)} - {(arm, s)}:
                    by_task = {
                        task: values[arm, s, task] - values[*other, task]
                        for task in TASKS
                        if (arm, s, task) in values and (*other, task) in values
                    }
                    if len(by_task) == len(TASKS):
                        by_task["average"] = sum(by_task.values()) / len(TASKS)
                    for task, value in by_task.items():
                        bounds = (None, None, "none") if half is None else (value - half, value + half, "bootstrap")
                        rows.append((quantity, task, arm, s, *other, value, *bounds))
        columns = "quantity task arm sparsity reference_arm reference_sparsity difference ci_low ci_high method"
        return pd.DataFrame(rows, columns=columns.split()).assign(degrees_of_freedom=None)

    def _averages(self):
        rows = [
            (
                arm,
                s,
                "dev_accuracy",
                sum(self.accuracy[arm, s, task] for task in TASKS) / len(TASKS),
                None,
                None,
                3,
                "none",
            )
            for arm, s in self.pretrain_loss
            if all((arm, s, task) in self.accuracy for task in TASKS)
        ]
        return pd.DataFrame(
            rows, columns=["arm", "sparsity", "quantity", "value", "ci_low", "ci_high", "tasks", "method"]
        )

    def _information(self):
        return fits(self._table1(), {"CoLA": [90]})


def _weight_tables():
    columns = ["learning_rate", "task", "movement_mean_percent", "movement_std_percent", "ci_low", "ci_high"]
    table2 = pd.DataFrame(
        [(2e-5, task, 2.0 + place, 1.0, None, None) for place, task in enumerate(TASKS)], columns=columns
    )
    movement = pd.DataFrame(
        [
            (task, rate, seed, epoch, level, 100, (1 - 0.2**epoch) * (9 if level == "part" else 2), 1.0)
            for task in TASKS
            for rate, epochs in ((2e-5, 4), (5e-5, 3))
            for seed in (0, 1)
            for epoch in range(epochs)
            for level in ("all", "part")
        ],
        columns=["task", "learning_rate", "seed", "epoch", "level", "weights", "mean", "std"],
    )
    bins = pd.DataFrame(
        [
            (task, 2e-5, 0, epoch, name, place, 10, epoch * (3 - place / 10), 1.0)
            for task in TASKS
            for epoch in (0, 1, 2)
            for name in ("all", "attention")
            for place in range(20)
        ],
        columns=["task", "learning_rate", "seed", "epoch", "name", "bin", "weights", "mean", "std"],
    )
    masks = pd.DataFrame(
        [
            (comparison, s, task, None, 2e-5, 0, None, 3, name, 100, 3 + s / 100 + 50 * (comparison != "pretraining"))
            for comparison in ("pretraining", "tasks")
            for s in (30, 60)
            for task in TASKS
            for name in ("all", "matrix")
        ],
        columns=[
            "comparison",
            "sparsity",
            "task",
            "other_task",
            "learning_rate",
            "seed",
            "other_seed",
            "epoch",
            "name",
            "entries",
            "difference",
        ],
    )
    heads = pd.DataFrame(
        [
            (criterion, s, layer, head, 100, s + head - (layer == 1) * 4 + 40 * (criterion == "random"))
            for criterion in ("magnitude", "random")
            for s in (30, 60)
            for layer in (0, 1)
            for head in (0, 1, 2)
        ],
        columns=["criterion", "sparsity", "layer", "head", "weights", "head_sparsity"],
    )
    features = pd.DataFrame(
        [
            # Layer 0, the embeddings' output, must not be read: here it contradicts the claim.
            (criterion, s, layer, (1 - LOSSES[s] / 50 - (criterion == "random") * 0.06) * (layer or -9), 0, 0.5, 100)
            for criterion, sparsities in (("dense", [0]), ("magnitude", SPARSITIES[1:]), ("random", SPARSITIES[1:]))
            for s in sparsities
            for layer in (0, 1)
        ],
        columns=["criterion", "sparsity", "layer", "cosine", "cosine_std", "cka", "tokens"],
    )
    lengths = pd.DataFrame(
        [(length, 50, 0.1, 0.01, 0.4, 0.3, 0.5, 0.001) for length in (1, 2, 3)],
        columns=["length", "subwords", "mean_magnitude", "std", "spearman", "spearman_low", "spearman_high", "p_value"],
    )
    return {
        "table2": table2,
        "movement": movement,
        "movement_bins": bins,
        "mask_differences": masks,
        "head_sparsity": heads,
        "features": features,
        "embedding_lengths": lengths,
    }


@pytest.fixture
def study() -> Study:
    return Study()


@pytest.fixture(scope="session")
def published() -> Inputs:
    return Inputs(PUBLISHED)
