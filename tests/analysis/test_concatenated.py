import pytest

from prunetransfer.analysis.concatenated import ColumnsError, analyse
from prunetransfer.storage.inputs import Inputs


@pytest.fixture
def tables(tmp_path):
    texts = {"one": "a,b\n1,0.10\n2,x\n", "empty": "a,b\n", "two": "a,b\n,1e-05\n", "other": "a,c\n1,2\n"}
    for name, text in texts.items():
        (tmp_path / f"{name}.csv").write_text(text)
    return {name: tmp_path / f"{name}.csv" for name in texts}


def test_rows_follow_in_the_given_order_as_they_are(tables, tmp_path):
    analyse(Inputs({"tables": [tables[name] for name in ("two", "empty", "one")]}), None, tmp_path / "all.csv")
    assert (tmp_path / "all.csv").read_bytes() == b"a,b\n,1e-05\n1,0.10\n2,x\n"


def test_other_columns_or_no_tables_are_refused(tables, tmp_path):
    with pytest.raises(ColumnsError, match=r"other\.csv: has the columns a,c, expected a,b"):
        analyse(Inputs({"tables": [tables["one"], tables["other"]]}), None, tmp_path / "all.csv")
    with pytest.raises(ColumnsError, match=r"all\.csv: there are no tables"):
        analyse(Inputs({}), None, tmp_path / "all.csv")
    assert not (tmp_path / "all.csv").exists()
