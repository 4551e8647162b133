"""What one-shot magnitude pruning takes away: the sum of the pruned weights, and of their magnitudes (Figure 5)."""

from pathlib import Path

import numpy as np
import pandas as pd

from prunetransfer.storage.files import whole_file

from .weights.matrices import PARTS, CheckpointWeights
from .weights.sort_order import magnitude_order

SETTINGS = None
COLUMNS = ["sparsity", "name", "weights", "pruned", "sum_of_weights", "sum_of_magnitudes"]
SPARSITIES = range(100)
"""Whole percents."""


def analyse(inputs: list[Path], settings: None, output: Path) -> None:
    """Writes pruned_weights.csv: a row per sparsity in percent and part of the encoder, and `all`.

    inputs: the manifest of the unpruned checkpoint. Each matrix is pruned to the sparsity by itself, so a part's sums
    are its matrices'. A part that the encoder lacks (a pooler) has no rows.
    """
    (manifest,) = inputs
    checkpoint = CheckpointWeights(manifest)
    totals = {part: np.zeros((4, len(SPARSITIES))) for part in ("all", *PARTS)}
    for matrix in checkpoint.matrices:
        pruned = np.array([round(sparsity / 100 * matrix.size) for sparsity in SPARSITIES])
        sums = pruned_sums(checkpoint.weight(matrix.name), pruned)
        for name in ("all", matrix.part):
            totals[name] += np.stack([np.full(len(pruned), matrix.size), pruned, *sums])
    rows = [
        (sparsity, name, int(weights), int(pruned), of_weights, of_magnitudes)
        for name, columns in totals.items()
        if columns.any()
        for sparsity, (weights, pruned, of_weights, of_magnitudes) in zip(SPARSITIES, columns.T, strict=True)
    ]
    with whole_file(output) as temporary:
        pd.DataFrame(rows, columns=COLUMNS).to_csv(temporary, index=False, lineterminator="\n")


def pruned_sums(weight: np.ndarray, pruned: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Sums, in float64, of the `pruned[k]` weights of least magnitude and of their magnitudes: [len(pruned)] each.

    Of equal magnitudes the earlier in row-major order is pruned first, as `pruning.masks.mask_lowest` does. One sort
    serves all counts.
    """
    ordered = weight.ravel()[magnitude_order(weight)]
    sums = [np.cumsum(values, dtype=np.float64) for values in (ordered, np.abs(ordered))]
    of_weights, of_magnitudes = (np.concatenate([[0.0], values])[pruned] for values in sums)
    return of_weights, of_magnitudes
