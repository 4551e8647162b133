"""Figure 1: dev accuracy and training loss, averaged over tasks, against sparsity."""

from pathlib import Path

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from prunetransfer.analysis.tables.reading import read_table
from prunetransfer.config.figures import FigureSettings
from prunetransfer.config.methods import FROM_SCRATCH, UNPRUNED, arm_label
from prunetransfer.storage.inputs import Inputs

from . import style

COLUMNS = ["panel", "arm", "sparsity", "value", "ci_low", "ci_high", "source"]
PANELS = {"dev_accuracy": "Dev accuracy, mean over tasks (%)", "train_loss": "Training loss, mean over tasks (nats)"}
UNPRUNED_LINE = "unpruned"
"""The entry in the column `arm` of the unpruned model, which is drawn as a dashed line."""
HEIGHT = 0.46
"""The figure's height as a share of its width."""
ROOM = 0.05
"""The share of the loss axis below 0, so that markers at 0 are completely visible."""


def draw(inputs: Inputs, settings: FigureSettings, output: Path) -> None:
    """Writes figure1.png, .pdf and .csv; `output` has no suffix. inputs: `table1` and `averages`, tables.

    There is a curve per arm. Its 95 % interval is shaded if averages.csv has one. The unpruned model is a dashed line, and
    training from scratch a dotted line. The paper's curves are grey. They are drawn only if all tasks of the study are
    tasks of the paper, and if `settings.paper_curves` is set.
    """
    table1, averages = (read_table(inputs.file(name)) for name in ("table1", "averages"))
    drawn = curves(table1, averages, paper_curves=settings.paper_curves)
    with style.figure_style(settings):
        figure = Figure(figsize=(settings.width, HEIGHT * settings.width), layout="constrained")
        for axes, (panel, label) in zip(figure.subplots(1, 2), PANELS.items(), strict=True):
            _draw_panel(axes, drawn[drawn["panel"] == panel])
            axes.set(xlabel="Sparsity (%)", ylabel=label)
        # With few seeds, a t interval may extend to impossible values: an accuracy above 100 %, or a loss below 0.
        accuracy, loss = figure.axes
        accuracy.set_ylim(top=min(accuracy.get_ylim()[1], 100))
        lowest, highest = loss.get_ylim()
        loss.set_ylim(bottom=max(lowest, -ROOM * highest))
        # Both panels share one legend, because they have the same curves. The grey curves share one entry.
        handles = {text: handle for handle, text in zip(*accuracy.get_legend_handles_labels(), strict=True)}
        if drawn["ci_low"].notna().any():
            handles["95 % interval"] = Patch(color=style.INK, alpha=style.BAND_ALPHA, linewidth=0)
        figure.legend(handles.values(), handles.keys(), loc="outside upper center", ncols=4)
        figure.get_layout_engine().set(wspace=0.04)
        style.save(figure, drawn, settings, output)


def curves(table1: pd.DataFrame, averages: pd.DataFrame, *, paper_curves: bool) -> pd.DataFrame:
    """The drawn numbers, tidy: averages over the study's tasks, in percent or nats, with their 95 % intervals.

    `source` is `study` or `paper`. The arm `unpruned` is the dashed line. If a task is missing, there is no point.
    """
    study = averages.rename(columns={"quantity": "panel"}).assign(source="study")
    of_unpruned = (study["arm"] == UNPRUNED.arm) & (study["sparsity"] == UNPRUNED.sparsity_percent)
    drawn = [study, study[of_unpruned].assign(arm=UNPRUNED_LINE)]
    if paper_curves and table1.groupby("task")["paper_dev_accuracy"].count().all():
        cells = table1.groupby(["arm", "sparsity"], sort=False)
        for panel in PANELS:
            # If a task is missing the mean is NaN, because averages over fewer tasks are not comparable.
            means = cells[f"paper_{panel}"].apply(lambda values: values.mean(skipna=False))
            drawn.append(means.dropna().rename("value").reset_index().assign(panel=panel, source="paper"))
    drawn = pd.concat(drawn).reindex(columns=COLUMNS)
    return drawn.sort_values("panel", kind="stable", ignore_index=True)


def _draw_panel(axes: Axes, drawn: pd.DataFrame) -> None:
    study, paper = (drawn[drawn["source"] == source] for source in ("study", "paper"))
    lines = {UNPRUNED_LINE: ("Unpruned", "--"), FROM_SCRATCH: (arm_label(FROM_SCRATCH), ":")}
    pruned = study[~study["arm"].isin(lines)]
    looks = style.arm_styles(pruned["arm"].unique())
    for arm, points in pruned.groupby("arm", sort=False):
        points = points.sort_values("sparsity")
        color, marker = looks[arm]
        if points["ci_low"].notna().any():
            band = points[["sparsity", "ci_low", "ci_high"]].to_numpy().T
            axes.fill_between(*band, color=color, alpha=style.BAND_ALPHA, linewidth=0)
        axes.plot(points["sparsity"], points["value"], color=color, marker=marker, label=arm_label(arm))
    for arm, (label, dashes) in lines.items():
        for value in study.loc[study["arm"] == arm, "value"]:
            axes.axhline(value, color=style.INK, linestyle=dashes, linewidth=1, label=label, zorder=1.8)
    for arm, points in paper.groupby("arm", sort=False):
        points = points.sort_values("sparsity")
        axes.plot(
            points["sparsity"],
            points["value"],
            color=style.PAPER_GREY,
            marker=looks[arm].marker,
            markersize=3,
            markeredgewidth=0,
            linewidth=0.8,
            label=style.PAPER_LABEL,
            zorder=1.5,
        )
    axes.set_xticks(sorted(drawn["sparsity"].unique()))
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
