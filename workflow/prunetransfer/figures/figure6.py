"""Figure 6: how much of the lost dev accuracy is due to deleted information, and how much to restricted complexity."""

import math
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from prunetransfer.analysis.differences import AVERAGE
from prunetransfer.analysis.tables.reading import read_table
from prunetransfer.config.figures import FigureSettings
from prunetransfer.config.methods import INFORMATION_DELETION, PRUNE_PRETRAIN, UNPRUNED, arm_label
from prunetransfer.storage.inputs import Inputs

from . import style

COLUMNS = [
    *("task", "arm", "sparsity", "total_loss", "ci_low", "ci_high", "deleted_information", "restricted_complexity"),
    *("share_deleted_information", "share_restricted_complexity"),
]
PARTS = {
    "deleted_information": ("Deleted information", INFORMATION_DELETION),
    "restricted_complexity": ("Restricted complexity", PRUNE_PRETRAIN),
}
"""The parts of a bar from bottom to top, by column: label and arm. The arm loses this part and all parts below it, and the part
has the arm's colour."""
PANEL_HEIGHT = 0.26
"""A panel's height as a share of the figure's width."""
BAR = 0.5
"""The bar's share of the space between two sparsities. The markers of the other arms share the rest."""
TINT = 0.4
"""The share of the arm's colour in its bar. The rest is white, so that the arm's marker on the bar is visible."""


def draw(inputs: Inputs, settings: FigureSettings, output: Path) -> None:
    """Writes figure6.png, .pdf and .csv; `output` has no suffix. inputs: `differences`, a table.

    There is a panel per task, and one for their average. At each sparsity, stacked bars show the accuracy that pruning in
    pre-training loses compared with the unpruned model, split by its two causes. Markers with 95 % intervals show the
    total loss of each arm. A part is negative if an arm is better than its reference, and is then drawn below 0. Without
    the information-deletion arm there are no bars.
    """
    drawn = losses(read_table(inputs.file("differences")))
    panels = list(drawn["task"].unique()) or [AVERAGE]
    rows = math.ceil(len(panels) / 3)
    columns = math.ceil(len(panels) / rows)
    sparsity_percents = sorted(drawn["sparsity"].unique())
    with style.figure_style(settings):
        size = (settings.width, (PANEL_HEIGHT * rows + 0.1) * settings.width)
        figure = Figure(figsize=size, layout="constrained")
        grid = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
        for axes, task in zip(grid.flat, panels, strict=False):
            _draw_panel(axes, drawn[drawn["task"] == task], sparsity_percents)
            axes.set_title("Average over tasks" if task == AVERAGE else task)
        for axes in grid.flat[len(panels) - columns : len(panels)]:
            axes.tick_params(labelbottom=True)  # the lowest panel of a column may be above the last row
        for axes in grid.flat[len(panels) :]:
            axes.remove()
        figure.supxlabel("Sparsity (%)", fontsize=settings.font_size)
        figure.supylabel("Dev accuracy lost (points)", fontsize=settings.font_size)
        handles = {
            text: handle for axes in figure.axes for handle, text in zip(*axes.get_legend_handles_labels(), strict=True)
        }
        figure.legend(handles.values(), handles.keys(), loc="outside upper center", ncols=3)
        style.save(figure, drawn, settings, output)


def losses(differences: pd.DataFrame) -> pd.DataFrame:
    """The drawn numbers, tidy: losses in percentage points, and shares of the total loss in percent.

    For the arm `prune_pretrain` at sparsity s, the total loss is acc(unpruned) - acc(prune_pretrain, s). Its two parts
    are `deleted_information`, acc(unpruned) - acc(information_deletion, s), and `restricted_complexity`,
    acc(information_deletion, s) - acc(prune_pretrain, s) (Gordon et al. 2020, section 5). The first part is still lost
    after the pruned weights were allowed to grow back. The second part is recovered when they grow back. Shares are empty
    if the total isn't significantly above 0. Other arms have only a total.
    """
    from_unpruned = (differences["reference_arm"] == UNPRUNED.arm) & (
        differences["reference_sparsity"] == UNPRUNED.sparsity_percent
    )
    lost = differences[from_unpruned & (differences["quantity"] == "dev_accuracy") & (differences["sparsity"] > 0)]
    lost = lost.assign(total_loss=-lost["difference"], ci_low=-lost["ci_high"], ci_high=-lost["ci_low"])
    deleted = lost[lost["arm"] == INFORMATION_DELETION].set_index(["task", "sparsity"])["total_loss"]
    lost = lost[lost["arm"] != INFORMATION_DELETION].join(
        deleted.rename("deleted_information"), on=["task", "sparsity"]
    )
    lost.loc[lost["arm"] != PRUNE_PRETRAIN, "deleted_information"] = np.nan
    lost["restricted_complexity"] = lost["total_loss"] - lost["deleted_information"]
    for part in PARTS:
        lost[f"share_{part}"] = (100 * lost[part] / lost["total_loss"]).where(lost["ci_low"] > 0)
    # Sort tasks in the study's order, and the average last.
    order = {task: place for place, task in enumerate(differences["task"].unique())} | {AVERAGE: math.inf}
    lost = lost.sort_values("task", key=lambda tasks: tasks.map(order), kind="stable", ignore_index=True)
    return lost[COLUMNS]


def _draw_panel(axes: Axes, drawn: pd.DataFrame, sparsity_percents: list[int]) -> None:
    place = {percent: number for number, percent in enumerate(sparsity_percents)}
    looks = style.arm_styles(drawn["arm"].unique())
    others = [arm for arm in drawn["arm"].unique() if arm != PRUNE_PRETRAIN]
    # From left to right, a sparsity has a bar, a place for the marker of each other arm, and an empty place.
    step = (1 - BAR) / (len(others) + 1)
    left = (step - 1) / 2
    shifts = {PRUNE_PRETRAIN: left + BAR / 2} | {arm: left + BAR + (k + 0.5) * step for k, arm in enumerate(others)}
    axes.axhline(0, color=style.INK, linewidth=0.7)
    for arm, points in drawn.groupby("arm", sort=False):
        x = points["sparsity"].map(place) + shifts[arm]
        if arm == PRUNE_PRETRAIN:
            _draw_bars(axes, x, points, looks)
        total = points["total_loss"]
        axes.errorbar(
            x,
            total,
            yerr=[total - points["ci_low"], points["ci_high"] - total],
            color=looks[arm].color,
            marker=looks[arm].marker,
            markersize=4,
            linestyle="none",
            elinewidth=1,
            label=arm_label(arm),
        )
    axes.set_xticks(range(len(sparsity_percents)), sparsity_percents)
    axes.tick_params(axis="x", length=0)
    axes.grid(axis="x", visible=False)
    axes.set_axisbelow(True)
    for side in ("top", "right", "bottom"):
        axes.spines[side].set_visible(False)


def _draw_bars(axes: Axes, x: pd.Series, points: pd.DataFrame, looks: dict[str, style.ArmStyle]) -> None:
    """Stacks positive parts upwards and negative parts downwards. Sparsities whose parts aren't known have no bar."""
    known = points["deleted_information"].notna()
    up, down = np.zeros(known.sum()), np.zeros(known.sum())
    for part, (label, arm) in PARTS.items() if known.any() else ():
        height = points.loc[known, part].to_numpy()
        color = 1 - TINT * (1 - np.array(to_rgb(looks[arm].color)))
        start = np.where(height >= 0, up, down)
        axes.bar(x[known], height, BAR, bottom=start, color=color, linewidth=0, label=label)
        up, down = up + np.maximum(height, 0), down + np.minimum(height, 0)
