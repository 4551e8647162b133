"""Are the masks that pruning finds the task's, the seed's, or pre-training's? (Gordon et al. 2020, Figure 3 left)"""

from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import numpy as np
from torch import Tensor

from prunetransfer.jobs.settings.analyses import MaskDifferencesSettings
from prunetransfer.storage.files import whole_file

from .concatenated import rows_below
from .weights.mask_overlap import MaskOverlap, PackedMask, overlap_rows, overlap_table, pack_mask, packed_overlap
from .weights.matrices import CheckpointWeights
from .weights.sort_order import magnitude_order

SETTINGS = MaskDifferencesSettings
COMPARISONS = ("pretraining", "tasks", "seeds")
"""Made here; the rows of `epochs` come from the analysis `movement`."""


def mask_difference(masks_a: dict[str, Tensor], masks_b: dict[str, Tensor]) -> float:
    """Entries that differ over all matrices, divided by their number of entries: from 0 to 1 (Gordon et al. 2020).

    Bool tensors by the matrices' names. Raises ValueError where names or shapes differ, or there are no entries.
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


def analyse(inputs: list[Path], settings: MaskDifferencesSettings, output: Path) -> None:
    """Writes mask_differences.csv, at each of `settings.sparsities`, for each matrix and for all.

    inputs: manifests of checkpoints that were pruned by magnitude in pre-training, manifests of snapshots, at most one
    of a run, and tables with the same columns as this one, whose rows follow as they are. A snapshot's mask is that of
    one-shot magnitude pruning. The comparisons: `pretraining`, a checkpoint's mask and a snapshot's; `tasks`, snapshots
    of two tasks at the same learning rate and seed; `seeds`, snapshots of two seeds of the same task and learning rate.
    What a missing checkpoint or snapshot would have had is left out.
    """
    manifests = [CheckpointWeights(path) for path in inputs if path.suffix != ".csv"]
    checkpoints = {
        round(100 * weights.content["prune"]["sparsity"]): weights
        for weights in manifests
        if weights.content["kind"] == "checkpoint" and weights.content["prune"]
    }
    snapshots = [weights for weights in manifests if weights.content["kind"] == "snapshot"]
    found: dict[tuple, dict[str, MaskOverlap]] = {}
    for matrix in manifests[0].matrices if manifests else []:
        for comparison, overlap in _compare_matrix(matrix.name, settings.sparsities, checkpoints, snapshots):
            found.setdefault(tuple(comparison.items()), {})[matrix.name] = overlap
    rows = [row for comparison, by_matrix in found.items() for row in overlap_rows(dict(comparison), by_matrix)]
    rows.sort(key=lambda row: (COMPARISONS.index(row["comparison"]), row["sparsity"]))
    own = overlap_table(rows).to_csv(index=False, lineterminator="\n")
    header = own.splitlines(keepends=True)[0]
    with whole_file(output) as temporary:
        others = "".join(rows_below(path, header) for path in inputs if path.suffix == ".csv")
        temporary.write_text(own + others, encoding="utf-8", newline="")


def _compare_matrix(
    name: str, sparsities: list[int], checkpoints: dict[int, CheckpointWeights], snapshots: list[CheckpointWeights]
) -> Iterator[tuple[dict, MaskOverlap]]:
    """All comparisons of one matrix, with the masks of one learning rate in memory at a time.

    BERT-Base's word embeddings: 26 MB for a snapshot's nine masks, so 0.4 GB for five tasks with three seeds.
    """
    pretrained = {s: pack_mask(checkpoints[s].mask(name)) for s in sparsities if s in checkpoints}
    for rate in dict.fromkeys(snapshot.content["learning_rate"] for snapshot in snapshots):
        of_rate = [snapshot for snapshot in snapshots if snapshot.content["learning_rate"] == rate]
        masks = [_lowest_masks(snapshot.weight(name), sparsities) for snapshot in of_rate]
        for snapshot, by_sparsity in zip(of_rate, masks, strict=True):
            run = {key: snapshot.content[key] for key in ("task", "learning_rate", "seed", "epoch")}
            for sparsity, mask in pretrained.items():
                comparison = {"comparison": "pretraining", "sparsity": sparsity, **run}
                yield comparison, packed_overlap(mask, by_sparsity[sparsity])
        for (one, one_masks), (other, other_masks) in combinations(zip(of_rate, masks, strict=True), 2):
            if pair := _pair(one.content, other.content):
                for sparsity in sparsities:
                    comparison = {**pair, "sparsity": sparsity}
                    yield comparison, packed_overlap(one_masks[sparsity], other_masks[sparsity])


def _pair(one: dict, other: dict) -> dict:
    """What is compared by two snapshots of one learning rate that differ in the task or in the seed, else nothing."""
    pair = {key: one[key] for key in ("task", "learning_rate", "seed")}
    if one["epoch"] == other["epoch"]:
        pair["epoch"] = one["epoch"]
    if one["seed"] == other["seed"] and one["task"] != other["task"]:
        return {"comparison": "tasks", **pair, "other_task": other["task"]}
    if one["task"] == other["task"] and one["seed"] != other["seed"]:
        return {"comparison": "seeds", **pair, "other_seed": other["seed"]}
    return {}


def _lowest_masks(weight: np.ndarray, sparsities: list[int]) -> dict[int, PackedMask]:
    """The masks of magnitude pruning at each sparsity, from one sort."""
    order = magnitude_order(weight)
    kept = np.ones(weight.size, dtype=bool)
    masks = {}
    done = 0
    for sparsity in sorted(sparsities):
        pruned = round(sparsity / 100 * weight.size)
        kept[order[done:pruned]] = False
        masks[sparsity], done = pack_mask(kept), pruned
    return masks
