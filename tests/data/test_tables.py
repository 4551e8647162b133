"""Every format gives the same rows. Errors name the broken place."""

import csv
import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prunetransfer.data.errors import DataError
from prunetransfer.data.tables import read_rows

# All characters except those that a line can't contain and those that UTF-8 can't encode.
TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12)
ROWS = st.lists(st.fixed_dictionaries({"a": TEXT, "b": TEXT, "other": TEXT}), min_size=1, max_size=5)


def values(path, columns=("b", "a")):
    return [row for _, row in read_rows(path, columns)]


@given(rows=ROWS)
def test_formats_agree(tmp_path_factory, files, rows):
    import pandas

    folder = tmp_path_factory.getbasetemp()
    expected = [{"b": row["b"], "a": row["a"]} for row in rows]
    pandas.DataFrame(rows).to_parquet(folder / "rows.parquet")
    comma = io.StringIO()
    writer = csv.DictWriter(comma, ["a", "b", "other"])
    writer.writeheader()
    writer.writerows(rows)
    tabs = "".join(
        "\t".join(row) + "\n" for row in [["a", "b", "other"], *([row["a"], row["b"], row["other"]] for row in rows)]
    )
    for suffix in ("", ".gz"):
        assert values(files.json_lines(folder / f"rows.jsonl{suffix}", rows)) == expected
        assert values(files.write(folder / f"rows.csv{suffix}", comma.getvalue())) == expected
        assert values(files.write(folder / f"rows.tsv{suffix}", tabs)) == expected
    assert values(folder / "rows.parquet") == expected


def test_places_are_lines_of_the_file(tmp_path, files):
    import pandas

    comma = files.write(tmp_path / "a.csv", '\ufeffa,b\r\n"one\r\nmore",1\r\n\r\nNA,null\r\n')
    assert list(read_rows(comma, ["a", "b"])) == [
        ("line 2", {"a": "one\nmore", "b": "1"}),
        ("line 5", {"a": "NA", "b": "null"}),
    ]
    tabs = files.write(tmp_path / "a.tsv", 'a\tb\n\n"unclosed\t1\n \t\n')
    assert list(read_rows(tabs, ["a"])) == [("line 3", {"a": '"unclosed'}), ("line 4", {"a": " "})]
    objects = files.write(tmp_path / "a.jsonl", '\n{"a": null}\n')
    assert list(read_rows(objects, ["a"])) == [("line 2", {"a": None})]
    pandas.DataFrame({"a": ["x", None]}).to_parquet(tmp_path / "a.parquet")
    assert list(read_rows(tmp_path / "a.parquet", ["a"])) == [("row 1", {"a": "x"}), ("row 2", {"a": None})]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", "x,b\n1,2\n", "line 1: no column 'a'; allowed: once, among 'x', 'b'"),
        ("a.tsv", "", "line 1: no column 'a'; allowed: once, among none"),
        ("a.tsv", "a\tb\ta\n", "line 1: found column 'a' 2 times; allowed: once"),
        ("a.jsonl", '{"a": 1}\n{"b": 1}\n', "line 2: no column 'a'; allowed: once, among 'b'"),
        ("a.csv", 'a,b\n1,2\n"open,2\n3,4\n', "line 3: found unexpected end of data"),
        ("a.csv", "a,b\n1,2,3\n", "line 2: found 3 columns; allowed: 2"),
        ("a.tsv", "a\tb\n1\t2\n1\n", "line 3: found 1 columns; allowed: 2"),
        ("a.tsv", b"a\tb\n1\t\xff\n", "line 2: found byte 0xff at byte 3 of the line, which isn't UTF-8"),
        ("a.csv", "a,b\n1,2\n".encode("utf-16"), "line 1: found a NUL byte"),
        ("a.jsonl", b'{"a": 1}\n{"a": "\0"}\n', "line 2: found a NUL byte at byte 8 of the line"),
        ("a.parquet", "no Parquet", "row 1: found"),
        ("a.xlsx", "", "found an unknown file type; allowed: .jsonl"),
        ("a.parquet.gz", "", "found an unknown file type"),
        ("a", "", "found an unknown file type"),
    ],
)
def test_bad_files_are_refused_by_place(tmp_path, files, name, content, message):
    path = files.write(tmp_path / name, content)
    with pytest.raises(DataError, match=re.escape(f"{path}: {message}")):
        values(path, ["a"])


def test_missing_columns_and_files_are_refused(tmp_path):
    import pandas

    pandas.DataFrame({"b": [1]}).to_parquet(tmp_path / "a.parquet")
    with pytest.raises(DataError, match=r"a\.parquet: no column 'a'; allowed: once, among 'b'"):
        values(tmp_path / "a.parquet", ["a"])
    for name in ("none.parquet", "none.csv", "none.tsv.gz", "none.jsonl"):
        with pytest.raises(DataError, match=f"{name}: found nothing there"):
            values(tmp_path / name, ["a"])
