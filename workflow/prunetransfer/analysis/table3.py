"""Table 3: mean and standard deviation of every prunable matrix, beside the paper's numbers."""

from pathlib import Path

import pandas as pd

from prunetransfer.storage.files import whole_file
from prunetransfer.storage.inputs import Inputs

from .tables.published import read_published
from .tables.reading import read_table
from .tables.table3_layout import latex, markdown

SETTINGS = None
COLUMNS = ["matrix", "weight_mean", "weight_std", "paper_weight_mean", "paper_weight_std"]
PUBLISHED_SIZE = 768
"""BERT-Base's hidden size, which is compared because the narrower MiniLM-L12 has matrices of the same names."""


def analyse(inputs: Inputs, settings: None, output: Path) -> None:
    """Writes table3.csv, and table3.md and table3.tex beside it.

    inputs: `statistics` is weight_statistics.csv; `published` is the paper's Table 3.
    """
    table = build_table3(read_table(inputs.file("statistics")), read_published(inputs.file("published")))
    content = {"csv": table.to_csv(index=False, lineterminator="\n"), "md": markdown(table), "tex": latex(table)}
    for suffix, text in content.items():
        with whole_file(output.with_suffix(f".{suffix}")) as temporary:
            temporary.write_text(text, encoding="utf-8")


def build_table3(statistics: pd.DataFrame, published: pd.DataFrame) -> pd.DataFrame:
    """table3.csv: a row for each row of weight_statistics.csv.

    The published columns are filled only if the study's encoder looks like BERT-Base: it has exactly the published
    matrices, and they are PUBLISHED_SIZE wide. Otherwise these columns are empty.
    """
    table = statistics.rename(columns={"mean": "weight_mean", "std": "weight_std"})
    papers = published.set_index("matrix")[["weight_mean", "weight_std"]].add_prefix("paper_")
    outside = statistics[statistics["layer"].isna()]
    if set(papers.index) != set(table["matrix"]) or (outside["columns"] != PUBLISHED_SIZE).any():
        papers = papers.iloc[:0]
    return table.join(papers, on="matrix")[COLUMNS]
