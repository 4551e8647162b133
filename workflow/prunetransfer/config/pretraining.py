"""Settings of pre-training: a burn-in without pruning, then a checkpoint for each criterion and sparsity."""

from typing import Annotated

from pydantic import Field

from .base import Count, Name, Number, PositiveCount, PositiveFloat, Seed, Settings
from .optimization import OptimizerSettings
from .pruning import CriterionSettings


class Masking(Settings):
    """BERT's masking (Devlin et al. 2019): 80 % of the chosen tokens become [MASK], 10 % a random token, and 10 % stay."""

    share: Annotated[Number, Field(gt=0, lt=1)] = 0.15
    max_per_sequence: PositiveCount = 20


class Objective(Settings):
    """Masked language modelling, and next-sentence prediction unless `next_sentence` is false."""

    sequence_length: Annotated[int, Field(strict=True, ge=8)] = 128
    """The largest number of tokens in a sequence, special tokens included."""
    masking: Masking = Masking()
    next_sentence: bool = True
    dev_sequences: PositiveCount = 1_000
    """The dev loss is computed on this many sequences, drawn from the held-out documents."""


class Phase(Settings):
    """A part of pre-training, at whose start the warm-up of the learning rate restarts."""

    steps: Count
    learning_rate: PositiveFloat
    """The peak learning rate."""


class PretrainingSettings(Settings):
    objective: Objective = Objective()
    optimizer: OptimizerSettings = OptimizerSettings()
    seed: Seed = 0
    burn_in: Phase
    """Dense pre-training before any pruning. With 0 steps the encoder is taken as it is."""
    prune: Phase
    """Pre-training from the burn-in to the checkpoint of each criterion and sparsity. 0 % is trained for the same number of
    steps, without pruning."""
    criteria: dict[Name, CriterionSettings]
    """Ways to prune, by the names that arms use. Without `saliency`, the name must be that of a file in pruning/criteria."""
