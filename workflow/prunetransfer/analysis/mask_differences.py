"""mask_differences.csv: how much masks of tasks, seeds and pre-training differ (Gordon et al. 2020, Figure 3 left)."""

from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import numpy as np
from torch import Tensor

from prunetransfer.jobs.settings.analyses import MaskDifferencesSettings
from prunetransfer.storage.files import whole_file
from prunetransfer.storage.inputs import Inputs

from .concatenated import joined
from .weights.criteria import checkpoint_in
from .weights.mask_overlap import MaskOverlap, PackedMask, overlap_rows, overlap_table, packed_overlap
from .weights.matrices import CheckpointWeights
from .weights.sort_order import magnitude_order

SETTINGS = MaskDifferencesSettings
COMPARISONS = ("pretraining", "tasks", "seeds")
"""The comparisons that this analysis makes. Rows of the comparison `epochs` come from the analysis `movement`."""


def mask_difference(masks_a: dict[str, Tensor], masks_b: dict[str, Tensor]) -> float:
    """The share of entries, over all matrices, in which two masks differ: from 0 to 1 (Gordon et al. 2020, Figure 3).

    masks_a, masks_b: bool tensors by the matrices' names. Raises ValueError if names or shapes differ, or if there are
    no entries.
    """
    if masks_a.keys() != masks_b.keys():
        raise ValueError(f"masks of different matrices: only one side has {sorted(masks_a.keys() ^ masks_b.keys())}")
    for name, mask in masks_a.items():
        if mask.shape != masks_b[name].shape:
            raise ValueError(f"masks of {name!r} of different shapes: {list(mask.shape)}, {list(masks_b[name].shape)}")
    entries = sum(mask.numel() for mask in masks_a.values())
    if entries == 0:
        raise ValueError("masks without entries")
    return sum(int((mask != masks_b[name]).sum()) for name, mask in masks_a.items()) / entries


def analyse(inputs: Inputs, settings: MaskDifferencesSettings, output: Path) -> None:
    """Writes mask_differences.csv: rows for each of `settings.sparsities`, for each matrix and for all together.

    inputs: `checkpoints`, manifests of checkpoints that were pruned by magnitude in pre-training; `snapshots`, manifests
    of snapshots, at most one of each run; `epochs`, tables with the same columns, whose rows are added unchanged.

    A snapshot's mask is the mask of one-shot magnitude pruning. `pretraining` compares a checkpoint's mask with a
    snapshot's. `tasks` compares snapshots of two tasks with the same learning rate and seed. `seeds` compares snapshots
    of two seeds with the same task and learning rate. A comparison has no rows if one of its two files is missing.

    Raises ColumnsError if a table of `epochs` has other columns.
    """
    checkpoints = {
        checkpoint_in(weights.content).sparsity_percent: weights
        for weights in map(CheckpointWeights, inputs.files("checkpoints"))
    }
    snapshots = [CheckpointWeights(manifest) for manifest in inputs.files("snapshots")]
    found: dict[tuple, dict[str, MaskOverlap]] = {}
    for matrix in snapshots[0].matrices if snapshots else []:
        for comparison, overlap in _compare_matrix(matrix.name, settings.sparsities, checkpoints, snapshots):
            found.setdefault(tuple(comparison.items()), {})[matrix.name] = overlap
    rows = [row for comparison, by_matrix in found.items() for row in overlap_rows(dict(comparison), by_matrix)]
    rows.sort(key=lambda row: (COMPARISONS.index(row["comparison"]), row["sparsity"]))
    text = joined(overlap_table(rows).to_csv(index=False, lineterminator="\n"), inputs.files("epochs"))
    with whole_file(output) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="")


def _compare_matrix(
    name: str,
    sparsity_percents: list[int],
    checkpoints: dict[int, CheckpointWeights],
    snapshots: list[CheckpointWeights],
) -> Iterator[tuple[dict, MaskOverlap]]:
    """All comparisons of one matrix. Only the masks of one learning rate are in memory at a time.

    checkpoints: the checkpoints by sparsity in percent. Nine masks of BERT-Base's word embeddings take 26 MB for one
    snapshot, and 0.4 GB for the snapshots of five tasks with three seeds.
    """
    pretrained = {
        percent: PackedMask.of(checkpoints[percent].mask(name))
        for percent in sparsity_percents
        if percent in checkpoints
    }
    for rate in dict.fromkeys(snapshot.content["learning_rate"] for snapshot in snapshots):
        of_rate = [snapshot for snapshot in snapshots if snapshot.content["learning_rate"] == rate]
        masks = [_lowest_masks(snapshot.weight(name), sparsity_percents) for snapshot in of_rate]
        for snapshot, own_masks in zip(of_rate, masks, strict=True):
            run = {key: snapshot.content[key] for key in ("task", "learning_rate", "seed", "epoch")}
            for percent, mask in pretrained.items():
                comparison = {"comparison": "pretraining", "sparsity": percent, **run}
                yield comparison, packed_overlap(mask, own_masks[percent])
        for (one, one_masks), (other, other_masks) in combinations(zip(of_rate, masks, strict=True), 2):
            if pair := _pair(one.content, other.content):
                for percent in sparsity_percents:
                    comparison = {**pair, "sparsity": percent}
                    yield comparison, packed_overlap(one_masks[percent], other_masks[percent])


def _pair(one: dict, other: dict) -> dict:
    """The columns that identify a comparison of two snapshots which differ only in task or only in seed; {} for other pairs."""
    pair = {key: one[key] for key in ("task", "learning_rate", "seed")}
    if one["epoch"] == other["epoch"]:
        pair["epoch"] = one["epoch"]
    if one["seed"] == other["seed"] and one["task"] != other["task"]:
        return {"comparison": "tasks", **pair, "other_task": other["task"]}
    if one["task"] == other["task"] and one["seed"] != other["seed"]:
        return {"comparison": "seeds", **pair, "other_seed": other["seed"]}
    return {}


def _lowest_masks(weight: np.ndarray, sparsity_percents: list[int]) -> dict[int, PackedMask]:
    """The masks of magnitude pruning by sparsity in percent. The weights are sorted only once."""
    order = magnitude_order(weight)
    kept = np.ones(weight.size, dtype=bool)
    masks = {}
    done = 0
    for percent in sorted(sparsity_percents):
        pruned = round(percent / 100 * weight.size)
        kept[order[done:pruned]] = False
        masks[percent], done = PackedMask.of(kept), pruned
    return masks
