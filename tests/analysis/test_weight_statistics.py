import pandas as pd
import pytest

from prunetransfer.analysis.weight_statistics import analyse
from prunetransfer.pruning import prunable_matrices
from prunetransfer.storage.inputs import Inputs


def test_moments_of_each_matrix(make_checkpoint, architecture, tmp_path):
    manifest, model = make_checkpoint(architecture)
    analyse(Inputs({"checkpoint": [manifest]}), None, tmp_path / "weight_statistics.csv")
    table = pd.read_csv(tmp_path / "weight_statistics.csv")
    matrices = prunable_matrices(model)
    assert table["matrix"].tolist() == list(matrices)
    for row, weight in zip(table.itertuples(), matrices.values(), strict=True):
        weight = weight.detach().double().numpy()
        assert (row.rows, row.columns) == weight.shape
        assert row.mean == pytest.approx(weight.sum() / weight.size, abs=1e-12)
        assert row.std == pytest.approx((((weight - weight.mean()) ** 2).sum() / weight.size) ** 0.5)
    assert table["layer"].dropna().tolist() == [0] * 6 + [1] * 6
    assert table.loc[table["layer"].isna(), "part"].isin(["embeddings", "pooler"]).all()
