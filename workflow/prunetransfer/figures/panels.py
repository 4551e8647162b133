"""Parts of panels that several figures share."""

import numpy as np
from matplotlib.axes import Axes

from . import style


def legend_above(axes: Axes, columns: int = 3) -> None:
    """Adds a legend above the panel, narrow enough for half a figure. Curves with the same label share an entry."""
    handles = {text: handle for handle, text in zip(*axes.get_legend_handles_labels(), strict=True)}
    if handles:
        axes.legend(
            handles.values(),
            handles.keys(),
            loc="lower center",
            bbox_to_anchor=(0.5, 1),
            ncols=columns,
            handlelength=1.4,
            handletextpad=0.5,
            columnspacing=1,
        )


def shade(axes: Axes, x: np.ndarray, low: np.ndarray, high: np.ndarray, color: str) -> None:
    """Shades the band from `low` to `high`, [points] each. Draws nothing if all bounds are missing."""
    if np.isfinite(low).any():
        axes.fill_between(x, low, high, color=color, alpha=style.BAND_ALPHA, linewidth=0)


def hide_box(axes: Axes) -> None:
    """Hides the frame's upper and right side."""
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
