"""Figure 8: magnitudes of the first layer's key projection, with its heads side by side."""

from pathlib import Path

from matplotlib.figure import Figure

from prunetransfer.analysis.tables.reading import read_table
from prunetransfer.config.figures import FigureSettings
from prunetransfer.storage.inputs import Inputs

from . import style
from .heatmap import draw_blocks

HEIGHT = 0.85
"""The figure's height as a share of its width, which is one column."""
NUMBERED = 16
"""The largest number of heads that all have room for a number. If there are more, only every second or third head (and so on)
has a number."""


def draw(inputs: Inputs, settings: FigureSettings, output: Path) -> None:
    """Writes figure8.png, .pdf and .csv; `output` has no suffix. inputs: `attention_map`, a table.

    Heads are numbered from 0.
    """
    drawn = read_table(inputs.file("attention_map"))
    heads = drawn.assign(end=drawn["column"] + drawn["columns_per_block"]).groupby("head")
    starts, ends = heads["column"].min(), heads["end"].max()
    with style.figure_style(settings):
        width = style.COLUMN * settings.width
        figure = Figure(figsize=(width, HEIGHT * width), layout="constrained")
        axes = figure.subplots()
        draw_blocks(axes, drawn)
        axes.vlines(starts[1:], *axes.get_ylim(), color="white", linewidth=0.7)
        every = -(-len(starts) // NUMBERED)
        centres = ((starts + ends) / 2)[::every]
        axes.set_xticks(centres, centres.index)
        axes.tick_params(axis="x", length=0)
        axes.set(xlabel=f"Head of layer {drawn['layer'].iloc[0]} (output dimensions)", ylabel="Input dimension")
        style.save(figure, drawn, settings, output)
