"""movement.csv: how far fine-tuning moves weights in the magnitude sort order (Gordon et al. 2020, Table 2, Figure 4).

movement_bins.csv has the same for weights grouped by their rank before fine-tuning (Figure 7).
"""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd

from prunetransfer.errors import PruneTransferError
from prunetransfer.jobs.settings.analyses import MovementSettings
from prunetransfer.storage.files import whole_file
from prunetransfer.storage.inputs import Inputs
from prunetransfer.storage.manifests import base_of

from .weights.mask_overlap import ALL, MaskOverlap, matrix_overlap, overlap_rows, overlap_table
from .weights.matrices import PARTS, CheckpointWeights
from .weights.sort_order import displacements, magnitude_order, ranks_after

SETTINGS = MovementSettings
RUN = ["task", "learning_rate", "seed"]
COLUMNS = [*RUN, "epoch", "level", "name", "weights", "mean", "std"]
BIN_COLUMNS = [*RUN, "epoch", "name", "bin", "weights", "mean", "std"]


class TrajectoryError(PruneTransferError):
    """The snapshots don't belong to one fine-tuning run. The message names them."""


def analyse(inputs: Inputs, settings: MovementSettings, output: Path) -> None:
    """Writes movement.csv (`output`) and, beside it, movement_bins.csv and mask_differences.csv.

    inputs: `snapshots`, manifests of snapshots of one run. They are compared with the weights from which the run
    started. These count as epoch 0, whose rows have zeros.

    The movement of a weight is in percent of the size of its matrix. Mean and standard deviation are over the weights
    of a matrix, of a part of the encoder, or of all matrices. The weights of each matrix are divided into B bins by their
    rank before fine-tuning: bin b has the ranks from b/B to (b+1)/B of the matrix's size. If a matrix has fewer weights
    than bins, some bins are empty.

    mask_differences.csv has the comparison `epochs`: at each of `settings.sparsities`, the mask of one-shot magnitude
    pruning after each epoch is compared with the mask at epoch 0.

    Raises TrajectoryError if there are no snapshots, if they come from several runs, or if two are of the same epoch.
    """
    snapshots = sorted(
        map(CheckpointWeights, inputs.files("snapshots")), key=lambda snapshot: snapshot.content["epoch"]
    )
    run, base = _run_and_base(snapshots)
    cells = []
    overlaps: dict[tuple[int, int], dict[str, MaskOverlap]] = {}
    for matrix in base.matrices:
        before = magnitude_order(base.weight(matrix.name))
        for epoch, snapshot in [(0, None), *((snapshot.content["epoch"], snapshot) for snapshot in snapshots)]:
            after = magnitude_order(snapshot.weight(matrix.name)) if snapshot else before
            ranks = ranks_after(before, after)
            cells += [(epoch, matrix.name, matrix.part, *cell) for cell in _bins(ranks, settings.bins)]
            for percent in settings.sparsities:
                overlap = _overlap_of_lowest(ranks, round(percent / 100 * ranks.size))
                overlaps.setdefault((epoch, percent), {})[matrix.name] = overlap
    by_bin = pd.DataFrame(cells, columns=["epoch", "matrix", "part", "bin", "weights", "mean", "variance"])
    differences = [
        row
        for (epoch, percent), by_matrix in sorted(overlaps.items())
        for row in overlap_rows({"comparison": "epochs", "sparsity": percent, **run, "epoch": epoch}, by_matrix)
    ]
    tables = {
        output: _movement(by_bin).assign(**run)[COLUMNS],
        output.with_name("movement_bins.csv"): _movement_by_bin(by_bin).assign(**run)[BIN_COLUMNS],
        output.with_name("mask_differences.csv"): overlap_table(differences),
    }
    for path, table in tables.items():
        with whole_file(path) as temporary:
            table.to_csv(temporary, index=False, lineterminator="\n")


def _run_and_base(snapshots: list[CheckpointWeights]) -> tuple[dict, CheckpointWeights]:
    if not snapshots:
        raise TrajectoryError("movement: there are no snapshots")
    first = snapshots[0]
    runs = {(*_run(snapshot).values(), base_of(snapshot.manifest).resolve()) for snapshot in snapshots}
    epochs = {snapshot.content["epoch"] for snapshot in snapshots}
    if len(runs) > 1 or len(epochs) < len(snapshots):
        where = ", ".join(str(snapshot.manifest) for snapshot in snapshots)
        raise TrajectoryError(f"movement needs snapshots of one run, one per epoch; found {where}")
    return _run(first), CheckpointWeights(base_of(first.manifest))


def _run(snapshot: CheckpointWeights) -> dict:
    return {key: snapshot.content[key] for key in RUN}


def _bins(ranks: np.ndarray, bins: int) -> list[tuple]:
    """A tuple for each bin that isn't empty: (bin, number of weights, mean and variance of their movement in percent)."""
    edges = -(-np.arange(bins + 1) * ranks.size // bins)
    moved, percent = displacements(ranks), 100 / ranks.size
    return [
        (number, high - low, moved[low:high].mean() * percent, moved[low:high].var() * percent**2)
        for number, (low, high) in enumerate(pairwise(edges))
        if high > low
    ]


def _overlap_of_lowest(ranks: np.ndarray, pruned: int) -> MaskOverlap:
    """The overlap of the masks that prune the `pruned` lowest weights before and after. ranks: from `ranks_after`."""
    kept = ranks.size - pruned
    kept_by_both = int(np.count_nonzero(ranks[pruned:] >= pruned))
    return matrix_overlap(ranks.size, kept, kept, kept_by_both)


def _movement(by_bin: pd.DataFrame) -> pd.DataFrame:
    levels = [
        _pooled(by_bin.rename(columns={"matrix": "name"}), ["epoch", "name"]).assign(level="matrix"),
        _pooled(by_bin.rename(columns={"part": "name"}), ["epoch", "name"]).assign(level="part"),
        _pooled(by_bin.assign(name=ALL), ["epoch", "name"]).assign(level=ALL),
    ]
    return pd.concat(levels).sort_values("epoch", kind="stable")


def _movement_by_bin(by_bin: pd.DataFrame) -> pd.DataFrame:
    keys = ["epoch", "name", "bin"]
    pooled = pd.concat([_pooled(by_bin.rename(columns={"part": "name"}), keys), _pooled(by_bin.assign(name=ALL), keys)])
    place = {name: number for number, name in enumerate([*PARTS, ALL])}
    return pooled.sort_values(keys, key=lambda column: column.map(place) if column.name == "name" else column)


def _pooled(cells: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Mean and standard deviation over all weights of the cells that have the same `keys`.

    They are computed from the cells' means and variances: the total variance is the weighted mean of the cells' variances
    plus the weighted variance of their means.
    """
    cells = cells.assign(sum=cells["weights"] * cells["mean"])
    totals = cells.groupby(keys, sort=False)[["weights", "sum"]].transform("sum")
    from_mean = cells["mean"] - totals["sum"] / totals["weights"]
    cells["squares"] = cells["weights"] * (cells["variance"] + from_mean**2)
    pooled = cells.groupby(keys, sort=False, as_index=False)[["weights", "sum", "squares"]].sum()
    return pooled.assign(mean=pooled["sum"] / pooled["weights"], std=np.sqrt(pooled["squares"] / pooled["weights"]))
