"""Batches without padding. A packed batch has the concatenated sequences, their offsets, and the tokens' positions."""

from dataclasses import dataclass, fields

import numpy as np
import torch
from torch import Tensor

BLOCK_COST = 4096
"""The cost of a further block, as a number of entries of a padded attention matrix. The dozen operations of a block take
0.2 ms, as long as 12 heads take for 4,096 entries. The miniature's batches stay one block. MNLI's become about five."""


@dataclass
class PaddedBlock:
    """Consecutive sequences of a batch that attention pads to the same length.

    sequences, tokens: the numbers of sequences and of tokens in the block.
    longest: the length of the longest sequence, in tokens.
    padded_index: int64 [tokens], each token's index in a padded layout [sequences * longest].
    key_bias: float32 [sequences, 1, 1, longest], 0 where this layout has a token, else -inf.
    padded_index and key_bias are None if all sequences have the same length.
    """

    sequences: int
    tokens: int
    longest: int
    padded_index: Tensor | None
    key_bias: Tensor | None


@dataclass
class PackedBatch:
    """B sequences, concatenated to T tokens.

    tokens, token_types, positions: int64 [T]. Positions count from 0 in each sequence.
    offsets: int64 [B + 1], the index of each sequence's first token, and T.
    shortest, longest: the lengths of the shortest and of the longest sequence, in tokens.
    blocks: the blocks that all sequences form, in their order. Attention on the CPU uses them.
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
        """Returns the batch on another device. Its blocks stay on the CPU, because only the CPU uses them."""
        return moved(self, device)


def moved(batch, device: torch.device):
    """Returns a copy of a dataclass whose tensors, and other fields with a method `to`, are moved to a device.

    Copies to a GPU go through pinned memory, and the function does not wait until they are done.
    """
    if device.type == "cpu":
        return batch
    values = {field.name: getattr(batch, field.name) for field in fields(batch)}
    # In a new thread, the current device is the first GPU. Pinning would take memory on it, even if another process uses it.
    with torch.cuda.device(device):
        for name, value in values.items():
            if isinstance(value, Tensor):
                values[name] = value.pin_memory().to(device, non_blocking=True)
            elif hasattr(value, "to"):
                values[name] = value.to(device)
    return type(batch)(**values)


def pack(tokens: np.ndarray, lengths: np.ndarray, second_start: np.ndarray) -> PackedBatch:
    """Packs sequences that are already concatenated.

    tokens: integers [T].
    lengths: integers [B] that add up to T.
    second_start: integers [B], the index in each sequence at which token type 1 begins; its length if all are of type 0.

    Attention on the CPU is fastest if sequences of similar length are neighbours.
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
    """Returns the blocks: the index of the first sequence of each, and the index after its last.

    The sequences are cut in two at the place that saves most, and each part is cut again, as long as a cut saves more than
    `BLOCK_COST`.
    """
    area = len(lengths) * int(lengths.max()) ** 2
    before = np.arange(1, len(lengths))
    left = before * np.maximum.accumulate(lengths)[:-1] ** 2
    right = (len(lengths) - before) * np.maximum.accumulate(lengths[::-1])[::-1][1:] ** 2
    if len(before) and area - (left + right).min() > BLOCK_COST:
        middle = 1 + int((left + right).argmin())
        return _runs(lengths[:middle]) + [(middle + a, middle + b) for a, b in _runs(lengths[middle:])]
    return [(0, len(lengths))]


def gather(tokens: np.ndarray, offsets: np.ndarray, second_start: np.ndarray, chosen: np.ndarray) -> PackedBatch:
    """Packs some of S concatenated sequences with T tokens.

    tokens: integers [T]. offsets: int64 [S + 1]. second_start: integers [S], as in `pack`. chosen: integers [B], the indices
    of the sequences to pack, in this order.
    """
    starts = offsets[chosen]
    lengths = offsets[chosen + 1] - starts
    first = np.cumsum(lengths) - lengths
    places = np.repeat(starts - first, lengths) + np.arange(int(lengths.sum()))
    return pack(tokens[places], lengths, second_start[chosen])
