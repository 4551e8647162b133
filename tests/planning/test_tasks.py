"""Sizes of tasks are exact for prepared tasks, otherwise counted, otherwise the paper's, otherwise an error."""

import json
import shutil

import pytest

from prunetransfer.planning.errors import PlanError
from prunetransfer.planning.tasks import SUBWORDS_PER_WORD, task_size


def with_files(folder, rows: int, limit: dict | None = None):
    for split in ("train", "dev"):
        lines = [json.dumps({"sentence": "two words.", "label": n % 2}) for n in range(rows)]
        (folder / f"{split}.jsonl").write_text("\n".join(lines) + "\n")
    source = {"source": "files", "train": str(folder / "train.jsonl"), "dev": str(folder / "dev.jsonl")}
    task = {"source": source, "text": ["sentence"], "labels": ["no", "yes"], "limit": limit or {}}

    def change(content):
        content["tasks"] = ["mine"]
        content["task_definitions"] = {"mine": task}

    return change


def test_a_prepared_task_is_exact(make_study, tiny_task, tmp_path):
    study = make_study()
    (tmp_path / "tasks").mkdir()
    shutil.copytree(tiny_task.parent, tmp_path / "tasks" / "sentiment")
    size = task_size(study, "sentiment", tmp_path)
    splits = json.loads(tiny_task.read_text())["splits"]
    assert (size.train_examples, size.dev_examples) == (30, 21)
    assert size.tokens == sum(split["tokens"] for split in splits.values())
    assert size.origin.startswith("measured")


def test_local_files_are_counted_up_to_the_limit(make_study, tmp_path):
    study = make_study(with_files(tmp_path, 7, {"train": 4}))
    size = task_size(study, "mine", tmp_path / "no results")
    assert (size.train_examples, size.dev_examples) == (4, 7)
    assert size.mean_tokens == pytest.approx(2 + 3 * SUBWORDS_PER_WORD)
    assert "assumed" in size.origin


def test_examples_are_cut_to_the_greatest_length(make_study, tmp_path):
    study = make_study(with_files(tmp_path, 2))
    (tmp_path / "train.jsonl").write_text(json.dumps({"sentence": "w " * 500, "label": 0}) + "\n")
    assert task_size(study, "mine", tmp_path / "no results").mean_tokens == study.finetuning.max_length


def test_the_papers_tasks(bert_base, tmp_path):
    assert task_size(bert_base, "MNLI", tmp_path).train_examples == 392_702


def test_the_languages_tasks_are_as_large_as_it_says(make_study, tmp_path):
    study = make_study(lambda content: content["language"].update(train_examples=12, dev_examples=5))
    size = task_size(study, "inference", tmp_path)
    assert (size.train_examples, size.dev_examples) == (12, 5)


def test_an_unknown_task_must_be_prepared(make_study, tmp_path):
    study = make_study(lambda content: (content.update(tasks=["MRPC"]), content.pop("task_definitions", None)))
    with pytest.raises(PlanError, match="prepare it first: snakemake results/miniature/tasks/MRPC"):
        task_size(study, "MRPC", tmp_path)
