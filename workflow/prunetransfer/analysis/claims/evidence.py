"""The tables on which claims are tested: a study's tables, or the tables that the paper published."""

from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from prunetransfer.storage.files import read_json
from prunetransfer.storage.inputs import Inputs

from ..information import fits
from ..tables.published import PAPER_LEAVES_OUT, plain
from ..tables.reading import read_table
from ..weights.mask_overlap import ALL
from .published_differences import published_differences
from .verdict import Finding

PAPER_FOLLOWS = 5e-5
"""The learning rate of the fine-tuning of which the paper shows every epoch (Figure 4)."""


@dataclass(frozen=True)
class Evidence:
    """Tables with the columns of their CSV files, in percent and nats.

    A table is None if the paper does not publish it. A study's table may have no rows.
    """

    table1: pd.DataFrame
    """Its arms, sparsities and tasks show which comparisons there should be."""
    differences: pd.DataFrame
    information: pd.DataFrame
    movement: pd.DataFrame
    """Columns task, learning_rate, seed, epoch and mean. The mean is over all prunable weights of the model."""
    table2: pd.DataFrame
    train_examples: dict[str, int]
    """The number of training examples of each task, by `plain(task)`."""
    averages: pd.DataFrame | None = None
    movement_bins: pd.DataFrame | None = None
    mask_differences: pd.DataFrame | None = None
    head_sparsity: pd.DataFrame | None = None
    features: pd.DataFrame | None = None
    embedding_lengths: pd.DataFrame | None = None
    exact: bool = False
    """Whether differences count as exact values without intervals, as published differences do."""

    @cached_property
    def comparisons(self) -> dict[tuple[str, str, str, int, str, int], Finding]:
        """Rows of `differences` by quantity, task, arm, sparsity, reference arm and reference sparsity (in percent)."""
        key = ["quantity", "task", "arm", "sparsity", "reference_arm", "reference_sparsity"]
        rows = self.differences.set_index(key)[["difference", "ci_low", "ci_high", "degrees_of_freedom"]]
        return {
            cell: Finding(*numbers[:3], exact=self.exact, degrees_of_freedom=numbers[3])
            for cell, numbers in zip(rows.index, rows.to_numpy(float), strict=True)
        }

    @classmethod
    def from_study(cls, inputs: Inputs) -> "Evidence":
        """A study's tables. inputs: the CSV file of each table, by the table's name, and `tasks`, the tasks' manifests.

        A table may have no rows. Raises InputsError if a table is missing.
        """
        names = [
            *("table1", "table2", "differences", "averages", "information", "movement", "movement_bins"),
            *("mask_differences", "head_sparsity", "features", "embedding_lengths"),
        ]
        tables = {name: read_table(inputs.file(name)) for name in names}
        movement = tables["movement"]
        tables["movement"] = movement[movement["level"] == ALL]
        tasks = [read_json(manifest) for manifest in inputs.files("tasks")]
        examples = {plain(str(task["task"])): task["splits"]["train"]["examples"] for task in tasks}
        return cls(**tables, train_examples=examples)

    @classmethod
    def published(cls, inputs: Inputs) -> "Evidence":
        """The paper's numbers.

        inputs: `published_table1`, `published_table2`, `published_movement` (Figure 4) and `published_tasks` (sizes of
        the training sets). Raises InputsError if a table is missing.
        """
        table1, table2, followed, tasks = (
            read_table(inputs.file(f"published_{name}")) for name in ("table1", "table2", "movement", "tasks")
        )
        followed = followed.rename(columns={"movement_mean_percent": "mean"})
        return cls(
            table1=table1,
            differences=published_differences(table1),
            information=fits(table1, PAPER_LEAVES_OUT),
            movement=followed.assign(learning_rate=PAPER_FOLLOWS, seed=0),
            table2=table2,
            train_examples=dict(zip(tasks["task"].map(plain), tasks["train_examples"], strict=True)),
            exact=True,
        )
