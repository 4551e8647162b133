"""The special tokens that every masked language model has."""

from dataclasses import dataclass


@dataclass(frozen=True)
class SpecialTokens:
    """Ids of the encoder's special tokens."""

    cls: int
    sep: int
    mask: int
    pad: int
    unk: int
