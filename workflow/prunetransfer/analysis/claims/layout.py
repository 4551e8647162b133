"""claims.md: verdicts first, then what was measured, then where the paper's numbers contradict its words."""

import math
import textwrap
from collections import Counter

from ..tables.markdown import pipe_table
from ..tables.published import plain
from .rows import Row
from .verdict import Estimate, Verdict

_WIDTH = 110
_RULE = (
    "A statement holds if the 95 % interval of its value lies where it says, fails if the interval lies beyond the "
    "threshold, and is undecided if the interval straddles it or the data are too few. Some values have no interval by "
    "nature and decide alone: counts and means over all weights of a checkpoint, and the loss of one pre-training. What "
    "another training would have given isn't known from these."
)
_EXTREMES = (
    "Of a statement about every sparsity or task the extreme one is shown. It holds if each one's own interval lies where it "
    "says, and fails if one of them lies beyond the threshold even when widened for their number (Bonferroni). Where a "
    "comparison is missing it can fail, but not hold."
)
_PAPER = (
    "The last column has the value and the verdict that the same code gives on the numbers that the paper published (on "
    "its own tasks, whichever the study has), which have no intervals; it is empty where these don't tell. Thresholds "
    "are the config's (`claims`); where the paper gives none they are ours."
)


def markdown(rows: list[Row], published: dict[str, Row]) -> str:
    """`published` has the same statements tested on the paper's numbers, by the claim as `plain` spells it."""
    table = pipe_table(
        ["Claim", "Statement", "Verdict", "Value", "95 % interval", "Claimed", "Paper's numbers"],
        [_cells(row, published.get(plain(row.claim))) for row in rows],
        names=3,
    )
    counts = Counter(row.verdict for row in rows)
    total = f"Of {len(rows)} statements {', '.join(f'{counts[verdict]} {_PLURAL[verdict]}' for verdict in Verdict)}."
    parts = [total, table, *(_filled(note) for note in (_RULE, _EXTREMES, _PAPER))]
    parts += ["What the values are:", _listed([(row.claim, row.statistic) for row in rows])]
    contradictions = [row for row in published.values() if row.verdict is Verdict.FAILS]
    if contradictions:
        parts.append("Where the published numbers contradict the paper's wording:")
        parts.append(_listed([(row.claim, _contradiction(row)) for row in contradictions]))
    return "\n\n".join(parts) + "\n"


_PLURAL = {Verdict.HOLDS: "hold", Verdict.FAILS: "fail", Verdict.UNDECIDED: "are undecided"}


def _cells(row: Row, paper: Row | None) -> list[str]:
    estimate = row.estimate
    interval = "" if math.isnan(estimate.low) else f"[{_number(estimate.low)}, {_number(estimate.high)}]"
    claimed = f"{row.claimed.side} {_number(row.claimed.threshold)}"
    papers = "" if paper is None or math.isnan(paper.estimate.value) else f"{_value(paper.estimate)}, {paper.verdict}"
    return [row.claim, row.statement, str(row.verdict), _value(estimate), interval, claimed, papers]


def _contradiction(row: Row) -> str:
    return f"{row.statement}. Published: {_value(row.estimate)} ({row.statistic})."


def _listed(items: list[tuple[str, str]]) -> str:
    return "\n".join(_filled(f"{claim}: {text}", initial_indent="- ", subsequent_indent="  ") for claim, text in items)


def _filled(text: str, **indents: str) -> str:
    return textwrap.fill(text, _WIDTH, break_on_hyphens=False, **indents)


def _value(estimate: Estimate) -> str:
    return "–" if math.isnan(estimate.value) else _number(estimate.value)


def _number(value: float) -> str:
    return f"{value:.3g}"
