"""What panels with a legend of their own share."""

import numpy as np
from matplotlib.axes import Axes

from . import style


def legend_above(axes: Axes, columns: int = 3) -> None:
    """A legend over the panel, narrow enough for half a figure; curves of one label are named once."""
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
    """A band, where there is any of it."""
    if np.isfinite(low).any():
        axes.fill_between(x, low, high, color=color, alpha=style.BAND_ALPHA, linewidth=0)


def hide_box(axes: Axes) -> None:
    """Leaves the two axes of the frame."""
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
