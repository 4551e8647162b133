"""Figure 7: how far weights move in the magnitude sort order, by their rank before fine-tuning."""

from pathlib import Path

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from prunetransfer.analysis.tables.reading import read_table
from prunetransfer.analysis.weights.mask_overlap import ALL
from prunetransfer.config.figures import FigureSettings
from prunetransfer.storage.inputs import Inputs

from . import style
from .panels import hide_box, legend_above, shade
from .parts import PART_STYLES
from .seeds import over_seeds, over_tasks

COLUMNS = ["panel", "task", "name", "learning_rate", "epoch", "start", "value", "ci_low", "ci_high"]
TASKS, PARTS = "tasks", "parts"
HEIGHT = 0.46
"""The figure's height as a share of its width."""


def draw(inputs: Inputs, settings: FigureSettings, output: Path) -> None:
    """Writes figure7.png, .pdf and .csv; `output` has no suffix. inputs: `movement_bins`, a table.

    The movement is measured at the largest learning rate, after the last epoch that is saved for all tasks, learning rates
    and seeds. `start` is the middle of a bin of ranks before fine-tuning, in percent. Left: all weights, a curve per task.
    Right: the parts of the encoder, a curve per part, mean over tasks. All are means over seeds. If there are several
    seeds, the left panel shades the 95 % intervals. The intervals of the parts are only in the CSV, because the interval
    of the pooler's few weights would hide the curves.
    """
    drawn = _drawn(read_table(inputs.file("movement_bins")))
    with style.figure_style(settings):
        figure = Figure(figsize=(settings.width, HEIGHT * settings.width), layout="constrained")
        # The panels have different scales, because a pooler's weights move ten times as far as the average weight.
        left, right = figure.subplots(1, 2)
        tasks = drawn[drawn["panel"] == TASKS]
        _draw_curves(left, tasks, "task", {task: (task, c) for task, c in style.task_styles(tasks["task"]).items()})
        _draw_curves(right, drawn[drawn["panel"] == PARTS], "name", PART_STYLES)
        epoch = drawn["epoch"].iloc[0]
        over = f"over {epoch} {'epoch' if epoch == 1 else 'epochs'}"
        left.set_ylabel(f"Sort-order movement {over} (% of size)")
        for axes in (left, right):
            axes.set_ylim(bottom=0)
        figure.get_layout_engine().set(wspace=0.05)
        style.save(figure, drawn, settings, output)


def _drawn(bins: pd.DataFrame) -> pd.DataFrame:
    runs = [set(run["epoch"]) for _, run in bins.groupby(["task", "learning_rate", "seed"])]
    rows = bins[
        (bins["epoch"] == max(set.intersection(*runs))) & (bins["learning_rate"] == bins["learning_rate"].max())
    ]
    rows = rows.assign(start=100 * (rows["bin"] + 0.5) / (bins["bin"].max() + 1))
    keys = ["learning_rate", "epoch", "start"]
    by_task = over_seeds(rows[rows["name"] == ALL], ["task", "name", *keys], "mean").assign(panel=TASKS)
    of_parts = over_tasks(rows[rows["name"] != ALL], ["name", *keys], "mean")
    by_part = over_seeds(of_parts, ["name", *keys], "mean").assign(panel=PARTS)
    return pd.concat([by_task, by_part], ignore_index=True).rename(columns={"mean": "value"}).reindex(columns=COLUMNS)


def _draw_curves(axes: Axes, drawn: pd.DataFrame, key: str, looks: dict[str, tuple[str, str]]) -> None:
    for name, points in drawn.groupby(key, sort=False):
        label, color = looks[name]
        if key == "task":
            shade(axes, points["start"], points["ci_low"], points["ci_high"], color)
        axes.plot(points["start"], points["value"], color=color, label=label)
    axes.set(xlabel="Starting rank by magnitude (%)", xlim=(0, 100))
    legend_above(axes)
    hide_box(axes)
