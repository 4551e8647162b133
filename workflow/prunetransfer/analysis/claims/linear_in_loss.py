"""Claim 7: information deletion's dev accuracy is linear in the pre-training loss, with a slope per task."""

import pandas as pd

from prunetransfer.config.claims import ClaimsSettings

from .evidence import Evidence
from .rows import Row, single, undecided
from .verdict import Claimed, Finding, Side


def rows(evidence: Evidence, settings: ClaimsSettings) -> list[Row]:
    """A row `7 <task>` for each of the study's tasks: R^2 of the least squares fit. The statistic also names the slope."""
    claimed = Claimed(Side.AT_LEAST, settings.linear_r2)
    found = []
    for fit in evidence.information.itertuples():
        claim = f"7 {fit.task}"
        statement = (
            f"Pre-training loss predicts information deletion's accuracy on {fit.task}: R² ≥ {claimed.threshold:g}"
        )
        if pd.isna(fit.r2):
            found.append(undecided(claim, statement, f"R² of the line of best fit: {fit.points:g} points", claimed))
            continue
        statistic = (
            f"R² of the line of best fit through {fit.points:g} points, slope {fit.slope:.1f} points per nat "
            f"[{fit.slope_low:.1f}, {fit.slope_high:.1f}]"
        )
        if pd.notna(fit.left_out) and fit.left_out:
            statistic = f"{statistic}, without {fit.left_out.replace(';', ' %, ')} %"
        found.append(single(claim, statement, statistic, Finding(fit.r2, fit.r2_low, fit.r2_high), claimed))
    statement = "Pre-training loss predicts information deletion's accuracy, with a slope per task"
    return found or [undecided("7", statement, "no fits: no information deletion in this study", claimed)]
