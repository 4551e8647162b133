"""Figure 6: how much of the dev accuracy lost is deleted information, and how much restricted complexity."""

import math
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from prunetransfer.analysis.differences import AVERAGE
from prunetransfer.analysis.tables.labels import arm_label
from prunetransfer.config.figures import FigureSettings
from prunetransfer.jobs.grid import UNPRUNED

from . import style

COLUMNS = [
    *("task", "arm", "sparsity", "total_loss", "ci_low", "ci_high", "deleted_information", "restricted_complexity"),
    *("share_deleted_information", "share_restricted_complexity"),
]
RECOVERING = "information_deletion"
"""The arm whose pruned weights may grow back: what it still loses is deleted information."""
PARTS = {
    "deleted_information": ("Deleted information", RECOVERING),
    "restricted_complexity": ("Restricted complexity", UNPRUNED),
}
"""A part's label, and the arm whose colour it has: what that arm loses beyond the part below."""
PANEL_HEIGHT = 0.26
"""Of the figure's width."""
BAR = 0.5
"""Of the space between two sparsities; the other arms' markers stand in what is left."""
TINT = 0.4
"""How much of the arm's colour its bar has, the rest being white: its marker stands on it."""


def draw(inputs: list[Path], settings: FigureSettings, output: Path) -> None:
    """Writes figure6.png, .pdf and .csv from differences.csv; `output` has no suffix.

    A panel per task and one for their average: what pruning in pre-training loses against the unpruned model at each
    sparsity, with its 95 % interval, in stacked bars of its two causes; and what other arms lose. A part below 0 (the
    arm does better than the one that it is compared with) is drawn below 0. Without the information-deletion arm there
    are no bars.
    """
    (differences,) = inputs
    drawn = losses(pd.read_csv(differences, dtype=dict.fromkeys(("task", "arm", "reference_arm"), str)))
    panels = list(drawn["task"].unique()) or [AVERAGE]
    rows = math.ceil(len(panels) / 3)
    columns = math.ceil(len(panels) / rows)
    sparsities = sorted(drawn["sparsity"].unique())
    with style.figure_style(settings):
        size = (settings.width, (PANEL_HEIGHT * rows + 0.1) * settings.width)
        figure = Figure(figsize=size, layout="constrained")
        grid = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
        for axes, task in zip(grid.flat, panels, strict=False):
            _draw_panel(axes, drawn[drawn["task"] == task], sparsities)
            axes.set_title("Average over tasks" if task == AVERAGE else task)
        for axes in grid.flat[len(panels) - columns : len(panels)]:
            axes.tick_params(labelbottom=True)  # where none is below, and that is not the last row alone
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
    """What is drawn, tidy, in percentage points; shares of the total loss in percent (Gordon et al. 2020, section 5).

    For the arm `prune_pretrain` at sparsity s, with acc(unpruned) - acc(prune_pretrain, s) as the total,
    `deleted_information` is acc(unpruned) - acc(information_deletion, s) and `restricted_complexity` the rest, which is
    acc(information_deletion, s) - acc(prune_pretrain, s). Shares are empty where the total isn't significantly above
    0: a share of nothing means nothing. For other arms there is a total alone.
    """
    from_unpruned = (differences["reference_arm"] == UNPRUNED) & (differences["reference_sparsity"] == 0)
    lost = differences[from_unpruned & (differences["quantity"] == "dev_accuracy") & (differences["sparsity"] > 0)]
    lost = lost.assign(total_loss=-lost["difference"], ci_low=-lost["ci_high"], ci_high=-lost["ci_low"])
    deleted = lost[lost["arm"] == RECOVERING].set_index(["task", "sparsity"])["total_loss"]
    lost = lost[lost["arm"] != RECOVERING].join(deleted.rename("deleted_information"), on=["task", "sparsity"])
    lost.loc[lost["arm"] != UNPRUNED, "deleted_information"] = np.nan
    lost["restricted_complexity"] = lost["total_loss"] - lost["deleted_information"]
    for part in PARTS:
        lost[f"share_{part}"] = (100 * lost[part] / lost["total_loss"]).where(lost["ci_low"] > 0)
    # By task in the study's order, the average last.
    order = {task: place for place, task in enumerate(differences["task"].unique())} | {AVERAGE: math.inf}
    lost = lost.sort_values("task", key=lambda tasks: tasks.map(order), kind="stable", ignore_index=True)
    return lost[COLUMNS]


def _draw_panel(axes: Axes, drawn: pd.DataFrame, sparsities: list[int]) -> None:
    place = {sparsity: number for number, sparsity in enumerate(sparsities)}
    looks = style.arm_styles(drawn["arm"].unique())
    others = [arm for arm in drawn["arm"].unique() if arm != UNPRUNED]
    # A bar, then a marker's place for each other arm, then one that is left empty.
    step = (1 - BAR) / (len(others) + 1)
    left = (step - 1) / 2
    shifts = {UNPRUNED: left + BAR / 2} | {arm: left + BAR + (k + 0.5) * step for k, arm in enumerate(others)}
    axes.axhline(0, color=style.INK, linewidth=0.7)
    for arm, points in drawn.groupby("arm", sort=False):
        x = points["sparsity"].map(place) + shifts[arm]
        if arm == UNPRUNED:
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
    axes.set_xticks(range(len(sparsities)), sparsities)
    axes.tick_params(axis="x", length=0)
    axes.grid(axis="x", visible=False)
    axes.set_axisbelow(True)
    for side in ("top", "right", "bottom"):
        axes.spines[side].set_visible(False)


def _draw_bars(axes: Axes, x: pd.Series, points: pd.DataFrame, looks: dict[str, style.ArmStyle]) -> None:
    """Stacks the parts above 0 upwards and those below 0 downwards, where the parts are known."""
    known = points["deleted_information"].notna()
    up, down = np.zeros(known.sum()), np.zeros(known.sum())
    for part, (label, arm) in PARTS.items() if known.any() else ():
        height = points.loc[known, part].to_numpy()
        color = 1 - TINT * (1 - np.array(to_rgb(looks[arm].color)))
        start = np.where(height >= 0, up, down)
        axes.bar(x[known], height, BAR, bottom=start, color=color, linewidth=0, label=label)
        up, down = up + np.maximum(height, 0), down + np.minimum(height, 0)
