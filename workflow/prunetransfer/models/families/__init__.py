"""What differs between architectures. Each has a file here, named by transformers' `model_type`.

A family's file has:
    PRETRAINING, CLASSIFICATION     transformers' classes with the pre-training heads and with a classifier
    LAYER_ROLES                     the role of each linear map of a layer, by its name in the layer: query, key, value,
                                    attention_output, intermediate, output
    HAS_TOKEN_TYPES                 whether the encoder is told which sentence of a pair a token is in
    fresh_config(sizes, vocabulary_size, pad_token)     a transformers config for a fresh encoder of these sizes
    first_position(config)          the position id of a sequence's first token
    masked_lm_logits(model, hidden)         [n, hidden] -> [n, vocabulary]
    next_sentence_logits(model, pooled)     [n, hidden] -> [n, 2], or None in place of the function
    pool(encoder, first)                    hidden states of first tokens [n, hidden] -> [n, hidden]
    classification_logits(model, pooled)    [n, hidden] -> [n, labels]
"""

from importlib import import_module
from types import ModuleType

from prunetransfer.config.available import available_families
from prunetransfer.errors import PruneTransferError


class UnknownFamily(PruneTransferError):
    """An architecture that has no file here."""


def family_named(model_type: str) -> ModuleType:
    """Returns the module of a transformers `model_type`. Raises UnknownFamily, whose message lists those that exist."""
    if model_type not in available_families():
        raise UnknownFamily(f"architecture {model_type!r}: allowed are {', '.join(available_families())}")
    return import_module(f"{__name__}.{model_type}")
