"""Claim 3: deleted information causes the first losses; restricted complexity adds to them at higher sparsities."""

import math

import numpy as np
from scipy import stats

from prunetransfer.config.claims import ClaimsSettings
from prunetransfer.config.methods import INFORMATION_DELETION

from ..statistics.intervals import LEVEL
from ..tables.published import plain
from ..tables.words import points
from .comparisons import Against, compared, tasks_of
from .evidence import Evidence
from .rows import Row, every, single, undecided
from .verdict import Claimed, Finding, Side

LEAST_SIZES = 3
"""The smallest number of different sizes of training sets for which a slope has an interval."""


def rows(evidence: Evidence, settings: ClaimsSettings) -> list[Row]:
    """3a: pruning and information deletion lose the same, averaged over tasks. 3b: information deletion loses less, averaged
    over tasks. 3c: the gain of information deletion grows with the size of the task's training set.
    """
    low, high = settings.alike
    start, tolerance = settings.restricted_from, settings.tolerance.accuracy
    quantity = "points of dev accuracy, information deletion minus pruning, average over tasks"

    def gains(first: int, last: int) -> list[Finding]:
        return compared(
            evidence,
            "dev_accuracy",
            INFORMATION_DELETION,
            Against.PRUNE_PRETRAIN,
            lambda percent: max(first, 1) <= percent <= last,
        )

    return [
        every(
            "3a",
            f"At {low}-{high} % pruning and information deletion are within {points(tolerance)} of each other",
            quantity,
            gains(low, high),
            Claimed(Side.WITHIN, tolerance),
        ),
        every(
            "3b",
            f"From {start} % information deletion does better than pruning",
            quantity,
            gains(start, 99),
            Claimed(Side.ABOVE, 0.0),
        ),
        _by_size(evidence, start),
    ]


def _by_size(evidence: Evidence, start: int) -> Row:
    """The row of statement 3c. start: the lowest sparsity in percent that it is about."""
    statement = f"From {start} % the larger a task's training set, the more information deletion gains on pruning"
    statistic = "points gained, mean over these sparsities, for ten times the training examples"
    claimed = Claimed(Side.ABOVE, 0.0)
    gains, left_out = {}, []
    for task in tasks_of(evidence):
        findings = compared(
            evidence,
            "dev_accuracy",
            INFORMATION_DELETION,
            Against.PRUNE_PRETRAIN,
            lambda percent: percent >= max(start, 1),
            tasks=[task],
        )
        values = [finding.value for finding in findings]
        if values and not any(map(math.isnan, values)) and plain(task) in evidence.train_examples:
            gains[task] = np.mean(values)
        else:
            left_out.append(task)
    sizes = np.log10([evidence.train_examples[plain(task)] for task in gains])
    if left_out:
        statistic = f"{statistic}; left out, since runs are missing: {', '.join(left_out)}"
    if len(set(sizes)) < LEAST_SIZES:
        why = f"training sets of {len(set(sizes))} different sizes, of which a slope needs {LEAST_SIZES}"
        return undecided("3c", statement, f"{statistic}: {why}", claimed)
    fit = stats.linregress(sizes, list(gains.values()))
    half_width = stats.t.ppf((1 + LEVEL) / 2, len(sizes) - 2) * fit.stderr
    finding = Finding(fit.slope, fit.slope - half_width, fit.slope + half_width)
    return single("3c", statement, f"{statistic}; least squares over {len(sizes)} tasks", finding, claimed)
