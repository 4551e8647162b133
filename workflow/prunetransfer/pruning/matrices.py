"""Which parameters of an encoder are pruned."""

import re

from torch import nn


def prunable_matrices(model: nn.Module) -> dict[str, nn.Parameter]:
    """The word embeddings, every linear map inside the encoder's layers, and the pooler's, by parameter name.

    They are found by type and role, not by an architecture's names. `model` is a transformers model, with or without heads;
    its layers are the members of the encoder's `nn.ModuleList`s. Heads, biases, LayerNorm, position and token-type
    embeddings are left out (Gordon et al. 2020, section 3). Names are those of `model.named_parameters()`, in its order.
    Embeddings that are tied to a decoder are listed once.
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
    """The encoder's layer that a matrix is in, from 0, by the parameter's name; None for one outside the layers."""
    in_layer = re.search(r"\.(\d+)\.", name)
    return int(in_layer[1]) if in_layer else None
