"""Table 3: mean and standard deviation of every prunable matrix, beside the paper's."""

from pathlib import Path

import pandas as pd

from prunetransfer.storage.files import whole_file

from .tables.published import read_published
from .tables.table3_layout import latex, markdown

SETTINGS = None
COLUMNS = ["matrix", "weight_mean", "weight_std", "paper_weight_mean", "paper_weight_std"]
PUBLISHED_SIZE = 768
"""BERT-Base's hidden size: 12 layers of other sizes (MiniLM-L12) have matrices of the same names."""


def analyse(inputs: list[Path], settings: None, output: Path) -> None:
    """Writes table3.csv, and beside it .md and .tex, from weight_statistics.csv and the published table, in this order."""
    statistics, reference = inputs
    table = build_table3(pd.read_csv(statistics), read_published(reference))
    content = {"csv": table.to_csv(index=False, lineterminator="\n"), "md": markdown(table), "tex": latex(table)}
    for suffix, text in content.items():
        with whole_file(output.with_suffix(f".{suffix}")) as temporary:
            temporary.write_text(text, encoding="utf-8")


def build_table3(statistics: pd.DataFrame, published: pd.DataFrame) -> pd.DataFrame:
    """table3.csv: a row per row of weight_statistics.csv.

    The published columns are filled where the study's encoder is BERT-Base for all that can be known, and empty else:
    its matrices are the published ones, none missing and none more, and PUBLISHED_SIZE wide.
    """
    table = statistics.rename(columns={"mean": "weight_mean", "std": "weight_std"})
    papers = published.set_index("matrix")[["weight_mean", "weight_std"]].add_prefix("paper_")
    outside = statistics[statistics["layer"].isna()]
    if set(papers.index) != set(table["matrix"]) or (outside["columns"] != PUBLISHED_SIZE).any():
        papers = papers.iloc[:0]
    return table.join(papers, on="matrix")[COLUMNS]
