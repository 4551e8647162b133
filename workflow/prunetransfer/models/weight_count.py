"""How many weights an encoder has, and how many of them are prunable."""

import torch
from torch import nn
from transformers import PreTrainedConfig

from .families import family_named
from .matrices import prunable_matrices


def count_weights(model: nn.Module) -> dict[str, int]:
    """Counts the weights of a transformers model that has its pre-training heads.

    Returns `parameters`, all weights, tied ones once; and `prunable`, those in matrices that are pruned.
    """
    return {
        "parameters": sum(parameter.numel() for parameter in model.parameters()),
        "prunable": sum(matrix.numel() for matrix in prunable_matrices(model).values()),
    }


def count_weights_of(config: PreTrainedConfig) -> dict[str, int]:
    """Counts the weights of the model that a config describes, without memory for them. Raises UnknownFamily."""
    with torch.device("meta"):
        return count_weights(family_named(config.model_type).PRETRAINING(config))
