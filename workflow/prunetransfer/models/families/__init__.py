"""The code that differs between architectures. Each has a file here, named after transformers' `model_type`.

A family's file defines:
    PRETRAINING, CLASSIFICATION     transformers' classes with the pre-training heads and with a classifier
    LAYER_ROLES                     the role of each linear map of a layer, by its name in the layer: query, key, value,
                                    attention_output, intermediate, output
    HAS_TOKEN_TYPES                 whether the encoder's input says in which sentence of a pair a token is
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
    """An architecture has no file here. The message lists the architectures that have one."""


def family_named(model_type: str) -> ModuleType:
    """Returns the module of a `model_type` of transformers. Raises UnknownFamily if there is none."""
    if model_type not in available_families():
        raise UnknownFamily(f"architecture {model_type!r}: allowed are {', '.join(available_families())}")
    return import_module(f"{__name__}.{model_type}")
