import re
from pathlib import Path

import pandas as pd
import pytest

from prunetransfer.analysis.table3 import analyse
from prunetransfer.storage.inputs import Inputs

REFERENCE = Path(__file__).parents[2] / "workflow" / "reference" / "table3.csv"


@pytest.fixture
def statistics() -> pd.DataFrame:
    """weight_statistics.csv of a model with BERT-Base's matrices."""
    names = pd.read_csv(REFERENCE)["matrix"]
    layer = names.str.extract(r"\.layer\.(\d+)\.", expand=False)
    return pd.DataFrame({"matrix": names, "layer": layer, "columns": 768}).assign(
        mean=[place / 1000 for place in range(len(names))], std=0.5
    )


def _made(statistics: pd.DataFrame, folder: Path) -> tuple[pd.DataFrame, str, str]:
    statistics.to_csv(folder / "weight_statistics.csv", index=False)
    inputs = Inputs({"statistics": [folder / "weight_statistics.csv"], "published": [REFERENCE]})
    analyse(inputs, None, folder / "table3.csv")
    return pd.read_csv(folder / "table3.csv"), *((folder / f"table3.{end}").read_text() for end in ("md", "tex"))


def test_published_values_stand_beside_those_of_the_same_matrices(statistics, tmp_path):
    table, markdown, latex = _made(statistics.sample(frac=1, random_state=0), tmp_path)
    published = pd.read_csv(REFERENCE).set_index("matrix")
    rows = table.set_index("matrix")
    assert rows["paper_weight_mean"].to_dict() == published["weight_mean"].to_dict()
    assert rows["paper_weight_std"].to_dict() == published["weight_std"].to_dict()
    assert rows["weight_mean"].to_dict() == statistics.set_index("matrix")["mean"].to_dict()
    for text in (markdown, latex):
        assert text.count("published") == 12 + 2 + 1  # layers, embeddings and pooler, the note
        assert "-0.0282" in text


@pytest.mark.parametrize(
    "change",
    [
        lambda table: table.iloc[:-1],
        lambda table: pd.concat([table, table.tail(1).assign(matrix="bert.encoder.layer.12.output.dense.weight")]),
        lambda table: table.assign(columns=384),
    ],
    ids=["one missing", "one more", "another width"],
)
def test_published_values_stand_beside_no_other_encoder(statistics, change, tmp_path):
    table, markdown, latex = _made(change(statistics), tmp_path)
    assert table[["paper_weight_mean", "paper_weight_std"]].isna().all(axis=None)
    assert "ublished" not in markdown + latex


def test_every_number_is_in_both_layouts(statistics, tmp_path):
    """Each mean stands in both layouts once."""
    statistics = statistics.iloc[:-1]  # without the pooler there are no published values
    table, markdown, latex = _made(statistics, tmp_path)
    expected = sorted(f"{mean:.4f}" for mean in table["weight_mean"])
    assert sorted(re.findall(r"(\d\.\d{4}) ± 0\.500", markdown)) == expected
    assert sorted(re.findall(r"(\d\.\d{4}) \\pm 0\.500", latex)) == expected
    assert len({len(line) for line in markdown.splitlines()[:14]}) == 1
    assert max(map(len, markdown.splitlines())) <= 130
    assert r"\texttt{bert.embeddings.word\_embeddings}" in latex


def test_a_mean_that_rounds_to_0_has_no_sign(statistics, tmp_path):
    _, markdown, _ = _made(statistics.assign(mean=-1e-6), tmp_path)
    assert "-0.0000" not in markdown
