import numpy as np
import pandas as pd
import pytest

from prunetransfer.config.figures import FigureSettings
from prunetransfer.figures.figure5 import draw
from prunetransfer.storage.inputs import Inputs


@pytest.fixture
def table() -> pd.DataFrame:
    """pruned_weights.csv of an encoder without a pooler."""
    rows = [
        (sparsity, name, 1000 * size, 10 * size * sparsity, -size * sparsity**2 / 7, size * sparsity**2 / 3)
        for size, name in enumerate(["all", "embeddings", "attention", "feed_forward"], start=1)
        for sparsity in range(100)
    ]
    return pd.DataFrame(rows, columns=["sparsity", "name", "weights", "pruned", "sum_of_weights", "sum_of_magnitudes"])


def test_the_csv_holds_the_sums_and_all_files_are_the_same_bytes_every_time(table, tmp_path):
    table.to_csv(tmp_path / "pruned_weights.csv", index=False)
    made = []
    for _ in range(2):
        draw(
            Inputs({"pruned_weights": [tmp_path / "pruned_weights.csv"]}), FigureSettings(dpi=60), tmp_path / "figure5"
        )
        made.append([(tmp_path / f"figure5.{suffix}").read_bytes() for suffix in ("png", "pdf", "csv")])
    assert made[0] == made[1]
    drawn = pd.read_csv(tmp_path / "figure5.csv")
    pd.testing.assert_frame_equal(drawn, table.drop(columns=["weights", "pruned"]))
    assert np.isfinite(drawn.drop(columns="name")).all(axis=None)
