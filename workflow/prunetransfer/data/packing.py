"""Batches without padding: sequences end to end, and what is needed to tell them apart."""

from dataclasses import dataclass, fields

import numpy as np
import torch
from torch import Tensor

BLOCK_COST = 4096
"""What a further block costs, in entries of a padded attention matrix: 12 heads take 0.2 ms for so many, and a block's
dozen operations as long. Batches of the miniature stay one block, MNLI's become five or so."""


@dataclass
class PaddedBlock:
    """Consecutive sequences of a batch that attention pads to the same length.

    sequences, tokens: how many. longest: the greatest length.
    padded_index: int64 [tokens], the place of each in a padded [sequences * longest] layout.
    key_bias: float32 [sequences, 1, 1, longest], 0 where that layout holds a token, else -inf.
    Both are None where all lengths are equal.
    """

    sequences: int
    tokens: int
    longest: int
    padded_index: Tensor | None
    key_bias: Tensor | None


@dataclass
class PackedBatch:
    """B sequences of T tokens in all, concatenated.

    tokens, token_types, positions: int64 [T]; positions count from 0 in each sequence.
    offsets: int64 [B + 1], where each sequence begins, and T.
    shortest, longest: the least and the greatest length.
    blocks: all sequences, in their order, for attention on the CPU.
    """

    tokens: Tensor
    token_types: Tensor
    positions: Tensor
    offsets: Tensor
    shortest: int
    longest: int
    blocks: list[PaddedBlock]

    @property
    def sequences(self) -> int:
        return len(self.offsets) - 1

    def to(self, device: torch.device) -> "PackedBatch":
        """On another device; its blocks, which only the CPU has use for, stay."""
        return moved(self, device)


def moved(batch, device: torch.device):
    """A dataclass with its tensors, and what else has `to`, on a device. To a GPU without waiting, through pinned memory."""
    if device.type == "cpu":
        return batch
    values = {field.name: getattr(batch, field.name) for field in fields(batch)}
    # A thread's own is the first GPU, where pinning would take memory of another process's.
    with torch.cuda.device(device):
        for name, value in values.items():
            if isinstance(value, Tensor):
                values[name] = value.pin_memory().to(device, non_blocking=True)
            elif hasattr(value, "to"):
                values[name] = value.to(device)
    return type(batch)(**values)


def pack(tokens: np.ndarray, lengths: np.ndarray, second_start: np.ndarray) -> PackedBatch:
    """Packs sequences that already stand end to end.

    tokens: integers [T]; lengths: integers [B] that add up to T; second_start: integers [B], where in each sequence
    token type 1 begins (its length where nowhere). Attention computes least where sequences of like length stand together.
    """
    offsets = np.concatenate(([0], np.cumsum(lengths)))
    positions = np.arange(len(tokens)) - np.repeat(offsets[:-1], lengths)
    token_types = positions >= np.repeat(second_start, lengths)
    return PackedBatch(
        tokens=torch.from_numpy(tokens.astype(np.int64)),
        token_types=torch.from_numpy(token_types.astype(np.int64)),
        positions=torch.from_numpy(positions.astype(np.int64)),
        offsets=torch.from_numpy(offsets.astype(np.int64)),
        shortest=int(lengths.min()),
        longest=int(lengths.max()),
        blocks=[
            _block(lengths[first:last], positions[offsets[first] : offsets[last]]) for first, last in _runs(lengths)
        ],
    )


def _block(lengths: np.ndarray, positions: np.ndarray) -> PaddedBlock:
    longest = int(lengths.max())
    padded_index = key_bias = None
    if int(lengths.min()) < longest:
        padded_index = torch.from_numpy(np.repeat(np.arange(len(lengths)) * longest, lengths) + positions)
        padding = torch.from_numpy(np.arange(longest) >= lengths[:, None])[:, None, None, :]
        key_bias = torch.zeros(padding.shape).masked_fill_(padding, -torch.inf)
    return PaddedBlock(len(lengths), int(lengths.sum()), longest, padded_index, key_bias)


def _runs(lengths: np.ndarray) -> list[tuple[int, int]]:
    """First and past-last sequence of each block: cut in two where that saves most, as long as it is worth a block."""
    area = len(lengths) * int(lengths.max()) ** 2
    before = np.arange(1, len(lengths))
    left = before * np.maximum.accumulate(lengths)[:-1] ** 2
    right = (len(lengths) - before) * np.maximum.accumulate(lengths[::-1])[::-1][1:] ** 2
    if len(before) and area - (left + right).min() > BLOCK_COST:
        middle = 1 + int((left + right).argmin())
        return _runs(lengths[:middle]) + [(middle + a, middle + b) for a, b in _runs(lengths[middle:])]
    return [(0, len(lengths))]


def gather(tokens: np.ndarray, offsets: np.ndarray, second_start: np.ndarray, chosen: np.ndarray) -> PackedBatch:
    """Packs the chosen sequences, in that order, out of a concatenation of many.

    tokens: [all tokens]; offsets: int64 [sequences + 1]; second_start: [sequences]; chosen: integers [B].
    """
    starts = offsets[chosen]
    lengths = offsets[chosen + 1] - starts
    first = np.cumsum(lengths) - lengths
    places = np.repeat(starts - first, lengths) + np.arange(int(lengths.sum()))
    return pack(tokens[places], lengths, second_start[chosen])
