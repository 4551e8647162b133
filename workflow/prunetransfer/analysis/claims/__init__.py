"""claims.csv: tests each of the paper's claims on this study's numbers, and on the published numbers."""

from pathlib import Path

import pandas as pd

from prunetransfer.config.claims import ClaimsSettings
from prunetransfer.storage.files import whole_file
from prunetransfer.storage.inputs import Inputs

from ..tables.published import plain
from .evidence import Evidence
from .layout import markdown
from .registry import evaluate
from .rows import Row

SETTINGS = ClaimsSettings
COLUMNS = ["claim", "statement", "statistic", "value", "ci_low", "ci_high", "threshold", "verdict", "paper_value"]


def analyse(inputs: Inputs, settings: ClaimsSettings, output: Path) -> None:
    """Writes claims.csv, and claims.md beside it. inputs: as for `Evidence.from_study` and `Evidence.published`."""
    rows = evaluate(Evidence.from_study(inputs), settings)
    published = {plain(row.claim): row for row in evaluate(Evidence.published(inputs), settings)}
    with whole_file(output) as temporary:
        claims_table(rows, published).to_csv(temporary, index=False, lineterminator="\n")
    with whole_file(output.with_suffix(".md")) as temporary:
        temporary.write_text(markdown(rows, published), encoding="utf-8")


def claims_table(rows: list[Row], published: dict[str, Row]) -> pd.DataFrame:
    """claims.csv: a row per statement. published: the rows of the paper's numbers, by `plain(claim)`.

    `value`, its interval and `threshold` are in the units that `statistic` names. The interval is empty for exact
    values, and if there are too few data. `paper_value` is empty if the published numbers don't test the statement.
    """
    table = []
    for row in rows:
        finding = row.finding
        table.append(
            {
                "claim": row.claim,
                "statement": row.statement,
                "statistic": row.statistic,
                "value": finding.value,
                "ci_low": finding.low,
                "ci_high": finding.high,
                "threshold": row.claimed.threshold,
                "verdict": str(row.verdict),
                "paper_value": published[plain(row.claim)].finding.value if plain(row.claim) in published else None,
            }
        )
    return pd.DataFrame(table, columns=COLUMNS)
