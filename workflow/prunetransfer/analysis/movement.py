"""How far fine-tuning moves weights in the magnitude sort order (Gordon et al. 2020, Table 2, Figures 4 and 7)."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd

from prunetransfer.errors import PruneTransferError
from prunetransfer.jobs.settings.analyses import MovementSettings
from prunetransfer.storage.files import whole_file
from prunetransfer.storage.manifests import base_of

from .weights.mask_overlap import ALL, MaskOverlap, matrix_overlap, overlap_rows, overlap_table
from .weights.matrices import PARTS, CheckpointWeights
from .weights.sort_order import displacements, magnitude_order, ranks_after

SETTINGS = MovementSettings
RUN = ["task", "learning_rate", "seed"]
COLUMNS = [*RUN, "epoch", "level", "name", "weights", "mean", "std"]
BIN_COLUMNS = [*RUN, "epoch", "name", "bin", "weights", "mean", "std"]


class TrajectoryError(PruneTransferError):
    """Snapshots that aren't those of one run of fine-tuning."""


def analyse(inputs: list[Path], settings: MovementSettings, output: Path) -> None:
    """Writes movement.csv (`output`) and, beside it, movement_bins.csv and mask_differences.csv.

    inputs: manifests of snapshots of one run, which are compared with the weights that it started from: epoch 0, which
    has rows of zeros. Movement is in percent of its matrix's size; its mean and standard deviation are over weights,
    those of a part of the encoder over all of that part's weights. Bins are by rank before, each matrix by itself: bin
    b of B holds the ranks from b/B to (b+1)/B of its size, none where it has fewer weights than bins.
    mask_differences.csv has the comparison `epochs`: the mask of one-shot magnitude pruning at each of
    `settings.sparsities` against the mask at epoch 0. Raises TrajectoryError.
    """
    snapshots = sorted(map(CheckpointWeights, inputs), key=lambda snapshot: snapshot.content["epoch"])
    run, base = _run_and_base(snapshots)
    cells = []
    overlaps: dict[tuple[int, int], dict[str, MaskOverlap]] = {}
    for matrix in base.matrices:
        before = magnitude_order(base.weight(matrix.name))
        for epoch, snapshot in [(0, None), *((snapshot.content["epoch"], snapshot) for snapshot in snapshots)]:
            after = magnitude_order(snapshot.weight(matrix.name)) if snapshot else before
            ranks = ranks_after(before, after)
            cells += [(epoch, matrix.name, matrix.part, *cell) for cell in _bins(ranks, settings.bins)]
            for sparsity in settings.sparsities:
                overlap = _overlap_of_lowest(ranks, round(sparsity / 100 * ranks.size))
                overlaps.setdefault((epoch, sparsity), {})[matrix.name] = overlap
    by_bin = pd.DataFrame(cells, columns=["epoch", "matrix", "part", "bin", "weights", "mean", "variance"])
    differences = [
        row
        for (epoch, sparsity), by_matrix in sorted(overlaps.items())
        for row in overlap_rows({"comparison": "epochs", "sparsity": sparsity, **run, "epoch": epoch}, by_matrix)
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
        raise TrajectoryError(f"movement: not one snapshot each of the epochs of one run: {where}")
    return _run(first), CheckpointWeights(base_of(first.manifest))


def _run(snapshot: CheckpointWeights) -> dict:
    return {key: snapshot.content[key] for key in RUN}


def _bins(ranks: np.ndarray, bins: int) -> list[tuple]:
    """Number, weights, mean and variance of the movement in percent of each bin that has weights."""
    edges = -(-np.arange(bins + 1) * ranks.size // bins)
    moved, percent = displacements(ranks), 100 / ranks.size
    return [
        (number, high - low, moved[low:high].mean() * percent, moved[low:high].var() * percent**2)
        for number, (low, high) in enumerate(pairwise(edges))
        if high > low
    ]


def _overlap_of_lowest(ranks: np.ndarray, pruned: int) -> MaskOverlap:
    """Of the two masks that prune the `pruned` lowest before and after."""
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
    """Mean and standard deviation over all weights of the cells that share `keys`.

    From the cells' own moments: the variance is the mean of theirs plus the variance of their means, by weights.
    """
    cells = cells.assign(sum=cells["weights"] * cells["mean"])
    totals = cells.groupby(keys, sort=False)[["weights", "sum"]].transform("sum")
    from_mean = cells["mean"] - totals["sum"] / totals["weights"]
    cells["squares"] = cells["weights"] * (cells["variance"] + from_mean**2)
    pooled = cells.groupby(keys, sort=False, as_index=False)[["weights", "sum", "squares"]].sum()
    return pooled.assign(mean=pooled["sum"] / pooled["weights"], std=np.sqrt(pooled["squares"] / pooled["weights"]))
