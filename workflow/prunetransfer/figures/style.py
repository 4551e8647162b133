"""The style of all figures (fonts, lines, a fixed look for each arm), and their output with the same bytes in every run."""

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
from prunetransfer.config.methods import INFORMATION_DELETION, PRUNE_DOWNSTREAM, PRUNE_PRETRAIN, RANDOM
from prunetransfer.storage.files import whole_file

INK = "0.15"
PAPER_GREY = "0.68"
"""The colour of the published curves."""
PAPER_LABEL = "Gordon et al. 2020"
BAND_ALPHA = 0.15
"""The opacity of a shaded 95 % interval."""
COLUMN = 0.49
"""The width of one column of a paper as a share of the full width. A figure with one panel has this width."""


class ArmStyle(NamedTuple):
    color: str
    marker: str


# Okabe and Ito's palette, whose colours people with the common colour blindnesses can distinguish. Markers differ too, for
# prints in black and white.
_ARMS = {
    PRUNE_PRETRAIN: ArmStyle("#0072B2", "o"),
    INFORMATION_DELETION: ArmStyle("#D55E00", "s"),
    PRUNE_DOWNSTREAM: ArmStyle("#009E73", "^"),
    RANDOM: ArmStyle("#CC79A7", "D"),
}
_FURTHER = [ArmStyle("#56B4E9", "v"), ArmStyle("#E69F00", "P"), ArmStyle("#000000", "X"), ArmStyle("#8C564B", "*")]


def arm_styles(arms: Iterable[str]) -> dict[str, ArmStyle]:
    """The colour and marker of each arm. They are fixed for the paper's arms. Other arms get them in the given order."""
    further = [arm for arm in arms if arm not in _ARMS]
    return _ARMS | {arm: _FURTHER[place % len(_FURTHER)] for place, arm in enumerate(further)}


# The same palette without its yellow, which is too pale for a line. The two colours that Figure 2 also uses for arms come
# last. After these, each further colour is a hue that is rotated by the golden section from the previous one.
_TASKS = {"mnli": "#E69F00", "qqp": "#56B4E9", "qnli": "#009E73", "sst2": "#D55E00", "cola": "#000000"}
_FURTHER_TASKS = ["#8C564B", "#882255", "#999933", "#CC79A7", "#0072B2"]
_GOLDEN_SECTION = 0.618


def task_styles(tasks: Iterable[str]) -> dict[str, str]:
    """A different colour for each task. The paper's tasks have fixed colours. Other tasks get theirs in the given order.

    Names of tasks are compared by `plain`. Other tasks first get the fixed colours of paper tasks that are not among
    `tasks`, and then further colours.
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
    """Sets fonts, lines and ticks for figures that are both drawn and saved inside this context."""
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
        "lines.markeredgecolor": "white",  # separates overlapping markers
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
        "pdf.fonttype": 42,  # TrueType, because journals refuse the default (Type 3)
        "font.sans-serif": ["DejaVu Sans"],  # a font that matplotlib contains, so figures are the same on every machine
    }
    with mpl.rc_context({**sns.axes_style("ticks"), **sns.plotting_context("paper"), **ours}):
        yield


def save(figure: Figure, drawn: pd.DataFrame, settings: FigureSettings, output: Path) -> None:
    """Writes `output`.png, `output`.pdf and, with the drawn numbers, `output`.csv. `output` has no suffix.

    The files don't contain the time of creation, so that they have the same bytes in every run.
    """
    for suffix, metadata in (("png", {"Software": None}), ("pdf", {"CreationDate": None})):
        with whole_file(output.with_name(f"{output.name}.{suffix}")) as temporary:
            figure.savefig(temporary, dpi=settings.dpi, metadata=metadata)
    with whole_file(output.with_name(f"{output.name}.csv")) as temporary:
        drawn.to_csv(temporary, index=False, lineterminator="\n")
