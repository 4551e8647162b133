"""What claims are tested on: a study's tables, or as many of the paper's as were published."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd

from prunetransfer.storage.files import read_json

from ..information import fits
from ..tables.gaps import MissingResultsError
from ..tables.published import plain
from .inputs import REFERENCE, read_table, sort_inputs
from .published_differences import published_differences
from .verdict import Estimate

PAPER_LEAVES_OUT = {"CoLA": [90]}
"""The point that the paper's own lines of best fit leave out (Figure 2)."""
PAPER_FOLLOWS = 5e-5
"""The learning rate of the paper's fine-tuning that was followed epoch by epoch (Figure 4)."""


@dataclass(frozen=True)
class Evidence:
    """Tables as their CSV files have them, in percent and nats. None: nobody published it. A study's may have no rows."""

    table1: pd.DataFrame
    """arm, sparsity, task and what they came to; which comparisons there should be is read from here."""
    differences: pd.DataFrame
    information: pd.DataFrame
    movement: pd.DataFrame
    """task, learning_rate, seed, epoch, mean: over all of a model's weights."""
    table2: pd.DataFrame
    train_examples: dict[str, int]
    """By task, as `plain` spells it."""
    averages: pd.DataFrame | None = None
    movement_bins: pd.DataFrame | None = None
    mask_differences: pd.DataFrame | None = None
    head_sparsity: pd.DataFrame | None = None
    features: pd.DataFrame | None = None
    embedding_lengths: pd.DataFrame | None = None
    exact: bool = False
    """Differences come without intervals and stand for themselves: the published ones."""

    @cached_property
    def comparisons(self) -> dict[tuple[str, str, str, int, str, int], Estimate]:
        """Rows of `differences` by quantity, task, arm, sparsity, reference arm and reference sparsity."""
        key = ["quantity", "task", "arm", "sparsity", "reference_arm", "reference_sparsity"]
        rows = self.differences.set_index(key)[["difference", "ci_low", "ci_high", "degrees_of_freedom"]]
        return {
            cell: Estimate(*numbers[:3], exact=self.exact, degrees_of_freedom=numbers[3])
            for cell, numbers in zip(rows.index, rows.to_numpy(float), strict=True)
        }

    @classmethod
    def from_study(cls, inputs: Sequence[Path]) -> "Evidence":
        """From a study's tables and its tasks' manifests, told by their names; what is in `reference/` is passed over.

        Raises MissingResultsError that names the tables that aren't among them. One with a header alone is fine.
        """
        tables, manifests = sort_inputs(inputs)
        names = [
            *("table1", "table2", "differences", "averages", "information", "movement", "movement_bins"),
            *("mask_differences", "head_sparsity", "features", "embedding_lengths"),
        ]
        _require(names, tables)
        study = {name: read_table(tables[name]) for name in names}
        movement = study["movement"]
        study["movement"] = movement[movement["level"] == "all"]
        tasks = [read_json(manifest) for manifest in manifests]
        examples = {plain(str(task["task"])): task["splits"]["train"]["examples"] for task in tasks}
        return cls(**study, train_examples=examples)

    @classmethod
    def published(cls, inputs: Sequence[Path]) -> "Evidence":
        """From those of the inputs that are in a folder `reference`. Raises MissingResultsError as `from_study` does."""
        tables = {path.stem: path for path in inputs if path.parent.name == REFERENCE}
        _require(["table1", "table2", "figure4_movement_by_epoch", "tasks"], tables, f"{REFERENCE}/")
        table1 = read_table(tables["table1"])
        followed = read_table(tables["figure4_movement_by_epoch"]).rename(columns={"movement_mean_percent": "mean"})
        tasks = read_table(tables["tasks"])
        return cls(
            table1=table1,
            differences=published_differences(table1),
            information=fits(table1, PAPER_LEAVES_OUT),
            movement=followed.assign(learning_rate=PAPER_FOLLOWS, seed=0),
            table2=read_table(tables["table2"]),
            train_examples=dict(zip(tasks["task"].map(plain), tasks["train_examples"], strict=True)),
            exact=True,
        )


def _require(names: list[str], tables: dict[str, Path], folder: str = "") -> None:
    missing = [f"{folder}{name}.csv" for name in names if name not in tables]
    if missing:
        raise MissingResultsError(f"the claims need {', '.join(missing)} among their inputs")
