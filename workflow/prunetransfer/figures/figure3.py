"""Figure 3: whether the masks of pre-training and of fine-tuned weights differ, and whether it matters when to prune."""

from itertools import pairwise
from pathlib import Path

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from prunetransfer.config.figures import FigureSettings

from . import style
from .panels import hide_box, legend_above, shade
from .seeds import over_seeds, over_tasks

COLUMNS = ["panel", "series", "task", "learning_rate", "sparsity", "epoch", "value", "ci_low", "ci_high"]
TYPES = {"task": str, "other_task": str, "learning_rate": float, "sparsity": int}
"""Said, since a table without rows tells none."""
DIFFERENCES, SETTLING = "differences", "settling"
PAIRS = {"tasks": ("Between tasks", "--"), "seeds": ("Between seeds", ":")}
"""Mean over all pairs."""
CHANCE = "chance"
ACCURACY, DRIFT = "dev_accuracy", "mask_difference"
COLORS = {ACCURACY: style.arm_styles([])["prune_downstream"].color, DRIFT: "#882255"}
NOT_MEASURED = "When to prune was not measured\nin this study (analyses.prune_after)."
HEIGHT = 0.46
"""Of the width."""
DODGE, SPREAD = 0.08, 0.7
"""Of the distance of two sparsities: between neighbouring points of one sparsity, and the most that all of them take."""


def draw(inputs: list[Path], settings: FigureSettings, output: Path) -> None:
    """Writes figure3.png, .pdf and .csv from mask_differences.csv and settling.csv; `output` has no suffix.

    Left: pre-training's masks against those of fine-tuned weights, a point per task and learning rate (mean over seeds;
    of a sparsity's points the learning rate rises from left to right, tasks side by side), the mean difference between
    tasks and between seeds, and what chance would give. Right: accuracy after pruning at some epoch, mean over tasks,
    and how far the mask has moved by then from that of epoch 0; both with their 95 % interval over seeds where there
    are several.
    """
    masks, settling = (pd.read_csv(path, dtype=TYPES) for path in inputs)
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
    masks = masks[masks["name"] == "all"]
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
    epochs = masks[(masks["comparison"] == "epochs") & (masks["name"] == "all")]
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
    sparsities = sorted(drawn["sparsity"].unique())
    gap = min((after - before for before, after in pairwise(sparsities)), default=10)
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
        axes.margins(y=0.12)  # room for it
    axes.set(xlabel="Sparsity (%)", ylabel="Mask entries that differ (%)", xticks=sparsities)
    axes.set_ylim(bottom=0)
    legend_above(axes)
    hide_box(axes)


def _draw_settling(axes: Axes, drawn: pd.DataFrame, settling: pd.DataFrame) -> None:
    if settling.empty:
        axes.set_axis_off()
        axes.text(0.5, 0.5, NOT_MEASURED, transform=axes.transAxes, ha="center", va="center", color="0.45")
        return
    sparsity, further = settling["sparsity"].iloc[0], settling["further_epochs"].iloc[0]
    axes.set_title(f"Pruned to {sparsity} %, then {further} more {'epoch' if further == 1 else 'epochs'}")
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
