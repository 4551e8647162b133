"""What differs between architectures: a file for each, called by transformers' `model_type`.

A family's file has:
    PRETRAINING, CLASSIFICATION     transformers' classes with the pre-training heads and with a classifier
    LAYER_ROLES                     the linear maps of a layer, by name in it: query, key, value, attention_output,
                                    intermediate, output
    HAS_TOKEN_TYPES                 whether the encoder is told which sentence of a pair a token is in
    fresh_config(...)               a transformers config for a fresh encoder of given sizes
    first_position(config)          the position of a sequence's first token
    masked_lm_logits(model, hidden)         [n, hidden] -> [n, vocabulary]
    next_sentence_logits(model, pooled)     [n, hidden] -> [n, 2], or None in place of the function
    pool(encoder, first)                    hidden states of first tokens [n, hidden] -> [n, hidden]
    classification_logits(model, pooled)    [n, hidden] -> [n, labels]
"""

from importlib import import_module
from pathlib import Path
from types import ModuleType

from prunetransfer.errors import PruneTransferError


class UnknownFamily(PruneTransferError):
    """An architecture that has no file here."""


def available_families() -> list[str]:
    return sorted(path.stem for path in Path(__file__).parent.glob("*.py") if not path.stem.startswith("_"))


def family_named(model_type: str) -> ModuleType:
    """The family of a transformers `model_type`. Raises UnknownFamily with the ones there are."""
    if model_type not in available_families():
        raise UnknownFamily(f"architecture {model_type!r}: allowed are {', '.join(available_families())}")
    return import_module(f"{__name__}.{model_type}")
