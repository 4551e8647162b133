"""pruned_weights.csv: the sum of the weights that magnitude pruning removes, and of their magnitudes (Figure 5)."""

from pathlib import Path

import numpy as np
import pandas as pd

from prunetransfer.storage.files import whole_file
from prunetransfer.storage.inputs import Inputs

from .weights.mask_overlap import ALL
from .weights.matrices import PARTS, CheckpointWeights
from .weights.sort_order import magnitude_order

SETTINGS = None
COLUMNS = ["sparsity", "name", "weights", "pruned", "sum_of_weights", "sum_of_magnitudes"]
SPARSITY_PERCENTS = range(100)


def analyse(inputs: Inputs, settings: None, output: Path) -> None:
    """Writes pruned_weights.csv: a row per sparsity in percent for each part of the encoder, and for all parts together.

    inputs: `checkpoint`, the manifest of the unpruned checkpoint. One-shot magnitude pruning prunes each matrix to the
    sparsity separately. The sums of a part are totals over its matrices. A part that the encoder doesn't have, such as a
    pooler, has no rows.
    """
    checkpoint = CheckpointWeights(inputs.file("checkpoint"))
    totals = {part: np.zeros((4, len(SPARSITY_PERCENTS))) for part in (ALL, *PARTS)}
    for matrix in checkpoint.matrices:
        pruned = np.array([round(percent / 100 * matrix.size) for percent in SPARSITY_PERCENTS])
        sums = pruned_sums(checkpoint.weight(matrix.name), pruned)
        for name in (ALL, matrix.part):
            totals[name] += np.stack([np.full(len(pruned), matrix.size), pruned, *sums])
    rows = [
        (percent, name, int(weights), int(pruned), of_weights, of_magnitudes)
        for name, columns in totals.items()
        if columns.any()
        for percent, (weights, pruned, of_weights, of_magnitudes) in zip(SPARSITY_PERCENTS, columns.T, strict=True)
    ]
    with whole_file(output) as temporary:
        pd.DataFrame(rows, columns=COLUMNS).to_csv(temporary, index=False, lineterminator="\n")


def pruned_sums(weight: np.ndarray, pruned: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The sum of the `pruned[k]` smallest weights, and the sum of their magnitudes, for each k: float64 [len(pruned)] each.

    If magnitudes are equal, the earlier weight in row-major order is pruned first, as in `pruning.masks.mask_lowest`. The
    weights are sorted only once.
    """
    ordered = weight.ravel()[magnitude_order(weight)]
    sums = [np.cumsum(values, dtype=np.float64) for values in (ordered, np.abs(ordered))]
    of_weights, of_magnitudes = (np.concatenate([[0.0], values])[pruned] for values in sums)
    return of_weights, of_magnitudes
