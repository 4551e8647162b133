"""The files of a study: paths, manifests, atomic writes, sparse checkpoints, snapshots, and verification."""

from importlib import import_module
from typing import Any

# These modules are imported when they are first used, because importing this package must not load torch.
_HOMES = {"save_sparse": "sparse", "load_sparse": "sparse"}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOMES[name]}", __name__), name)
