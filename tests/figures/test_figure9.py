from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from prunetransfer.analysis.weight_maps import embedding_lengths, embedding_map
from prunetransfer.config.figures import FigureSettings
from prunetransfer.figures.figure9 import draw
from prunetransfer.storage.inputs import Inputs


def _tables(lengths: list[int]) -> dict[str, pd.DataFrame]:
    weight = np.random.default_rng(0).normal(size=(len(lengths), 6)).astype(np.float32)
    by_subword = dict(enumerate(lengths))
    return {"map": embedding_map(weight, by_subword, 8), "lengths": embedding_lengths(weight, by_subword)}


def _files(tables: dict[str, pd.DataFrame], folder: Path) -> list[Path]:
    inputs = {f"embedding_{name}": [folder / f"embedding_{name}.csv"] for name in tables}
    for name, table in tables.items():
        table.to_csv(folder / f"embedding_{name}.csv", index=False)
    draw(Inputs(inputs), FigureSettings(dpi=60), folder / "figure9")
    return [folder / f"figure9.{suffix}" for suffix in ("png", "pdf", "csv")]


@pytest.mark.parametrize("lengths", [[1, 2, 2, 3] * 20, [4] * 9, [2, 3]], ids=["many", "one length", "two subwords"])
def test_the_csv_holds_both_panels(lengths, tmp_path):
    tables = _tables(lengths)
    drawn = pd.read_csv(_files(tables, tmp_path)[-1])
    for panel, table in tables.items():
        found = drawn.loc[drawn["panel"] == panel, table.columns].reset_index(drop=True)
        pd.testing.assert_frame_equal(found, table, check_dtype=False)


def test_the_same_bytes_every_time(tmp_path):
    made = [[file.read_bytes() for file in _files(_tables([1, 2, 3] * 5), tmp_path)] for _ in range(2)]
    assert made[0] == made[1]
