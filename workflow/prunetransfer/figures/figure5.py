"""Figure 5: the sum of the weights that magnitude pruning removes, and of their magnitudes, against sparsity."""

from pathlib import Path

from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter

from prunetransfer.analysis.tables.reading import read_table
from prunetransfer.analysis.weights.mask_overlap import ALL
from prunetransfer.config.figures import FigureSettings
from prunetransfer.storage.inputs import Inputs

from . import style
from .parts import PART_STYLES

COLUMNS = ["sparsity", "name", "sum_of_weights", "sum_of_magnitudes"]
PANELS = {"sum_of_weights": "Sum of the pruned weights", "sum_of_magnitudes": "Sum of their magnitudes"}
HEIGHT = 0.4
"""The figure's height as a share of its width."""


def draw(inputs: Inputs, settings: FigureSettings, output: Path) -> None:
    """Writes figure5.png, .pdf and .csv; `output` has no suffix. inputs: `pruned_weights`, a table.

    A thick line shows all weights. Thin lines show the parts of the encoder. As in the paper, sums are not divided by the
    number of weights.
    """
    drawn = read_table(inputs.file("pruned_weights"))[COLUMNS]
    with style.figure_style(settings):
        figure = Figure(figsize=(settings.width, HEIGHT * settings.width), layout="constrained")
        for axes, (sums, label) in zip(figure.subplots(1, 2), PANELS.items(), strict=True):
            axes.axhline(0, color=style.INK, linewidth=0.6)
            for name, points in drawn.groupby("name", sort=False):
                text, color = PART_STYLES[name]
                # If one part has nearly all weights, its thin line is on the thick line, and both are visible.
                look = {"linewidth": 2.4, "zorder": 2} if name == ALL else {"linewidth": 1, "zorder": 3}
                axes.plot(points["sparsity"], points[sums], color=color, label=text, **look)
            axes.set(xlabel="Sparsity (%)", ylabel=label, xlim=(0, 100))
            axes.yaxis.set_major_formatter(EngFormatter(sep=""))
            for side in ("top", "right"):
                axes.spines[side].set_visible(False)
        figure.legend(*axes.get_legend_handles_labels(), loc="outside upper center", ncols=len(PART_STYLES))
        figure.get_layout_engine().set(wspace=0.04)
        style.save(figure, drawn, settings, output)
