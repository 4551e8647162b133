"""Tokenised tasks from any source equal those that transformers tokenises. Errors name bad rows."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

import prunetransfer.data
from prunetransfer.config.task import TaskSettings
from prunetransfer.data.errors import DataError
from prunetransfer.data.task import prepare_task, random_subset
from prunetransfer.data.tokenized import TokenizedTask

GLUE = yaml.safe_load((Path(prunetransfer.data.__file__).parent / "tasks" / "glue.yaml").read_text())
WORD = st.sampled_from([*(f"w{number}" for number in range(40)), "Unknown", "!", "NA", "null", "None", "[SEP]"])
TEXT = st.lists(WORD, min_size=1, max_size=12).map(" ".join)


def prepare(folder, encoder, source, max_length=8, language=None, name="task", **settings):
    defaults = {"text": ["a"], "labels": ["no", "yes"]}
    settings = TaskSettings.model_validate({"source": source, **defaults, **settings})
    manifest = folder / "tasks" / name / "manifest.json"
    prepare_task(settings, name, max_length, encoder, manifest, language)
    return manifest


def files_source(files, folder, train, dev=None):
    train, dev = (
        files.json_lines(folder / f"{name}.jsonl", rows) for name, rows in (("train", train), ("dev", dev or train))
    )
    return {"source": "files", "train": str(train), "dev": str(dev)}


def examples_of(task):
    return [task.tokens[a:b].tolist() for a, b in zip(task.offsets, task.offsets[1:], strict=False)]


@settings(max_examples=50)
@given(
    rows=st.lists(st.fixed_dictionaries({"a": TEXT, "b": TEXT, "label": st.integers(0, 1)}), min_size=1, max_size=6),
    text=st.sampled_from([["a"], ["a", "b"], ["b", "a"]]),
    max_length=st.integers(8, 30),
)
def test_equals_what_transformers_gives(tmp_path_factory, files, encoder, auto_tokenizer, rows, text, max_length):
    folder = tmp_path_factory.getbasetemp() / "reference"
    manifest = prepare(folder, encoder, files_source(files, folder, rows), max_length, text=text)
    columns = [[row[column] for row in rows] for column in text]
    expected = auto_tokenizer(
        *columns, truncation="longest_first", max_length=max_length, padding=False, return_token_type_ids=True
    )
    for split in ("train", "dev"):
        task = TokenizedTask.open(manifest, split)
        assert examples_of(task) == expected["input_ids"]
        lengths = np.diff(task.offsets)
        types = [
            [int(place >= start) for place in range(n)] for n, start in zip(lengths, task.second_start, strict=True)
        ]
        assert types == expected["token_type_ids"]
        assert task.labels.tolist() == [row["label"] for row in rows]


def test_arrays_and_manifest(tmp_path, files, encoder):
    rows = [{"a": "w1 w2", "label": "yes"}, {"a": "NA", "label": 0}]
    manifest = prepare(tmp_path, encoder, files_source(files, tmp_path, rows, rows[:1]), metric="f1")
    content = json.loads(manifest.read_text())
    del content["sha256"]
    assert sorted(content.pop("files")) == [
        f"{split}/{name}.npy" for split in ("dev", "train") for name in ("labels", "offsets", "second_start", "tokens")
    ]
    assert content == {
        "kind": "task",
        "task": "task",
        "metric": "f1",
        "labels": ["no", "yes"],
        "vocabulary_size": 47,
        "splits": {
            "train": {"examples": 2, "tokens": 7, "dropped": 0},
            "dev": {"examples": 1, "tokens": 4, "dropped": 0},
        },
    }
    task = TokenizedTask.open(manifest, "train")
    types = (task.tokens.dtype, task.offsets.dtype, task.second_start.dtype, task.labels.dtype)
    assert types == (np.uint16, np.int64, np.int32, np.int64)
    assert (task.metric, task.label_names) == ("f1", ("no", "yes"))
    assert task.second_start.tolist() == [4, 3]
    before = {path: path.read_bytes() for path in manifest.parent.rglob("*") if path.is_file()}
    prepare(tmp_path, encoder, files_source(files, tmp_path, rows, rows[:1]), metric="f1")
    assert before == {path: path.read_bytes() for path in manifest.parent.rglob("*") if path.is_file()}


def test_regression(tmp_path, files, encoder):
    rows = [{"a": "w1", "label": 2.5}, {"a": "w1", "label": "3"}]
    manifest = prepare(tmp_path, encoder, files_source(files, tmp_path, rows), labels=None, metric="pearson")
    task = TokenizedTask.open(manifest, "dev")
    assert task.labels.dtype == np.float32
    assert task.labels.tolist() == [2.5, 3.0]
    assert task.label_names is None


def test_language_task_is_beside_the_manifest(tmp_path, files, encoder):
    for split in ("train", "dev"):
        files.json_lines(tmp_path / "language" / "sentiment" / f"{split}.jsonl.gz", [{"a": "w1", "label": 1}])
    language = tmp_path / "language" / "manifest.json"
    manifest = prepare(tmp_path, encoder, {"source": "language"}, language=language, name="sentiment")
    assert examples_of(TokenizedTask.open(manifest, "dev")) == [[2, 6, 3]]


@given(rows=st.integers(1, 50), small=st.integers(1, 60), large=st.integers(1, 60), seed=st.integers(0, 9))
def test_subsets_are_nested_and_in_file_order(rows, small, large, seed):
    small, large = sorted([small, large])
    subset = random_subset(rows, small, (seed, 0))
    assert len(subset) == min(rows, small)
    assert (np.diff(subset) > 0).all()
    assert set(subset) <= set(random_subset(rows, large, (seed, 0))) <= set(range(rows))


def test_limit_takes_examples_with_their_labels(tmp_path, files, encoder):
    rows = [{"a": f"w{number}", "label": number % 2} for number in range(40)]
    taken = []
    for seed in (0, 0, 1):
        limit = {"train": 10, "seed": seed}
        manifest = prepare(tmp_path, encoder, files_source(files, tmp_path, rows), limit=limit)
        assert len(TokenizedTask.open(manifest, "dev").labels) == 40
        task = TokenizedTask.open(manifest, "train")
        words = [tokens[1] - 5 for tokens in examples_of(task)]
        assert task.labels.tolist() == [word % 2 for word in words]
        taken.append(words)
    assert taken[0] == taken[1] != taken[2]


BAD_TEXT = [None, "", " \t", float("nan")]


@pytest.mark.parametrize("text", [*BAD_TEXT, 5, ["w1"]])
def test_rows_without_text_are_refused(tmp_path, files, encoder, text):
    rows = [{"a": "w1", "b": "w2", "label": 0}, {"a": "w1", "b": text, "label": 0}]
    source = files_source(files, tmp_path, rows[:1], rows)
    message = re.escape(f"{source['dev']}: line 2: column 'b': found {text!r}; allowed: text")
    with pytest.raises(DataError, match=message):
        prepare(tmp_path, encoder, source, text=["a", "b"])
    assert not (tmp_path / "tasks").exists()


def test_rows_without_text_can_be_dropped(tmp_path, files, encoder):
    rows = [{"a": text, "label": 0} for text in ["w1", *BAD_TEXT, "w2"]]
    source = files_source(files, tmp_path, rows)
    manifest = prepare(tmp_path, encoder, source, missing_text="drop")
    assert examples_of(TokenizedTask.open(manifest, "train")) == [[2, 6, 3], [2, 7, 3]]
    assert json.loads(manifest.read_text())["splits"]["train"] == {"examples": 2, "tokens": 6, "dropped": 4}
    with pytest.raises(DataError, match=r"train\.jsonl: found 4 rows, all without text; allowed: at least 1"):
        prepare(tmp_path, encoder, files_source(files, tmp_path, rows[1:5]), missing_text="drop")
    with pytest.raises(DataError, match="found 5; allowed: text"):
        prepare(tmp_path, encoder, files_source(files, tmp_path, [{"a": 5, "label": 0}]), missing_text="drop")


@pytest.mark.parametrize("kind", ["jsonl", "tsv", "csv"])
@pytest.mark.parametrize("size", [2_000_001, 10_000_002])
def test_a_text_of_megabytes_is_refused(tmp_path, files, encoder, kind, size):
    text = "w1 " * (size // 3)
    if kind == "jsonl":
        path = files.json_lines(tmp_path / "a.jsonl", [{"a": "w1", "label": 0}, {"a": text, "label": 0}])
    else:
        separator = {"tsv": "\t", "csv": ","}[kind]
        path = files.write(tmp_path / f"a.{kind}", f"a{separator}label\nw1{separator}0\n{text}{separator}0\n")
    source = {"source": "files", "train": str(path), "dev": str(path)}
    line = 2 if kind == "jsonl" else 3
    if size > 8_000_000:
        found = "found a line of over 8,000,000 bytes"
    elif kind == "csv":
        found = "found field larger than field limit"
    else:
        found = "column 'a': found a text of 2,000,001 characters"
    with pytest.raises(DataError, match=re.escape(f"{path}: line {line}: {found}")):
        prepare(tmp_path, encoder, source)


@pytest.mark.parametrize("label", ["maybe", 2, -1, None, ""])
def test_unknown_labels_are_refused(tmp_path, files, encoder, label):
    source = files_source(files, tmp_path, [{"a": "w1", "label": "yes"}, {"a": "w1", "label": label}])
    message = f"train.jsonl: line 2: column 'label': found {label!r}; allowed: 'no', 'yes', or 0 to 1"
    with pytest.raises(DataError, match=message):
        prepare(tmp_path, encoder, source)


def test_files_without_rows_are_refused(tmp_path, files, encoder):
    for name, content in (("a.jsonl", "\n"), ("a.tsv", "a\tlabel\n"), ("a.csv", "a,label\n")):
        path = files.write(tmp_path / name, content)
        with pytest.raises(DataError, match=f"{name}: found 0 rows; allowed: at least 1"):
            prepare(tmp_path, encoder, {"source": "files", "train": str(path), "dev": str(path)})


def test_errors_leave_the_last_task_as_it_was(tmp_path, files, encoder):
    rows = [{"a": "w1", "label": 0}]
    manifest = prepare(tmp_path, encoder, files_source(files, tmp_path, rows))
    before = {path: path.read_bytes() for path in manifest.parent.rglob("*") if path.is_file()}
    with pytest.raises(DataError):
        prepare(tmp_path, encoder, files_source(files, tmp_path, [{"a": "w2", "label": 0}], [{"a": "w2"}]))
    assert before == {path: path.read_bytes() for path in manifest.parent.rglob("*") if path.is_file()}


def test_glue_entries_read_a_folder_laid_out_as_the_hubs(tmp_path, files, encoder):
    from datasets import ClassLabel, Dataset, Features, Value

    assert list(GLUE) == ["CoLA", "SST-2", "MRPC", "STS-B", "QQP", "MNLI", "QNLI", "RTE", "WNLI"]
    configs, expected = {}, {}
    for name, entry in GLUE.items():
        names = entry.get("labels")
        label = ClassLabel(names=names) if names else Value("float32")
        features = Features({**{column: Value("string") for column in entry["text"]}, "label": label})
        expected[name] = list(range(len(names))) if names else [0.0, 2.5, 5.0]
        columns = {column: [f"w{number}" for number in range(len(expected[name]))] for column in entry["text"]}
        rows = Dataset.from_dict({**columns, "label": expected[name]}, features=features)
        dev = "validation_matched" if name == "MNLI" else "validation"
        configs[entry["source"]["name"]] = {"train": rows, dev: rows, "test": rows}
    folder = files.hub_folder(tmp_path / "glue", configs)
    for name, entry in GLUE.items():
        source = {**entry["source"], "dataset": str(folder)}
        manifest = prepare(tmp_path, encoder, name=name, **{"labels": None, **entry, "source": source})
        for split in ("train", "dev"):
            task = TokenizedTask.open(manifest, split)
            assert task.labels.tolist() == expected[name]
            assert len(task.tokens) == len(task.labels) * (3 if len(entry["text"]) == 1 else 5)

    wrong = {**GLUE["RTE"], "source": {**GLUE["RTE"]["source"], "dataset": str(folder), "dev": "test"}}
    with pytest.raises(DataError, match=r"split test: row 1: column 'label': found 0; allowed: 7, 8"):
        prepare(tmp_path, encoder, **{**wrong, "labels": [7, 8]} | {"source": {**wrong["source"], "train": "test"}})
    with pytest.raises(DataError, match="found no column 'premise'; allowed: 'sentence1', 'sentence2', 'label'"):
        prepare(tmp_path, encoder, **{**wrong, "text": ["premise"]})


@pytest.mark.parametrize(
    ("name", "train", "dev", "dev_classes"),
    [("SST-2", 67_349, 872, [428, 444]), ("MNLI", 29_496, 5_000, None), ("QQP", 23_999, 5_701, None)],
)
def test_real_glue_files(tmp_path, real_data, encoder, name, train, dev, dev_classes):
    paths = {split: str(real_data("glue", name, f"{split}.jsonl.gz")) for split in ("train", "dev")}
    source = {"source": "files", **paths}
    manifest = prepare(tmp_path, encoder, name=name, max_length=128, **{**GLUE[name], "source": source})
    counts = {split: TokenizedTask.open(manifest, split) for split in ("train", "dev")}
    assert [len(task.labels) for task in counts.values()] == [train, dev]
    classes = np.bincount(counts["dev"].labels)
    assert len(classes) == len(GLUE[name]["labels"])
    assert dev_classes is None or classes.tolist() == dev_classes
    assert (counts["dev"].second_start == np.diff(counts["dev"].offsets)).all() == (len(GLUE[name]["text"]) == 1)


def test_more_tokens_than_the_encoder_has_positions_are_refused(tmp_path, files, encoder):
    source = files_source(files, tmp_path, [{"a": "w1", "label": 0}])
    with pytest.raises(DataError, match=r"finetuning\.max_length: found 129; allowed: at most 128"):
        prepare(tmp_path, encoder, source, 129)
    assert prepare(tmp_path, encoder, source, 128).is_file()
