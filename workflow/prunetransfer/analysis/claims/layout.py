"""claims.md: the verdicts, the meaning of the values, and statements that the paper's own numbers contradict."""

import math
import textwrap
from collections import Counter

from ..tables.markdown import pipe_table
from ..tables.published import plain
from .rows import Row
from .verdict import Finding, Verdict

_WIDTH = 110
_RULE = (
    "A statement holds if the 95 % interval of its value lies on the claimed side of the threshold. It fails if the "
    "interval lies on the other side. It is undecided if the interval contains the threshold, or if the data are too "
    "few. Counts and means over all weights of a checkpoint, and the loss of one pre-training, are exact and have no "
    "interval: the value alone decides. Such values don't tell what another training would have given."
)
_EXTREMES = (
    "For a statement about every sparsity or task, the table shows the most extreme value. Such a statement holds if "
    "every interval lies on the claimed side. It fails if one interval lies on the other side even after it is widened "
    "for the number of intervals (Bonferroni). Where a comparison is missing, the statement can fail but not hold."
)
_PAPER = (
    "The last column has the value and the verdict that the same code gives on the paper's published numbers, for the "
    "paper's own tasks. Published numbers have no intervals. The column is empty where they don't test the statement. "
    "Thresholds come from the configuration (`claims`). Where the paper names no threshold, the default is ours."
)


def markdown(rows: list[Row], published: dict[str, Row]) -> str:
    """claims.md. published: the same statements, tested on the paper's numbers, by `plain(claim)`."""
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
    finding = row.finding
    interval = "" if math.isnan(finding.low) else f"[{_number(finding.low)}, {_number(finding.high)}]"
    claimed = f"{row.claimed.side} {_number(row.claimed.threshold)}"
    papers = "" if paper is None or math.isnan(paper.finding.value) else f"{_value(paper.finding)}, {paper.verdict}"
    return [row.claim, row.statement, str(row.verdict), _value(finding), interval, claimed, papers]


def _contradiction(row: Row) -> str:
    return f"{row.statement}. Published: {_value(row.finding)} ({row.statistic})."


def _listed(items: list[tuple[str, str]]) -> str:
    return "\n".join(_filled(f"{claim}: {text}", initial_indent="- ", subsequent_indent="  ") for claim, text in items)


def _filled(text: str, **indents: str) -> str:
    return textwrap.fill(text, _WIDTH, break_on_hyphens=False, **indents)


def _value(finding: Finding) -> str:
    return "–" if math.isnan(finding.value) else _number(finding.value)


def _number(value: float) -> str:
    return f"{value:.3g}"
