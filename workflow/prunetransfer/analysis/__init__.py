"""Tables made from a study's results: a module per analysis. Modules that read no weights don't import torch."""

from importlib import import_module
from typing import Any

# Imported on first access, since importing a module of tables must not load torch. Modules of this package import these
# functions from their own modules, so that `code_version` sees the dependency.
_HOMES = {
    "head_sparsity": "attention_heads",
    "mask_difference": "mask_differences",
    "sort_order_movement": "weights.sort_order",
}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOMES[name]}", __name__), name)
