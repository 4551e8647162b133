"""Pre-training: burn-in without pruning, then a checkpoint for each criterion and sparsity."""

from typing import Annotated

from pydantic import Field

from .base import Count, Name, Number, PositiveCount, PositiveFloat, Seed, Settings
from .optimization import OptimizerSettings
from .pruning import CriterionSettings


class Masking(Settings):
    """Devlin et al. 2019: of the chosen tokens 80 % become [MASK], 10 % a random token, 10 % stay."""

    share: Annotated[Number, Field(gt=0, lt=1)] = 0.15
    max_per_sequence: PositiveCount = 20


class Objective(Settings):
    """Masked LM and, where asked for, next-sentence prediction."""

    sequence_length: Annotated[int, Field(strict=True, ge=8)] = 128
    """The most tokens in a sequence, special tokens included."""
    masking: Masking = Masking()
    next_sentence: bool = True
    dev_sequences: PositiveCount = 1_000
    """Sequences, drawn from the held-out documents, that the dev loss is computed on."""


class Phase(Settings):
    """A stretch of pre-training with its own warm-up and decay."""

    steps: Count
    learning_rate: PositiveFloat
    """The peak."""


class PretrainingSettings(Settings):
    objective: Objective = Objective()
    optimizer: OptimizerSettings = OptimizerSettings()
    seed: Seed = 0
    burn_in: Phase
    """Dense pre-training before any pruning. 0 steps: take the encoder as it is."""
    prune: Phase
    """From the burn-in to each criterion's and sparsity's checkpoint; 0 % gets as many steps."""
    criteria: dict[Name, CriterionSettings]
    """How to prune, by a name that arms use. A name without `saliency` must be that of a file in pruning/criteria."""
