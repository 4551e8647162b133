"""What all figures share: fonts and lines, a fixed look for each arm, and files that are the same bytes every time."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import chain, count
from pathlib import Path
from typing import NamedTuple

import matplotlib as mpl
import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure

from prunetransfer.analysis.tables.published import plain
from prunetransfer.config.figures import FigureSettings
from prunetransfer.storage.files import whole_file

INK = "0.15"
PAPER_GREY = "0.68"
"""The published curves."""
PAPER_LABEL = "Gordon et al. 2020"
BAND_ALPHA = 0.15
"""Opacity of a shaded 95 % interval."""
COLUMN = 0.49
"""Share of the full width that one column of a paper takes: the width of a figure with one panel."""


class ArmStyle(NamedTuple):
    color: str
    marker: str


# Okabe and Ito's palette, which the common colour blindnesses tell apart; the marker says it again in black and white.
_ARMS = {
    "prune_pretrain": ArmStyle("#0072B2", "o"),
    "information_deletion": ArmStyle("#D55E00", "s"),
    "prune_downstream": ArmStyle("#009E73", "^"),
    "random": ArmStyle("#CC79A7", "D"),
}
_FURTHER = [ArmStyle("#56B4E9", "v"), ArmStyle("#E69F00", "P"), ArmStyle("#000000", "X"), ArmStyle("#8C564B", "*")]


def arm_styles(arms: Iterable[str]) -> dict[str, ArmStyle]:
    """Colour and marker of each arm: fixed for the paper's, in the given order for any that a study adds."""
    further = [arm for arm in arms if arm not in _ARMS]
    return _ARMS | {arm: _FURTHER[place % len(_FURTHER)] for place, arm in enumerate(further)}


# The palette again, without its yellow, which is too pale for a line. The two colours that stand for an arm beside tasks
# (Figure 2) come last; after all of these, hues that are the golden section of a turn apart.
_TASKS = {"mnli": "#E69F00", "qqp": "#56B4E9", "qnli": "#009E73", "sst2": "#D55E00", "cola": "#000000"}
_FURTHER_TASKS = ["#8C564B", "#882255", "#999933", "#CC79A7", "#0072B2"]
_GOLDEN_SECTION = 0.618


def task_styles(tasks: Iterable[str]) -> dict[str, str]:
    """A colour for each task, no two alike: fixed for the paper's, in the given order for any that a study adds.

    A task is the paper's if its letters and digits are, in either case. Others have the colours of those that are not
    among the tasks, before any further ones.
    """
    tasks = list(dict.fromkeys(tasks))
    fixed = {plain(task): task for task in reversed(tasks) if plain(task) in _TASKS}
    colors = {task: _TASKS[name] for name, task in fixed.items()}
    free = [color for name, color in _TASKS.items() if name not in fixed]
    further = chain(free, _FURTHER_TASKS, map(_hue, count()))
    return {task: colors.get(task) or next(further) for task in tasks}


def _hue(place: int) -> str:
    return mpl.colors.to_hex(mpl.colors.hsv_to_rgb((place * _GOLDEN_SECTION % 1, 0.55, 0.75)))


@contextmanager
def figure_style(settings: FigureSettings) -> Iterator[None]:
    """Fonts, lines and ticks for the figures that are made and written inside."""
    size = settings.font_size
    ours = {
        "font.size": size,
        "axes.titlesize": size,
        "axes.labelsize": size,
        "legend.fontsize": size,
        "xtick.labelsize": size - 1,
        "ytick.labelsize": size - 1,
        "lines.linewidth": 1.2,
        "lines.markersize": 4.5,
        "lines.markeredgecolor": "white",  # tells markers apart where curves meet
        "lines.markeredgewidth": 0.5,
        "axes.linewidth": 0.7,
        "axes.edgecolor": INK,
        "axes.grid": True,
        "grid.linewidth": 0.4,
        "grid.color": "0.92",
        "xtick.major.size": 3,
        "ytick.major.size": 3,
        "xtick.major.width": 0.7,
        "ytick.major.width": 0.7,
        "legend.frameon": False,
        "pdf.fonttype": 42,  # TrueType: journals refuse the Type 3 fonts that are the default
        "font.sans-serif": ["DejaVu Sans"],  # comes with matplotlib: the same bytes on every machine
    }
    with mpl.rc_context({**sns.axes_style("ticks"), **sns.plotting_context("paper"), **ours}):
        yield


def save(figure: Figure, drawn: pd.DataFrame, settings: FigureSettings, output: Path) -> None:
    """Writes `output`.png, .pdf and the .csv of what is drawn; `output` has no suffix. None of them tells the time."""
    for suffix, metadata in (("png", {"Software": None}), ("pdf", {"CreationDate": None})):
        with whole_file(output.with_name(f"{output.name}.{suffix}")) as temporary:
            figure.savefig(temporary, dpi=settings.dpi, metadata=metadata)
    with whole_file(output.with_name(f"{output.name}.csv")) as temporary:
        drawn.to_csv(temporary, index=False, lineterminator="\n")
