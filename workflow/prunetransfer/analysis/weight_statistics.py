"""weight_statistics.csv: mean and standard deviation of each prunable matrix (Gordon et al. 2020, Table 3)."""

from pathlib import Path

import numpy as np
import pandas as pd

from prunetransfer.storage.files import whole_file
from prunetransfer.storage.inputs import Inputs

from .weights.matrices import CheckpointWeights

SETTINGS = None
COLUMNS = ["matrix", "part", "layer", "rows", "columns", "mean", "std"]


def analyse(inputs: Inputs, settings: None, output: Path) -> None:
    """Writes weight_statistics.csv: a row per prunable matrix, in the order of the model's parameters.

    inputs: `checkpoint`, the manifest of the unpruned checkpoint. `layer` counts from 0, and is empty for matrices
    outside the layers. `std` is the population's standard deviation (the divisor is the number of weights).
    """
    checkpoint = CheckpointWeights(inputs.file("checkpoint"))
    rows = []
    for matrix in checkpoint.matrices:
        weight = checkpoint.weight(matrix.name)
        mean, std = (float(moment(weight, dtype=np.float64)) for moment in (np.mean, np.std))
        rows.append((matrix.name, matrix.part, matrix.layer, matrix.rows, matrix.columns, mean, std))
    table = pd.DataFrame(rows, columns=COLUMNS).astype({"layer": "Int64"})
    with whole_file(output) as temporary:
        table.to_csv(temporary, index=False, lineterminator="\n")
