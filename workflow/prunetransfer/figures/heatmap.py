"""Heatmaps of block means, for figures 8 and 9."""

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes

PERCENTILES = (1, 99)
"""The percentiles at which the colour scale ends. If it included the few extreme blocks, all others would look alike."""
LABEL = "Mean magnitude |w|"


def draw_blocks(axes: Axes, blocks: pd.DataFrame) -> None:
    """Draws blocks at their positions in their matrix, with row 0 at the top, and a colour bar.

    blocks: a row per block, with the columns `row` and `column` (the block's first row and column), `rows_per_block`,
    `columns_per_block` and `magnitude`. The blocks must fill a grid.
    """
    grid = blocks.pivot(index="row", columns="column", values="magnitude")
    edges = [_edges(blocks, side) for side in ("column", "row")]
    low, high = np.percentile(grid, PERCENTILES)
    # The map is an image in the PDF, because a PDF with 65,000 rectangles takes seconds to open.
    mesh = axes.pcolormesh(
        *edges, grid, cmap=sns.color_palette("mako", as_cmap=True), vmin=low, vmax=high, rasterized=True
    )
    axes.set(xlim=edges[0][[0, -1]], ylim=edges[1][[-1, 0]])
    axes.grid(False)
    bar = axes.figure.colorbar(mesh, ax=axes, extend="both", extendfrac=0.03, pad=0.02, aspect=30, label=LABEL)
    bar.outline.set_visible(False)


def _edges(blocks: pd.DataFrame, side: str) -> np.ndarray:
    sizes = blocks.groupby(side)[f"{side}s_per_block"].first()
    return np.append(sizes.index, sizes.index[-1] + sizes.iloc[-1])
