"""Measures how far two masks of the same matrices agree, and how far two unrelated masks would agree by chance."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

ALL = "all"
"""The entry in the column `name` that means all matrices together."""
COLUMNS = [
    *("comparison", "sparsity", "task", "other_task", "learning_rate", "seed", "other_seed", "epoch", "name"),
    *("entries", "difference", "chance_difference", "jaccard", "chance_jaccard"),
]
"""The columns of mask_differences.csv."""


@dataclass(frozen=True)
class MaskOverlap:
    """Counts of entries of one matrix, or of several together. Shares computed from them are in percent.

    `chance` refers to two masks that are drawn independently and keep the same numbers of entries of each matrix.
    """

    entries: int
    kept: int
    """The number of entries that the first mask keeps."""
    other_kept: int
    """The number of entries that the second mask keeps."""
    kept_by_both: int
    chance_kept_by_both: float
    """The expected number of entries that both keep by chance."""

    @property
    def difference(self) -> float:
        """The percentage of all entries that one mask keeps and the other doesn't: the mask difference."""
        return 100 * self._differing(self.kept_by_both) / self.entries

    @property
    def chance_difference(self) -> float:
        """The expected difference in percent: 100 * 2 s (1 - s) for two masks of sparsity s."""
        return 100 * self._differing(self.chance_kept_by_both) / self.entries

    @property
    def jaccard(self) -> float:
        """The entries that both keep, in percent of the entries that at least one keeps; 100 if neither keeps any."""
        return self._jaccard(self.kept_by_both)

    @property
    def chance_jaccard(self) -> float:
        """The Jaccard index of the expected counts, in percent."""
        return self._jaccard(self.chance_kept_by_both)

    def _differing(self, kept_by_both: float) -> float:
        return self.kept + self.other_kept - 2 * kept_by_both

    def _jaccard(self, kept_by_both: float) -> float:
        either = self.kept + self.other_kept - kept_by_both
        return 100 * kept_by_both / either if either else 100.0


class PackedMask(NamedTuple):
    """A mask of a matrix with one bit per entry, so that two masks are compared 64 entries at a time."""

    bits: np.ndarray
    """uint64 [ceil(entries / 64)]. Bits after the last entry are 0."""
    entries: int
    kept: int

    @classmethod
    def of(cls, mask: np.ndarray) -> "PackedMask":
        """Packs a mask. mask: bool of any shape, True where an entry is kept."""
        packed = np.packbits(mask)
        return cls(np.pad(packed, (0, -packed.size % 8)).view(np.uint64), mask.size, int(np.count_nonzero(mask)))


def packed_overlap(mask: PackedMask, other: PackedMask) -> MaskOverlap:
    """The overlap of two masks of one matrix."""
    both = int(np.bitwise_count(mask.bits & other.bits).sum(dtype=np.int64))
    return matrix_overlap(mask.entries, mask.kept, other.kept, both)


def matrix_overlap(entries: int, kept: int, other_kept: int, kept_by_both: int) -> MaskOverlap:
    """The overlap of two masks of one matrix, from their counts."""
    return MaskOverlap(entries, kept, other_kept, kept_by_both, kept * other_kept / entries)


def pooled_overlap(overlaps: Iterable[MaskOverlap]) -> MaskOverlap:
    """The overlap of several matrices together: the sums of their counts."""
    overlaps = list(overlaps)
    return MaskOverlap(
        sum(overlap.entries for overlap in overlaps),
        sum(overlap.kept for overlap in overlaps),
        sum(overlap.other_kept for overlap in overlaps),
        sum(overlap.kept_by_both for overlap in overlaps),
        sum(overlap.chance_kept_by_both for overlap in overlaps),
    )


def overlap_rows(comparison: dict, by_matrix: dict[str, MaskOverlap]) -> list[dict]:
    """Rows of mask_differences.csv: one for each matrix, in the given order, and one for all of them together.

    comparison: the columns that are the same in all these rows. Columns that don't apply may be missing.
    """
    named = {**by_matrix, ALL: pooled_overlap(by_matrix.values())}
    measures = COLUMNS[COLUMNS.index("entries") :]
    return [
        comparison | {"name": name} | {measure: getattr(overlap, measure) for measure in measures}
        for name, overlap in named.items()
    ]


def overlap_table(rows: list[dict]) -> pd.DataFrame:
    """The table mask_differences.csv from its rows. Fields that don't apply to a comparison are empty."""
    table = pd.DataFrame(rows, columns=COLUMNS)
    return table.astype({"seed": "Int64", "other_seed": "Int64", "epoch": "Int64"})
