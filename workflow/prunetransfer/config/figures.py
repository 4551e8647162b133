"""Settings of the figures' appearance. Jobs that train do not read them."""

from typing import Annotated

from pydantic import Field

from .base import PositiveFloat, Settings


class FigureSettings(Settings):
    width: PositiveFloat = 6.75
    """Width of a full-width figure in inches (two columns of a paper)."""
    dpi: Annotated[int, Field(strict=True, ge=50, le=1200)] = 200
    """Resolution of the PNG files."""
    font_size: PositiveFloat = 8.0
    """The size of the text in points."""
    paper_curves: bool = True
    """Draw the published curves in grey if the study has the paper's tasks."""
