"""Counts an encoder's weights, and those of them that are prunable."""

import torch
from torch import nn
from transformers import PreTrainedConfig

from .families import family_named
from .matrices import prunable_matrices


def count_weights(model: nn.Module) -> dict[str, int]:
    """Counts the weights of a transformers model that has its pre-training heads.

    Returns `parameters`, the number of all weights (tied ones count once), and `prunable`, the number in prunable matrices.
    """
    return {
        "parameters": sum(parameter.numel() for parameter in model.parameters()),
        "prunable": sum(matrix.numel() for matrix in prunable_matrices(model).values()),
    }


def count_weights_of(config: PreTrainedConfig) -> dict[str, int]:
    """Counts the weights of the model that a config describes, without memory for them. Raises UnknownFamily."""
    with torch.device("meta"):
        return count_weights(family_named(config.model_type).PRETRAINING(config))
