"""Figure 3: how much masks of pre-training and of fine-tuned weights differ, and whether it matters when to prune."""

from itertools import pairwise
from pathlib import Path

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from prunetransfer.analysis.tables.reading import read_table
from prunetransfer.analysis.weights.mask_overlap import ALL
from prunetransfer.config.figures import FigureSettings
from prunetransfer.config.methods import PRUNE_DOWNSTREAM
from prunetransfer.storage.inputs import Inputs

from . import style
from .panels import hide_box, legend_above, shade
from .seeds import over_seeds, over_tasks

COLUMNS = ["panel", "series", "task", "learning_rate", "sparsity", "epoch", "value", "ci_low", "ci_high"]
TYPES = {"learning_rate": float, "sparsity": int}
"""The types of the columns by which tables are joined. pandas can't infer them from a table without rows."""
DIFFERENCES, SETTLING = "differences", "settling"
PAIRS = {"tasks": ("Between tasks", "--"), "seeds": ("Between seeds", ":")}
"""Comparisons that are drawn as a mean over all pairs, with the label and the dashes of each."""
CHANCE = "chance"
ACCURACY, DRIFT = "dev_accuracy", "mask_difference"
COLORS = {ACCURACY: style.arm_styles([])[PRUNE_DOWNSTREAM].color, DRIFT: "#882255"}
NOT_MEASURED = "When to prune was not measured\nin this study (analyses.prune_after)."
HEIGHT = 0.46
"""The figure's height as a share of its width."""
DODGE, SPREAD = 0.08, 0.7
"""The points of a sparsity are drawn side by side. The space from one point to the next, and the largest space that all points
together may take, as shares of the distance between two sparsities."""


def draw(inputs: Inputs, settings: FigureSettings, output: Path) -> None:
    """Writes figure3.png, .pdf and .csv; `output` has no suffix. inputs: `mask_differences` and `settling`, tables.

    Left: the difference between the masks of pre-training and of fine-tuned weights, with a point per task and learning
    rate (mean over seeds). At each sparsity, learning rates rise from left to right, and the tasks of each are side by
    side. Lines show the mean difference between tasks and between seeds, and the difference of two unrelated masks.

    Right: accuracy by the epoch of pruning (mean over tasks), and the difference between the mask after this epoch and
    the mask at epoch 0. Both have 95 % intervals over seeds if there are several.
    """
    masks, settling = (read_table(inputs.file(name)).astype(TYPES) for name in ("mask_differences", "settling"))
    drawn = pd.concat([_differences(masks), _settling(masks, settling)], ignore_index=True)
    drawn = drawn.reindex(columns=COLUMNS)
    left, right = (drawn[drawn["panel"] == panel] for panel in (DIFFERENCES, SETTLING))
    with style.figure_style(settings):
        figure = Figure(figsize=(settings.width, HEIGHT * settings.width), layout="constrained")
        axes = figure.subplots(1, 2)
        _draw_differences(axes[0], left)
        _draw_settling(axes[1], right, settling)
        figure.get_layout_engine().set(wspace=0.05)
        style.save(figure, drawn, settings, output)


def _differences(masks: pd.DataFrame) -> pd.DataFrame:
    masks = masks[masks["name"] == ALL]
    pretraining = masks[masks["comparison"] == "pretraining"]
    points = pretraining.groupby(["task", "learning_rate", "sparsity"], sort=False, as_index=False)["difference"].mean()
    pairs = masks[masks["comparison"].isin(PAIRS)]
    pairs = pairs.groupby(["comparison", "sparsity"], as_index=False)["difference"].mean()
    here = masks[masks["comparison"].isin(["pretraining", *PAIRS])]
    chance = here.groupby("sparsity", as_index=False)["chance_difference"].mean()
    parts = [
        points.rename(columns={"difference": "value"}).assign(series="pretraining"),
        pairs.rename(columns={"difference": "value", "comparison": "series"}),
        chance.rename(columns={"chance_difference": "value"}).assign(series=CHANCE),
    ]
    return pd.concat(parts).assign(panel=DIFFERENCES)


def _settling(masks: pd.DataFrame, settling: pd.DataFrame) -> pd.DataFrame:
    keys = ["learning_rate", "sparsity", "epoch"]
    accuracy = over_seeds(over_tasks(settling, keys, "dev_accuracy"), keys, "dev_accuracy")
    epochs = masks[(masks["comparison"] == "epochs") & (masks["name"] == ALL)]
    followed = epochs.merge(settling[["learning_rate", "sparsity"]].drop_duplicates())
    drift = over_seeds(over_tasks(followed, keys, "difference"), keys, "difference")
    return pd.concat(
        [
            accuracy.rename(columns={"dev_accuracy": "value"}).assign(series=ACCURACY),
            drift.rename(columns={"difference": "value"}).assign(series=DRIFT),
        ]
    ).assign(panel=SETTLING)


def _draw_differences(axes: Axes, drawn: pd.DataFrame) -> None:
    points = drawn[drawn["series"] == "pretraining"]
    colors = style.task_styles(points["task"].unique())
    sparsity_percents = sorted(drawn["sparsity"].unique())
    gap = min((after - before for before, after in pairwise(sparsity_percents)), default=10)
    rates, tasks = sorted(points["learning_rate"].unique()), list(points["task"].unique())
    side_by_side = len(rates) * len(tasks)
    step = gap * min(DODGE, SPREAD / max(1, side_by_side))
    for task, of_task in points.groupby("task", sort=False):
        place = of_task["learning_rate"].map(rates.index) * len(tasks) + tasks.index(task)
        axes.plot(
            of_task["sparsity"] + step * (place - (side_by_side - 1) / 2),
            of_task["value"],
            **{"color": colors[task], "linestyle": "", "marker": "o", "markersize": 3.5, "label": task},
        )
    for series, (label, dashes) in PAIRS.items():
        pairs = drawn[drawn["series"] == series]
        if not pairs.empty:
            axes.plot(pairs["sparsity"], pairs["value"], color=style.INK, linestyle=dashes, linewidth=1, label=label)
    chance = drawn[drawn["series"] == CHANCE]
    top = drawn.loc[drawn["series"] != CHANCE, "value"].max()
    if chance["value"].min() < top:
        axes.plot(chance["sparsity"], chance["value"], color=style.PAPER_GREY, linewidth=0.8, label="By chance")
    elif not chance.empty:
        text = f"by chance: {chance['value'].min():.0f} to {chance['value'].max():.0f} %"
        axes.text(0.98, 0.98, text, transform=axes.transAxes, ha="right", va="top", color="0.45")
        axes.margins(y=0.12)  # room for the text
    axes.set(xlabel="Sparsity (%)", ylabel="Mask entries that differ (%)", xticks=sparsity_percents)
    axes.set_ylim(bottom=0)
    legend_above(axes)
    hide_box(axes)


def _draw_settling(axes: Axes, drawn: pd.DataFrame, settling: pd.DataFrame) -> None:
    if settling.empty:
        axes.set_axis_off()
        axes.text(0.5, 0.5, NOT_MEASURED, transform=axes.transAxes, ha="center", va="center", color="0.45")
        return
    percent, further = settling["sparsity"].iloc[0], settling["further_epochs"].iloc[0]
    axes.set_title(f"Pruned to {percent} %, then {further} more {'epoch' if further == 1 else 'epochs'}")
    twin = axes.twinx()
    twin.grid(False)
    for side in (axes, twin):
        side.spines["top"].set_visible(False)
    labels = {ACCURACY: "Dev accuracy, mean over tasks (%)", DRIFT: "Mask entries changed since epoch 0 (%)"}
    for side, series, marker in ((axes, ACCURACY, "o"), (twin, DRIFT, "s")):
        points = drawn[drawn["series"] == series].sort_values("epoch")
        color = COLORS[series]
        shade(side, points["epoch"], points["ci_low"], points["ci_high"], color)
        side.plot(points["epoch"], points["value"], color=color, marker=marker)
        side.set_ylabel(labels[series], color=color)
        side.tick_params(axis="y", colors=color)
    twin.set_ylim(bottom=0)
    axes.set(xlabel="Epochs of fine-tuning before pruning", xticks=sorted(settling["epoch"].unique()))
