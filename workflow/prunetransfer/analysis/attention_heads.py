"""head_sparsity.csv: the sparsity of each attention head (Gordon et al. 2020, Figure 4 left).

The module isn't called head_sparsity, because `prunetransfer.analysis.head_sparsity` is the function below.
"""

from pathlib import Path

import pandas as pd
import torch
from torch import Tensor

from prunetransfer.storage.files import whole_file
from prunetransfer.storage.inputs import Inputs

from .weights.criteria import checkpoint_in
from .weights.matrices import CheckpointWeights

SETTINGS = None
COLUMNS = ["criterion", "sparsity", "layer", "head", "weights", "head_sparsity"]
ROW_ROLES = ("query", "key", "value")
"""Matrices in which each head owns some of the rows. torch stores [out, in], so columns of the paper's W are rows here."""
COLUMN_ROLES = ("attention_output",)
"""Matrices in which each head owns some of the columns: the heads' outputs are the input of the output projection."""


def analyse(inputs: Inputs, settings: None, output: Path) -> None:
    """Writes head_sparsity.csv: a row per checkpoint, layer and head.

    inputs: `checkpoints`, the manifests of checkpoints.

    Layers and heads are numbered from 0. Sparsities are in percent. `weights` is the number of the head's weights in the four
    matrices of its layer.
    """
    rows = []
    for manifest in inputs.files("checkpoints"):
        checkpoint = CheckpointWeights(manifest)
        masks = {
            (matrix.layer, matrix.role): torch.from_numpy(checkpoint.mask(matrix.name))
            for matrix in checkpoint.matrices
            if matrix.part == "attention"
        }
        sparsities = head_sparsity(masks, checkpoint.layers, checkpoint.heads)
        for layer, heads in enumerate(sparsities.tolist()):
            weights = sum(masks[layer, role].numel() for role in ROW_ROLES + COLUMN_ROLES) // checkpoint.heads
            names = (*checkpoint_in(checkpoint.content), layer)
            rows += [(*names, head, weights, 100 * sparsity) for head, sparsity in enumerate(heads)]
    with whole_file(output) as temporary:
        pd.DataFrame(rows, columns=COLUMNS).to_csv(temporary, index=False, lineterminator="\n")


def head_sparsity(masks: dict[tuple[int, str], Tensor], layers: int, heads: int) -> Tensor:
    """The pruned share (0 to 1) of each head's weights in Q, K, V and the output projection: float64 [layers, heads].

    masks: bool [out, in], True where a weight is kept, by layer (from 0) and role: query, key, value and
    attention_output. All heads own the same number of consecutive rows of the first three, and of consecutive columns
    of the last (Gordon et al. 2020, Figure 4). Raises ValueError if a mask is missing, or if `heads` does not divide the
    number of rows or columns that the heads share.
    """
    pruned = torch.zeros(layers, heads, dtype=torch.float64)
    weights = torch.zeros(layers, 1, dtype=torch.float64)
    for layer in range(layers):
        for role in ROW_ROLES + COLUMN_ROLES:
            if (layer, role) not in masks:
                raise ValueError(f"head sparsity needs the mask of {role} in each layer; layer {layer} has none")
            mask = masks[layer, role]
            pruned[layer] += _pruned_by_head(mask, 0 if role in ROW_ROLES else 1, heads, f"layer {layer}, {role}")
            weights[layer] += mask.numel() // heads
    return pruned / weights


def _pruned_by_head(mask: Tensor, side: int, heads: int, name: str) -> Tensor:
    if mask.shape[side] % heads:
        raise ValueError(f"{name}: {heads} heads can't share {mask.shape[side]} {('rows', 'columns')[side]} equally")
    by_head = mask.unflatten(side, (heads, -1))
    others = [dimension for dimension in range(by_head.dim()) if dimension != side]
    return mask.numel() // heads - by_head.sum(others)
