"""Figure 4: how evenly attention heads are pruned, and how far weights move in the sort order in each epoch."""

from pathlib import Path

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from prunetransfer.analysis.tables.published import plain, read_published
from prunetransfer.analysis.tables.reading import read_table
from prunetransfer.analysis.weights.criteria import MAGNITUDE
from prunetransfer.analysis.weights.mask_overlap import ALL
from prunetransfer.config.figures import FigureSettings
from prunetransfer.config.methods import PRUNE_PRETRAIN
from prunetransfer.storage.inputs import Inputs

from . import style
from .panels import hide_box, legend_above, shade
from .seeds import over_seeds

COLUMNS = ["panel", "source", "task", "learning_rate", "sparsity", "epoch", "value", "low", "high"]
HEADS, MOVEMENT = "heads", "movement"
HEIGHT = 0.46
"""The figure's height as a share of its width."""


def draw(inputs: Inputs, settings: FigureSettings, output: Path) -> None:
    """Writes figure4.png, .pdf and .csv; `output` has no suffix.

    inputs: `head_sparsity` and `movement`, tables; `published`, the paper's movement by epoch, which is read if
    `settings.paper_curves` is set.

    Left: the mean sparsity of the attention heads, and the lowest and the highest sparsity (`low` and `high`). Right: the
    movement of all prunable weights by task, at the learning rate with the most saved epochs (if there are several, the
    largest of these). It is a mean over seeds, with its 95 % interval if there are several. The paper's curves are grey,
    and are drawn for tasks of the study that are tasks of the paper.
    """
    movement = _movement(read_table(inputs.file("movement")))
    parts = [_heads(read_table(inputs.file("head_sparsity"))), movement]
    if settings.paper_curves:
        parts.append(_published(read_published(inputs.file("published")), movement["task"].unique()))
    drawn = pd.concat(parts, ignore_index=True).reindex(columns=COLUMNS)
    left, right = (drawn[drawn["panel"] == panel] for panel in (HEADS, MOVEMENT))
    with style.figure_style(settings):
        figure = Figure(figsize=(settings.width, HEIGHT * settings.width), layout="constrained")
        axes = figure.subplots(1, 2)
        _draw_heads(axes[0], left)
        _draw_movement(axes[1], right)
        figure.get_layout_engine().set(wspace=0.05)
        style.save(figure, drawn, settings, output)


def _heads(heads: pd.DataFrame) -> pd.DataFrame:
    of_criterion = heads[heads["criterion"] == MAGNITUDE].groupby("sparsity")["head_sparsity"]
    over_heads = of_criterion.agg(value="mean", low="min", high="max").reset_index()
    return over_heads.assign(panel=HEADS, source="study")


def _movement(movement: pd.DataFrame) -> pd.DataFrame:
    over_all = movement[movement["level"] == ALL]
    epochs = over_all.groupby("learning_rate")["epoch"].nunique()
    followed = epochs[epochs == epochs.max()].index.max()
    keys = ["task", "learning_rate", "epoch"]
    means = over_seeds(over_all[over_all["learning_rate"] == followed], keys, "mean")
    return means.rename(columns={"mean": "value", "ci_low": "low", "ci_high": "high"}).assign(
        panel=MOVEMENT, source="study"
    )


def _published(published: pd.DataFrame, tasks: list[str]) -> pd.DataFrame:
    names = {plain(task): task for task in tasks}
    ours = published[published["task"].isin(names)]
    return pd.DataFrame(
        {"task": ours["task"].map(names), "epoch": ours["epoch"], "value": ours["movement_mean_percent"]}
    ).assign(panel=MOVEMENT, source="paper")


def _draw_heads(axes: Axes, drawn: pd.DataFrame) -> None:
    color, marker = style.arm_styles([])[PRUNE_PRETRAIN]
    axes.plot([0, 100], [0, 100], color=style.INK, linestyle="--", linewidth=0.8, label="all heads alike", zorder=1.8)
    shade(axes, drawn["sparsity"], drawn["low"], drawn["high"], color)
    spread = drawn["value"] - drawn["low"], drawn["high"] - drawn["value"]
    axes.errorbar(
        drawn["sparsity"],
        drawn["value"],
        spread,
        **{"color": color, "marker": marker, "elinewidth": 0.8, "capsize": 2, "label": "mean, lowest and highest head"},
    )
    axes.set(xlabel="Sparsity of the matrices (%)", ylabel="Sparsity of an attention head (%)")
    axes.set(xlim=(0, 100), ylim=(0, 100), xticks=range(0, 101, 20))
    legend_above(axes)
    hide_box(axes)


def _draw_movement(axes: Axes, drawn: pd.DataFrame) -> None:
    study, paper = (drawn[drawn["source"] == source] for source in ("study", "paper"))
    colors = style.task_styles(study["task"].unique())
    for task, points in study.groupby("task", sort=False):
        points = points.sort_values("epoch")
        shade(axes, points["epoch"], points["low"], points["high"], colors[task])
        axes.plot(points["epoch"], points["value"], color=colors[task], marker="o", markersize=3, label=task)
    for task, points in paper.groupby("task", sort=False):
        axes.plot(
            points["epoch"],
            points["value"],
            **{"color": style.PAPER_GREY, "linewidth": 0.8, "label": style.PAPER_LABEL, "zorder": 1.5},
        )
        last = points.iloc[-1]
        axes.annotate(
            task,
            (last["epoch"], last["value"]),
            **{"xytext": (3, 0), "textcoords": "offset points", "va": "center", "fontsize": "x-small", "color": "0.5"},
        )
    axes.set(xlabel="Epochs of fine-tuning", ylabel="Sort-order movement (% of size)")
    axes.set_ylim(bottom=0)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    legend_above(axes)
    hide_box(axes)
