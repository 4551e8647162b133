"""claims.csv: each of the paper's claims as a test on this study's own numbers, and on the published ones."""

from pathlib import Path

import pandas as pd

from prunetransfer.config.claims import ClaimsSettings
from prunetransfer.storage.files import whole_file

from ..tables.published import plain
from .evidence import Evidence
from .layout import markdown
from .registry import evaluate
from .rows import Row

SETTINGS = ClaimsSettings
COLUMNS = ["claim", "statement", "statistic", "value", "ci_low", "ci_high", "threshold", "verdict", "paper_value"]


def analyse(inputs: list[Path], settings: ClaimsSettings, output: Path) -> None:
    """Writes claims.csv, and claims.md beside it.

    inputs, in any order: what `Evidence.from_study` and `Evidence.published` name, the latter in a folder `reference`.
    """
    rows = evaluate(Evidence.from_study(inputs), settings)
    published = {plain(row.claim): row for row in evaluate(Evidence.published(inputs), settings)}
    with whole_file(output) as temporary:
        claims_table(rows, published).to_csv(temporary, index=False, lineterminator="\n")
    with whole_file(output.with_suffix(".md")) as temporary:
        temporary.write_text(markdown(rows, published), encoding="utf-8")


def claims_table(rows: list[Row], published: dict[str, Row]) -> pd.DataFrame:
    """A row per statement; `published` has the same tested on the paper's numbers, by the claim as `plain` spells it.

    `value`, its interval and `threshold` are in the units that `statistic` names. The interval is empty where there is
    none by nature (exact values) or the data are too few, `paper_value` where the published numbers don't tell.
    """
    table = []
    for row in rows:
        estimate = row.estimate
        table.append(
            {
                "claim": row.claim,
                "statement": row.statement,
                "statistic": row.statistic,
                "value": estimate.value,
                "ci_low": estimate.low,
                "ci_high": estimate.high,
                "threshold": row.claimed.threshold,
                "verdict": str(row.verdict),
                "paper_value": published[plain(row.claim)].estimate.value if plain(row.claim) in published else None,
            }
        )
    return pd.DataFrame(table, columns=COLUMNS)
