"""Figure 9: magnitudes of the subword embeddings, and how they depend on the length of the subword."""

from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from prunetransfer.analysis.tables.reading import read_table
from prunetransfer.config.figures import FigureSettings
from prunetransfer.storage.inputs import Inputs

from . import style
from .heatmap import draw_blocks

COLOR = "#0072B2"
HEIGHT = 0.42
"""The figure's height as a share of its width."""
LABELLED = 0.04
"""A length is labelled if it has at least this share of the map's rows, which is the height of a line of text."""
LARGEST_POINT = 60.0
"""The area of the point of the most frequent length, in square points."""


def draw(inputs: Inputs, settings: FigureSettings, output: Path) -> None:
    """Writes figure9.png, .pdf and .csv; `output` has no suffix.

    inputs: `embedding_map` and `embedding_lengths`, tables.

    Left: the map of the embeddings, sorted by the length of the subword. Right: the mean over the subwords of each length.
    The area of a point is proportional to the number of subwords. The band is one standard deviation of the subwords to
    either side. The title is the rank correlation over all subwords, with its 95 % interval.
    """
    blocks, lengths = (read_table(inputs.file(name)) for name in ("embedding_map", "embedding_lengths"))
    with style.figure_style(settings):
        figure = Figure(figsize=(settings.width, HEIGHT * settings.width), layout="constrained")
        left, right = figure.subplots(1, 2)
        draw_blocks(left, blocks)
        _label_lengths(left, lengths)
        left.set(xlabel="Embedding dimension", ylabel="Subwords by length (characters)")
        _draw_lengths(right, lengths)
        figure.get_layout_engine().set(wspace=0.06)
        drawn = pd.concat([blocks.assign(panel="map"), lengths.assign(panel="lengths")])
        style.save(figure, drawn[["panel", *drawn.columns.drop("panel")]], settings, output)


def _label_lengths(axes: Axes, lengths: pd.DataFrame) -> None:
    """Marks the border between two lengths, and labels each length that has room for a label."""
    ends = lengths["subwords"].cumsum()
    axes.set_yticks(ends.iloc[:-1], [""] * (len(ends) - 1))
    named = lengths["subwords"] >= LABELLED * ends.iloc[-1]
    centres = (ends - lengths["subwords"] / 2)[named]
    axes.set_yticks(centres, lengths.loc[named, "length"], minor=True)
    axes.tick_params(axis="y", which="minor", length=0)


def _draw_lengths(axes: Axes, lengths: pd.DataFrame) -> None:
    x, mean, deviation = (lengths[column] for column in ("length", "mean_magnitude", "std"))
    axes.fill_between(x, mean - deviation, mean + deviation, color=COLOR, alpha=style.BAND_ALPHA, linewidth=0)
    axes.plot(x, mean, color=COLOR, zorder=2)
    areas = LARGEST_POINT * lengths["subwords"] / lengths["subwords"].max()
    axes.scatter(x, mean, s=np.maximum(areas, 4), color=COLOR, edgecolor="white", linewidth=0.5, zorder=3)
    axes.set(xlabel="Length of the subword (characters)", ylabel="Mean magnitude |w| of its embedding")
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.set_title(_correlation(lengths.iloc[0]))
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def _correlation(row: pd.Series) -> str:
    if np.isnan(row["spearman"]):
        return ""
    text = f"Spearman's ρ = {row['spearman']:.2f}"
    if not np.isnan(row["spearman_low"]):
        text += f" [{row['spearman_low']:.2f}, {row['spearman_high']:.2f}]"
    return text.replace("-", "−")
