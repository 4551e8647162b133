"""Finds the parameters of an encoder that can be pruned."""

import re

from torch import nn


def prunable_matrices(model: nn.Module) -> dict[str, nn.Parameter]:
    """Returns the word embeddings, and the matrices of all linear maps of the encoder's layers and pooler, by parameter name.

    The matrices are found by type and role, so this works for all architectures. `model` is a model of transformers, with or
    without heads. Its layers are the members of the encoder's `nn.ModuleList`s. Heads, biases, LayerNorm, and position and
    token-type embeddings are not pruned (Gordon et al. 2020, section 3). Names and their order are those of
    `model.named_parameters()`. Embeddings that are tied to a decoder are listed once.
    """
    encoder = model.base_model
    chosen = {id(model.get_input_embeddings().weight)}
    for module in encoder.modules():
        if isinstance(module, nn.ModuleList):
            chosen |= {id(child.weight) for child in module.modules() if isinstance(child, nn.Linear)}
    if getattr(encoder, "pooler", None) is not None:
        chosen |= {id(child.weight) for child in encoder.pooler.modules() if isinstance(child, nn.Linear)}
    return {name: parameter for name, parameter in model.named_parameters() if id(parameter) in chosen}


def layer_of(name: str) -> int | None:
    """Returns the number of the layer, from 0, that contains the parameter of this name; None if no layer contains it."""
    in_layer = re.search(r"\.(\d+)\.", name)
    return int(in_layer[1]) if in_layer else None
