"""Batches without padding: sequences end to end, and what is needed to tell them apart."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor


@dataclass
class PackedBatch:
    """B sequences of T tokens in all, concatenated.

    tokens, token_types, positions: int64 [T]; positions count from 0 in each sequence.
    first: int64 [B], where each sequence begins.
    padded_index: int64 [T], the place of each token in a padded [B * longest] layout; None where all lengths are equal.
    key_mask: bool [B, 1, 1, longest], True where that layout holds a token; None where all lengths are equal.
    longest: the greatest length.
    """

    tokens: Tensor
    token_types: Tensor
    positions: Tensor
    first: Tensor
    padded_index: Tensor | None
    key_mask: Tensor | None
    longest: int

    @property
    def sequences(self) -> int:
        return len(self.first)

    def to(self, device: torch.device) -> "PackedBatch":
        fields = {
            name: value.to(device, non_blocking=True) if isinstance(value, Tensor) else value
            for name, value in vars(self).items()
        }
        return PackedBatch(**fields)


def pack(tokens: np.ndarray, lengths: np.ndarray, second_start: np.ndarray) -> PackedBatch:
    """Packs sequences that already stand end to end.

    tokens: integers [T]; lengths: integers [B] that add up to T; second_start: integers [B], where in each sequence
    token type 1 begins (its length where nowhere).
    """
    first = np.cumsum(lengths) - lengths
    positions = np.arange(len(tokens)) - np.repeat(first, lengths)
    token_types = positions >= np.repeat(second_start, lengths)
    longest = int(lengths.max())
    padded_index = key_mask = None
    if int(lengths.min()) < longest:
        padded_index = torch.from_numpy(np.repeat(np.arange(len(lengths)) * longest, lengths) + positions)
        key_mask = torch.from_numpy(np.arange(longest) < lengths[:, None])[:, None, None, :]
    return PackedBatch(
        tokens=torch.from_numpy(tokens.astype(np.int64)),
        token_types=torch.from_numpy(token_types.astype(np.int64)),
        positions=torch.from_numpy(positions.astype(np.int64)),
        first=torch.from_numpy(first.astype(np.int64)),
        padded_index=padded_index,
        key_mask=key_mask,
        longest=longest,
    )


def gather(tokens: np.ndarray, offsets: np.ndarray, second_start: np.ndarray, chosen: np.ndarray) -> PackedBatch:
    """Packs the chosen sequences, in that order, out of a concatenation of many.

    tokens: [all tokens]; offsets: int64 [sequences + 1]; second_start: [sequences]; chosen: integers [B].
    """
    starts = offsets[chosen]
    lengths = offsets[chosen + 1] - starts
    first = np.cumsum(lengths) - lengths
    places = np.repeat(starts - first, lengths) + np.arange(int(lengths.sum()))
    return pack(tokens[places], lengths, second_start[chosen])
