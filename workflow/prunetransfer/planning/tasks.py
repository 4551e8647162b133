"""Finds the number of examples and tokens of each task, from the best source that exists."""

import re
from pathlib import Path
from typing import NamedTuple

from prunetransfer.analysis.tables.published import plain, read_published
from prunetransfer.config.study import Study
from prunetransfer.config.task import FilesTask, TaskSettings
from prunetransfer.data.tables import read_rows
from prunetransfer.storage.files import read_json
from prunetransfer.storage.paths import TASK, within

from .errors import PlanError

_PUBLISHED = Path(__file__).parents[2] / "reference" / "tasks.csv"

SUBWORDS_PER_WORD = 1.07
"""Tokens per word with bert-base-uncased's vocabulary: 1.02 to 1.12 in GLUE's tasks. A word is a run of letters and digits,
or a punctuation mark."""
MEAN_TOKENS = {"mnli": 40.1, "qqp": 30.7, "qnli": 49.2, "sst2": 13.4, "cola": 11.3}
"""The mean number of tokens of each task's first 20,000 training examples with bert-base-uncased's vocabulary. Special tokens are
included, and examples are cut to 128 tokens."""
OTHER_MEAN_TOKENS = 40.0
"""The number of tokens per example that is assumed for all other tasks."""
_LANGUAGE_TOKENS = {1: 7.1, 2: 11.0}
"""The mean number of tokens in examples of the artificial language, by their number of sentences. Each word is a token."""


class TaskSize(NamedTuple):
    train_examples: int
    dev_examples: int
    train_tokens: float
    """The number of tokens of all training examples."""
    dev_tokens: float
    """The number of tokens of all dev examples."""
    origin: str
    """The origin of the numbers, for readers of the plan: measured, given or assumed."""

    @property
    def examples(self) -> int:
        return self.train_examples + self.dev_examples

    @property
    def tokens(self) -> float:
        return self.train_tokens + self.dev_tokens

    @property
    def mean_tokens(self) -> float:
        """The mean number of tokens per training example."""
        return self.train_tokens / self.train_examples


def task_size(study: Study, task: str, folder: Path) -> TaskSize:
    """Returns a task's size: measured if the study has prepared the task, otherwise counted in local files, otherwise computed
    from the settings of the artificial language or from the paper's numbers.

    folder: results/<study>. Raises PlanError if the size is unknown, and DataError for a file that can't be read.
    """
    manifest = within(folder, TASK, task=task)
    if manifest.is_file():
        train, dev = (read_json(manifest)["splits"][split] for split in ("train", "dev"))
        return TaskSize(train["examples"], dev["examples"], train["tokens"], dev["tokens"], f"measured: {manifest}")
    settings = study.task_definitions[task]
    match settings.source.source:
        case "files":
            return _counted(settings, study.finetuning.max_length)
        case "language":
            counts = (study.language.train_examples, study.language.dev_examples)
            mean = _LANGUAGE_TOKENS[len(settings.text)]
            return _of_mean(settings, counts, mean, "examples given: `language`")
    published = read_published(_PUBLISHED).set_index("task")
    if plain(task) not in published.index:
        raise PlanError(
            f"task {task}: its number of examples is unknown; prepare it first: "
            f"snakemake {TASK.format(study=study.study, task=task)}"
        )
    row = published.loc[plain(task)]
    mean = min(MEAN_TOKENS.get(plain(task), OTHER_MEAN_TOKENS), study.finetuning.max_length)
    return _of_mean(
        settings, (int(row["train_examples"]), int(row["dev_examples"])), mean, "examples given: the paper's"
    )


def _of_mean(settings: TaskSettings, counts: tuple[int, int], mean: float, origin: str) -> TaskSize:
    train, dev = _limited(settings, counts)
    return TaskSize(train, dev, train * mean, dev * mean, f"{origin}; {mean:g} tokens each assumed")


def _limited(settings: TaskSettings, counts: tuple[int, int]) -> list[int]:
    limits = (settings.limit.train, settings.limit.dev)
    return [count if limit is None else min(count, limit) for count, limit in zip(counts, limits, strict=True)]


_WORD = re.compile(r"\w+|[^\w\s]")


def _counted(settings: TaskSettings, max_length: int) -> TaskSize:
    """Counts rows and words. It ignores rows that lack a text, although the job that prepares the task may refuse them."""
    source: FilesTask = settings.source
    examples, means = [], []
    for file in (source.train, source.dev):
        lengths = [
            min(max_length, 1 + sum(1 + SUBWORDS_PER_WORD * len(_WORD.findall(text)) for text in row.values()))
            for _, row in read_rows(file, settings.text)
            if all(isinstance(text, str) and text.strip() for text in row.values())
        ]
        if not lengths:
            raise PlanError(f"{file}: found no row with text; allowed: at least 1")
        examples.append(len(lengths))
        means.append(sum(lengths) / len(lengths))
    train, dev = _limited(settings, tuple(examples))
    origin = f"examples measured: {source.train.parent}; tokens assumed: {SUBWORDS_PER_WORD:g} per word"
    return TaskSize(train, dev, train * means[0], dev * means[1], origin)
