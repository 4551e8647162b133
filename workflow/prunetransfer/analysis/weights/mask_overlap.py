"""How far two masks of the same matrices agree, and how far two unrelated ones would."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

ALL = "all"
COLUMNS = [
    *("comparison", "sparsity", "task", "other_task", "learning_rate", "seed", "other_seed", "epoch", "name"),
    *("entries", "difference", "chance_difference", "jaccard", "chance_jaccard"),
]
"""Of mask_differences.csv."""


@dataclass(frozen=True)
class MaskOverlap:
    """Counts of entries, of one matrix or of several together. Shares are in percent.

    By chance: two masks that keep as many entries of each matrix, drawn independently of each other.
    """

    entries: int
    kept: int
    """By the one mask."""
    other_kept: int
    kept_by_both: int
    chance_kept_by_both: float
    """Expected by chance."""

    @property
    def difference(self) -> float:
        """Entries that differ, of all (PROTOCOL: mask difference)."""
        return 100 * self._differing(self.kept_by_both) / self.entries

    @property
    def chance_difference(self) -> float:
        """Expected; 2 s (1 - s) for two masks of sparsity s."""
        return 100 * self._differing(self.chance_kept_by_both) / self.entries

    @property
    def jaccard(self) -> float:
        """Entries that both keep, of those that either keeps; 100 where neither keeps any, since they agree."""
        return self._jaccard(self.kept_by_both)

    @property
    def chance_jaccard(self) -> float:
        """Of the expected counts."""
        return self._jaccard(self.chance_kept_by_both)

    def _differing(self, kept_by_both: float) -> float:
        return self.kept + self.other_kept - 2 * kept_by_both

    def _jaccard(self, kept_by_both: float) -> float:
        either = self.kept + self.other_kept - kept_by_both
        return 100 * kept_by_both / either if either else 100.0


class PackedMask(NamedTuple):
    """A mask of a matrix in a bit an entry, so that two are compared 64 entries at a time."""

    bits: np.ndarray
    """uint64, zero beyond the last entry."""
    entries: int
    kept: int


def pack_mask(mask: np.ndarray) -> PackedMask:
    """mask: bool of any shape, True where kept."""
    packed = np.packbits(mask)
    return PackedMask(np.pad(packed, (0, -packed.size % 8)).view(np.uint64), mask.size, int(np.count_nonzero(mask)))


def packed_overlap(mask: PackedMask, other: PackedMask) -> MaskOverlap:
    """Of two masks of one matrix."""
    both = int(np.bitwise_count(mask.bits & other.bits).sum(dtype=np.int64))
    return matrix_overlap(mask.entries, mask.kept, other.kept, both)


def matrix_overlap(entries: int, kept: int, other_kept: int, kept_by_both: int) -> MaskOverlap:
    """Of two masks of one matrix, from their counts."""
    return MaskOverlap(entries, kept, other_kept, kept_by_both, kept * other_kept / entries)


def pooled_overlap(overlaps: Iterable[MaskOverlap]) -> MaskOverlap:
    """Of several matrices taken together: their counts, added."""
    overlaps = list(overlaps)
    return MaskOverlap(
        sum(overlap.entries for overlap in overlaps),
        sum(overlap.kept for overlap in overlaps),
        sum(overlap.other_kept for overlap in overlaps),
        sum(overlap.kept_by_both for overlap in overlaps),
        sum(overlap.chance_kept_by_both for overlap in overlaps),
    )


def overlap_rows(comparison: dict, by_matrix: dict[str, MaskOverlap]) -> list[dict]:
    """Rows of mask_differences.csv: one for each matrix, in the given order, and one for all of them.

    comparison: what the rows say besides, as far as it applies.
    """
    named = {**by_matrix, ALL: pooled_overlap(by_matrix.values())}
    measures = COLUMNS[COLUMNS.index("entries") :]
    return [
        comparison | {"name": name} | {measure: getattr(overlap, measure) for measure in measures}
        for name, overlap in named.items()
    ]


def overlap_table(rows: list[dict]) -> pd.DataFrame:
    """mask_differences.csv; what doesn't apply to a comparison is empty."""
    table = pd.DataFrame(rows, columns=COLUMNS)
    return table.astype({"seed": "Int64", "other_seed": "Int64", "epoch": "Int64"})
