"""One module per question asked of a study's results; tidy tables out. What needs no weights imports no torch."""

from importlib import import_module
from typing import Any

# Looked up when asked for: importing a module of tables must not load torch. Modules of this package import them from
# where they are, so that `code_version` sees it.
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
