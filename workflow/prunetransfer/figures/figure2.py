"""Figure 2: how much accuracy each task loses per nat of pre-training loss, and how features drift with sparsity."""

from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from prunetransfer.analysis.information import fits
from prunetransfer.analysis.tables.published import PAPER_LEAVES_OUT, plain
from prunetransfer.analysis.tables.reading import read_table
from prunetransfer.analysis.weights.criteria import ARMS
from prunetransfer.config.figures import FigureSettings
from prunetransfer.config.methods import INFORMATION_DELETION
from prunetransfer.storage.inputs import Inputs

from . import style

COLUMNS = [
    *("panel", "source", "task", "criterion", "quantity", "sparsity", "pretrain_loss", "value", "low", "high"),
]
SIMILARITIES = {"cosine": ("Cosine similarity", "-"), "cka": ("Linear CKA", "--")}
BANDED = "cosine"
"""The similarity whose range over layers is shaded. A second band of the same colour would hide it."""
POINTS = {"marker": "o", "linestyle": "none"}
HOLLOW = {**POINTS, "markerfacecolor": "white", "markeredgewidth": 1}
TWO_COLUMNS = 26
"""The largest number of characters in a label for which two labels fit side by side above a panel."""
HEIGHT = 0.55
"""The figure's height as a share of its width."""


def draw(inputs: Inputs, settings: FigureSettings, output: Path) -> None:
    """Writes figure2.png, .pdf and .csv; `output` has no suffix.

    inputs: `table1`, `information` and `features`, tables; `published`, the paper's Table 1, which is read if
    `settings.paper_curves` is set.
    """
    table1, information, features = (read_table(inputs.file(name)) for name in ("table1", "information", "features"))
    information = information.fillna({"left_out": ""})
    published = read_table(inputs.file("published")) if settings.paper_curves else None
    drawn = both_panels(table1, information, features, published)
    with style.figure_style(settings):
        figure = Figure(figsize=(settings.width, HEIGHT * settings.width), layout="constrained")
        left, right = figure.subplots(1, 2)
        _draw_worth(left, drawn[drawn["panel"] == "information"], information.set_index("task"))
        left.set(xlabel="Pre-training loss (nats)", ylabel="Dev accuracy, information deletion (%)")
        _draw_drift(right, drawn[drawn["panel"] == "features"])
        right.set(xlabel="Sparsity (%)", ylabel="Similarity to the unpruned features")
        for axes in (left, right):
            for side in ("top", "right"):
                axes.spines[side].set_visible(False)
        figure.get_layout_engine().set(wspace=0.04)
        style.save(figure, drawn, settings, output)


def both_panels(
    table1: pd.DataFrame, information: pd.DataFrame, features: pd.DataFrame, published: pd.DataFrame | None
) -> pd.DataFrame:
    """The drawn numbers, tidy. published: the paper's Table 1, or None for a figure without its lines."""
    drawn = [worth(table1, information, "study")]
    if published is not None:
        drawn.append(worth_in_paper(published, table1["task"].unique()))
    return pd.concat([*drawn, drift(features)], ignore_index=True)


def worth(table: pd.DataFrame, lines: pd.DataFrame, source: str) -> pd.DataFrame:
    """The points of each task, and both ends of its line of best fit if it has one.

    table: the columns of table1.csv. lines: the columns of information.csv.

    `quantity` is `dev_accuracy` for a point, `left_out` for a point that the fit leaves out, and `fit` for an end of the
    line. The line spans the losses of the points to which it is fitted. `value` is dev accuracy in percent. Without a loss
    or an accuracy there is no point.
    """
    points = table[table["arm"] == INFORMATION_DELETION].dropna(subset=["pretrain_loss", "dev_accuracy"])
    points = points[["task", "sparsity", "pretrain_loss", "dev_accuracy"]].rename(columns={"dev_accuracy": "value"})
    drawn = []
    for line in lines.itertuples():
        left_out = [float(percent) for percent in line.left_out.split(";") if percent]
        own = points[points["task"] == line.task].sort_values("sparsity")
        is_left_out = own["sparsity"].isin(left_out)
        drawn.append(own.assign(quantity=np.where(is_left_out, "left_out", "dev_accuracy")))
        losses = own.loc[~is_left_out, "pretrain_loss"]
        if pd.notna(line.slope):
            ends = pd.DataFrame({"task": line.task, "quantity": "fit", "pretrain_loss": [losses.min(), losses.max()]})
            drawn.append(ends.assign(value=line.intercept + line.slope * ends["pretrain_loss"]))
    return _tidy(drawn, panel="information", source=source)


def worth_in_paper(published: pd.DataFrame, tasks: list[str]) -> pd.DataFrame:
    """The lines of best fit through the published numbers of the given tasks."""
    own = published[published["task"].map(plain).isin(map(plain, tasks))]
    drawn = worth(own, fits(own, PAPER_LEAVES_OUT), "paper")
    return drawn[drawn["quantity"] == "fit"]


def drift(features: pd.DataFrame) -> pd.DataFrame:
    """The mean of each similarity over the encoder's layers. For the cosine, `low` and `high` are its range over layers.

    features: the columns of features.csv. Layer 0, the embeddings' output, doesn't count as a layer. The unpruned model
    is the first point of every criterion.
    """
    layers = features[features["layer"] > 0]
    unpruned = layers[layers["sparsity"] == 0]
    drawn = []
    for criterion in layers.loc[layers["sparsity"] > 0, "criterion"].unique():
        own = pd.concat([unpruned, layers[layers["criterion"] == criterion]])
        for quantity in SIMILARITIES:
            range_of_layers = {"low": "min", "high": "max"} if quantity == BANDED else {}
            over_layers = own.groupby("sparsity")[quantity].agg(value="mean", **range_of_layers)
            drawn.append(over_layers.dropna().reset_index().assign(criterion=criterion, quantity=quantity))
    return _tidy(drawn, panel="features", source="study")


def _tidy(drawn: list[pd.DataFrame], **fields: str) -> pd.DataFrame:
    frames = [frame for frame in drawn if len(frame)]
    table = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()
    return table.assign(**fields).reindex(columns=COLUMNS)


def _draw_worth(axes: Axes, drawn: pd.DataFrame, lines: pd.DataFrame) -> None:
    handles = {}
    study, paper = (drawn[drawn["source"] == source] for source in ("study", "paper"))
    for task, color in style.task_styles(study["task"].unique()).items():
        own = study[study["task"] == task]
        points, left_out, line = (own[own["quantity"] == kind] for kind in ("dev_accuracy", "left_out", "fit"))
        axes.plot(points["pretrain_loss"], points["value"], color=color, **POINTS)
        axes.plot(left_out["pretrain_loss"], left_out["value"], markeredgecolor=color, **HOLLOW)
        axes.plot(line["pretrain_loss"], line["value"], color=color)
        handles[_with_slope(task, lines.loc[task])] = Line2D([], [], color=color, marker="o")
    for _, line in paper.groupby("task", sort=False):
        axes.plot(line["pretrain_loss"], line["value"], color=style.PAPER_GREY, linewidth=0.8, zorder=1.5)
    if (study["quantity"] == "left_out").any():
        handles["Left out of the fit"] = Line2D([], [], markeredgecolor=style.INK, **HOLLOW)
    if len(paper):
        handles[style.PAPER_LABEL] = Line2D([], [], color=style.PAPER_GREY, linewidth=0.8)
    _legend_above(axes, handles, "Percentage points per nat [95 % interval]")


def _with_slope(task: str, line: pd.Series) -> str:
    if pd.isna(line["slope"]):
        return f"{task}: no line"
    interval = "" if pd.isna(line["slope_low"]) else " [{slope_low:.1f}, {slope_high:.1f}]".format(**line)
    slope = f"{line['slope']:.1f}{interval}".replace("-", "\N{MINUS SIGN}")
    return f"{task}: {slope}"


def _draw_drift(axes: Axes, drawn: pd.DataFrame) -> None:
    handles = {}
    criteria = drawn["criterion"].unique()
    # A criterion has the colour of the arm that is fine-tuned from its checkpoints.
    looks = style.arm_styles([ARMS.get(criterion, criterion) for criterion in criteria])
    for criterion in criteria:
        color, marker = looks[ARMS.get(criterion, criterion)]
        for quantity, (_, dashes) in SIMILARITIES.items():
            points = drawn[(drawn["criterion"] == criterion) & (drawn["quantity"] == quantity)]
            if quantity == BANDED:
                band = points[["sparsity", "low", "high"]].to_numpy(float).T
                axes.fill_between(*band, color=color, alpha=style.BAND_ALPHA, linewidth=0)
            axes.plot(points["sparsity"], points["value"], color=color, marker=marker, linestyle=dashes)
        handles[criterion.replace("_", " ").capitalize()] = Line2D([], [], color=color, marker=marker)
    if handles:
        for label, dashes in SIMILARITIES.values():
            handles[label] = Line2D([], [], color=style.INK, linestyle=dashes)
        handles["Range over layers (cosine)"] = Patch(color=style.INK, alpha=style.BAND_ALPHA, linewidth=0)
    axes.set_xticks(sorted(drawn["sparsity"].unique()))
    _legend_above(axes, handles, "Mean over layers")


def _legend_above(axes: Axes, handles: dict[str, Artist], title: str) -> None:
    """Adds a legend, with two columns if the labels are short enough. Adds none if there are no handles."""
    if not handles:
        return
    axes.legend(
        handles.values(),
        handles.keys(),
        loc="lower center",
        bbox_to_anchor=(0.45, 1),
        ncols=2 if max(map(len, handles)) <= TWO_COLUMNS else 1,
        columnspacing=1.2,
        handlelength=1.6,
        fontsize="small",
        title=title,
        title_fontsize="medium",
    )
