"""Documents are complete and in order. Errors for bad files name file and line."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prunetransfer.config.corpus import DatasetCorpus, FilesCorpus, LanguageCorpus
from prunetransfer.data import documents as module
from prunetransfer.data import lines
from prunetransfer.data.documents import documents, require_files
from prunetransfer.data.errors import DataError


def read(*paths, **settings):
    return list(documents(FilesCorpus(source="files", files=paths, **settings), None))


LINES = st.lists(st.sampled_from(["", " ", "\t", "one.", "two. Two!", " = Head = ", "\x0c form feed", "\u2028"]))


@given(lines=LINES, end=st.sampled_from(["\n", "\r\n"]))
def test_blank_lines_part_documents(files, tmp_path_factory, lines, end):
    path = files.write(tmp_path_factory.getbasetemp() / "plain.txt", end.join(lines))
    parts = re.split(r"(?:^|\n)\s*(?:\n\s*|$)", "\n".join(line.strip(" \t\x0c\u2028") for line in lines))
    found = ["\n".join(line.strip(" \t\x0c\u2028") for line in document.split("\n")) for document in read(path)]
    assert [part.strip("\n") for part in parts if part.strip()] == [document.strip("\n") for document in found]


@given(before=LINES, after=LINES)
def test_document_start_parts_documents_and_loses_nothing(files, tmp_path_factory, before, after):
    text = "\n".join([*before, " = Title = ", *after])
    found = read(files.write(tmp_path_factory.getbasetemp() / "plain.txt", text), document_start="^ = Title = $")
    assert "\n".join(found).split() == text.split()
    assert sum(document.startswith(" = Title = ") for document in found) == 1
    assert len(found) == (2 if "".join(before).strip() else 1)


def test_json_lines_and_gzip_give_what_was_written(files, tmp_path):
    texts = ["one. two.\nthree.", "  ", "NA", "\u2028 ünï", ""]
    rows = [{"body": text, "other": 1} for text in texts]
    kept = [text for text in texts if text.strip()]
    for name in ("a.jsonl", "a.jsonl.gz", "a.json", "a.json.gz"):
        assert read(files.json_lines(tmp_path / name, rows), text="body") == kept
    plain = files.write(tmp_path / "a.txt.gz", "one.\n\ntwo.\n")
    assert [document.strip() for document in read(tmp_path / "a.json", plain, text="body")] == [
        *(text.strip() for text in kept),
        "one.",
        "two.",
    ]


def test_byte_order_mark_is_not_text(files, tmp_path):
    assert read(files.write(tmp_path / "a.txt", b"\xef\xbb\xbfone.")) == ["one."]
    assert read(files.write(tmp_path / "a.jsonl", b'\xef\xbb\xbf{"text": "one."}\n')) == ["one."]


def test_limit_takes_the_first_documents(files, tmp_path):
    source = FilesCorpus(source="files", files=[files.write(tmp_path / "a.txt", "a\n\nb\n\n\n\nc\n")])
    assert [document.strip() for document in documents(source, None, limit=2)] == ["a", "b"]


def test_language_corpus_reads_the_given_file(files, tmp_path):
    path = files.json_lines(tmp_path / "corpus.jsonl.gz", [{"text": "a b .\nc ."}, {"text": "d ."}])
    assert list(documents(LanguageCorpus(source="language"), path)) == ["a b .\nc .", "d ."]


@pytest.mark.parametrize(
    ("name", "content", "parts"),
    [
        ("a.jsonl", b'{"text": "fine"}\n{"text": "bro\n', ["line 2", "allowed: one JSON object on each line"]),
        ("a.jsonl", b'{"text": "fine"}\n["list"]\n', ["line 2", '["list"]', "allowed"]),
        ("a.jsonl", b'\n{"txt": "fine"}\n', ["line 2", "no field 'text'", "'txt'"]),
        ("a.jsonl", b'{"text": null}\n', ["line 1", "'text'", "None", "allowed: text"]),
        ("a.jsonl", b'{"text": 3}\n', ["line 1", "'text'", "3", "allowed: text"]),
        ("a.jsonl", b'{"text": "\\ud800"}\n', ["line 1", "d800", "surrogate"]),
        ("a.txt", b"fine\nfine\n\xffne\n", ["line 3", "0xff", "UTF-8"]),
        ("a.txt", "fine\n".encode("utf-16"), ["line 1", "allowed: UTF-8 text"]),
        ("a.txt", b"fine\nno\0t\n", ["line 2", "NUL"]),
    ],
)
def test_bad_files_are_refused_by_line(files, tmp_path, name, content, parts):
    for path in (files.write(tmp_path / name, content), files.write(tmp_path / f"{name}.gz", content)):
        with pytest.raises(DataError) as error:
            read(path)
        for part in [str(path), *parts]:
            assert part in str(error.value)


def test_broken_gzip_is_refused(files, tmp_path):
    whole = files.write(tmp_path / "a.txt.gz", "".join(f"line {number}\n" for number in range(1000))).read_bytes()
    for content in (whole[:-40], b"no gzip at all"):
        (tmp_path / "b.txt.gz").write_bytes(content)
        with pytest.raises(DataError, match=r"b\.txt\.gz: line \d+: found a broken gzip stream"):
            read(tmp_path / "b.txt.gz")


def test_missing_files_are_refused_at_once(files, tmp_path):
    present = files.write(tmp_path / "a.txt", "one")
    for missing in (tmp_path / "nothing.txt", tmp_path):
        with pytest.raises(DataError, match=re.escape(f"{missing}: found")):
            require_files(FilesCorpus(source="files", files=[present, missing]))


def test_document_start_that_never_occurs_is_refused(files, tmp_path):
    with pytest.raises(DataError, match=r"a\.txt: found no line with '\^CHAPTER'"):
        read(files.write(tmp_path / "a.txt", "one\ntwo\n"), document_start="^CHAPTER")


def test_a_file_without_document_ends_does_not_fill_the_memory(files, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "LONGEST_DOCUMENT", 100)
    with pytest.raises(DataError, match=r"line 26: found a document of over 100 characters"):
        read(files.write(tmp_path / "a.txt", "four\n" * 1000))


def dataset(folder, **settings):
    return list(documents(DatasetCorpus(source="dataset", dataset=str(folder), **settings), None))


@pytest.mark.parametrize("name", ["a.txt", "a.jsonl"])
def test_a_line_of_ten_megabytes_is_refused_and_a_book_in_one_line_is_not(files, tmp_path, name):
    def path(text):
        rows = ["a", text, "b"]
        if name == "a.jsonl":
            return files.json_lines(tmp_path / name, [{"text": row} for row in rows])
        return files.write(tmp_path / name, "\n\n".join(rows))

    book = "word " * 1_100_000
    assert [text.strip() for text in read(path(book))] == ["a", book.strip(), "b"]
    place = 2 if name == "a.jsonl" else 3
    with pytest.raises(DataError, match=rf"{name}: line {place}: found a line of over 8,000,000 bytes"):
        read(path("word " * 2_000_000))


@pytest.mark.parametrize("name", ["a.txt", "a.jsonl", "a.jsonl.gz"])
def test_a_file_without_line_ends_does_not_fill_the_memory(files, tmp_path, monkeypatch, name):
    monkeypatch.setattr(lines, "LONGEST_LINE", 100)
    path = files.write(tmp_path / name, '{"text": "fine"}\n' + "a" * 101)
    with pytest.raises(DataError, match=re.escape(f"{path}: line 2: found a line of over 100 bytes")):
        read(path)
    assert read(files.write(tmp_path / "fits.txt", "a" * 99 + "\n")) == ["a" * 99]


def test_dataset_folder_is_read_as_from_the_hub(files, tmp_path):
    from datasets import Dataset

    texts = [f"Article {number}.\n\nText." for number in range(25)]
    folder = files.hub_folder(
        tmp_path / "wikipedia",
        {
            "20231101.en": {"train": Dataset.from_dict({"title": texts, "text": [*texts[:-1], ""]})},
            "20231101.de": {"train": Dataset.from_dict({"title": ["x"], "text": [None]})},
        },
    )
    assert dataset(folder, name="20231101.en") == texts[:-1]
    assert dataset(folder, name="20231101.en", text="title") == texts
    bad = {
        "no column 'body'; allowed: 'title', 'text'": dict(name="20231101.en", text="body"),
        "row 1: 'text': found None; allowed: text": dict(name="20231101.de"),
        "20231101.fr": dict(name="20231101.fr"),
        "split test": dict(name="20231101.en", split="test"),
    }
    for message, settings in bad.items():
        with pytest.raises(DataError, match=re.escape(message)):
            dataset(folder, **settings)
    with pytest.raises(DataError, match="nothing_there"):
        dataset(tmp_path / "nothing_there")


def test_a_loading_script_is_never_run(files, tmp_path):
    folder = tmp_path / "books"
    files.write(folder / "books.py", "raise SystemExit('code of a repository was run')")
    source = DatasetCorpus(source="dataset", dataset=str(folder), text="text")
    with pytest.raises(DataError, match=r"dataset .*books"):
        list(documents(source, None))


def test_broken_parquet_is_refused(files, tmp_path):
    from datasets import Dataset

    folder = files.hub_folder(tmp_path / "books", {"default": {"train": Dataset.from_dict({"text": ["a", "b"]})}})
    path = next(folder.rglob("*.parquet"))
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(DataError, match="books"):
        dataset(folder)


def test_wikitext_has_its_sixty_articles(real_data):
    found = read(real_data("wikitext2", "valid.raw.gz"), document_start=r"^ = [^=]+ = $")
    assert len(found) == 60
    assert all(re.match(r" = [^=]+ = \n", document) for document in found)
