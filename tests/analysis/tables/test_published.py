from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from prunetransfer.analysis.tables.published import plain, read_published

REFERENCE = Path(__file__).parents[3] / "workflow" / "reference"


@pytest.mark.parametrize("name", ["SST-2", "sst2", "sst_2", "SST 2"])
def test_a_tasks_name_is_matched_by_its_letters_and_digits(name):
    assert plain(name) == "sst2"


@given(st.text())
def test_a_plain_name_is_its_own(name):
    assert plain(plain(name)) == plain(name)


@pytest.mark.parametrize("file", sorted(REFERENCE.glob("*.csv")), ids=lambda file: file.stem)
def test_reference_tables_keep_their_rows_and_numbers(file):
    table, written = read_published(file), pd.read_csv(file)
    pd.testing.assert_frame_equal(
        table.drop(columns="task", errors="ignore"), written.drop(columns="task", errors="ignore")
    )
    if "task" in written:
        assert set(table["task"]) == {"mnli", "qqp", "qnli", "sst2", "cola"}
