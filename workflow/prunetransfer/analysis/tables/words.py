"""Writes numbers for use in sentences."""


def points(value: float) -> str:
    """Percentage points: `1 point`, `0.5 points`."""
    return f"{value:g} point" if value == 1 else f"{value:g} points"
