import numpy as np
import pandas as pd
import pytest

from prunetransfer.analysis.weight_maps import attention_map
from prunetransfer.config.figures import FigureSettings
from prunetransfer.figures.figure8 import draw
from prunetransfer.storage.inputs import Inputs


@pytest.mark.parametrize(("heads", "blocks"), [(1, 5), (24, 256)])
def test_the_csv_holds_the_map(heads, blocks, tmp_path):
    key = np.random.default_rng(0).normal(size=(heads * 4, 9)).astype(np.float32)
    table = attention_map(key, heads, blocks)
    table.to_csv(tmp_path / "attention_map.csv", index=False)
    draw(Inputs({"attention_map": [tmp_path / "attention_map.csv"]}), FigureSettings(dpi=60), tmp_path / "figure8")
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "figure8.csv"), table)
    assert all((tmp_path / f"figure8.{suffix}").stat().st_size for suffix in ("png", "pdf"))
