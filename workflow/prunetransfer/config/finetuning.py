"""Settings of fine-tuning that all runs of a study share."""

from typing import Annotated

from pydantic import Field

from .base import PositiveFloat, Seed, Settings, Share, Unique
from .optimization import OptimizerSettings


class FinetuningSettings(Settings):
    learning_rates: Annotated[list[PositiveFloat], Field(min_length=1), Unique]
    """Every rate is tried. The best one on dev is reported, beside the mean over rates and an unbiased score."""
    seeds: Annotated[list[Seed], Field(min_length=1), Unique]
    """A seed decides a run's classifier weights, order of examples and dropout."""
    max_length: Annotated[int, Field(strict=True, ge=8)] = 128
    """The largest number of tokens of an example. Longer examples are cut."""
    classifier_dropout: Share = 0.1
    optimizer: OptimizerSettings = OptimizerSettings()
