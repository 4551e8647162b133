"""Makes tables from a study's results. Each analysis has a module. Modules that read no weights don't import torch."""

from importlib import import_module
from typing import Any

# These functions are imported when they are first used, because importing a module that makes tables must not load torch.
# Modules of this package import them directly from the modules below, so that `code_version` sees the dependency.
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
