"""Mean and standard deviation of each prunable matrix (Gordon et al. 2020, Table 3)."""

from pathlib import Path

import numpy as np
import pandas as pd

from prunetransfer.storage.files import whole_file

from .weights.matrices import CheckpointWeights

SETTINGS = None
COLUMNS = ["matrix", "part", "layer", "rows", "columns", "mean", "std"]


def analyse(inputs: list[Path], settings: None, output: Path) -> None:
    """Writes weight_statistics.csv: a row per prunable matrix, in the order of the model's parameters.

    inputs: the manifest of the unpruned checkpoint. `layer` counts from 0 and is empty outside the layers; `std` is over
    all of the matrix's weights, with their number as divisor.
    """
    (manifest,) = inputs
    checkpoint = CheckpointWeights(manifest)
    rows = []
    for matrix in checkpoint.matrices:
        weight = checkpoint.weight(matrix.name)
        mean, std = (float(moment(weight, dtype=np.float64)) for moment in (np.mean, np.std))
        rows.append((matrix.name, matrix.part, matrix.layer, matrix.rows, matrix.columns, mean, std))
    table = pd.DataFrame(rows, columns=COLUMNS).astype({"layer": "Int64"})
    with whole_file(output) as temporary:
        table.to_csv(temporary, index=False, lineterminator="\n")
