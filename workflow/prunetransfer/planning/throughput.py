"""The throughput of the hardware, from which a plan's hours are computed. It may be measured, probed or given."""

from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError

from prunetransfer.config.base import Number, PositiveCount, PositiveFloat, Settings
from prunetransfer.config.problems import describe
from prunetransfer.storage.files import read_json

from .errors import PlanError
from .sizes import EncoderSizes

FORWARD_SHARE = 1 / 3
"""The share of a training step's time that its forward pass takes, because a backward pass has twice as many operations."""

Rates = PositiveFloat | dict[str, PositiveFloat]
Seconds = Annotated[Number, Field(ge=0)]


class Throughput(Settings):
    """The rates of one run on one device, a GPU or a core. The file of `--throughput` has them as JSON."""

    pretraining_tokens_per_second: PositiveFloat
    """The rate of training steps. Special tokens count, but padding doesn't: 2,000 sequences of 128 tokens per second are
    256,000 tokens per second."""
    finetuning_tokens_per_second: Rates
    """The rate of training steps. One number, or a number for each task."""
    evaluation_tokens_per_second: Rates | None = None
    """The rate of forward passes. One number, or a number for each task. By default three times the rate of training steps."""
    seconds_per_job: Seconds | dict[str, Seconds] = 0.0
    """Seconds that each job needs besides training and evaluation, such as for starting and loading. One number, or a number
    for each rule."""
    tokens_per_sequence: PositiveFloat | None = None
    """The mean number of tokens per sequence in pre-training. By default `pretraining.objective.sequence_length`."""
    corpus_tokens: PositiveCount | None = None
    """The number of tokens of the corpus, from which its size on disk is computed."""
    encoder: EncoderSizes | None = None
    """The sizes of an encoder whose config.json can't be read without a network."""

    def finetuning(self, task: str) -> float:
        """Returns tokens per second. Raises PlanError if rates are given by task and this task has none."""
        return _of_task("finetuning_tokens_per_second", self.finetuning_tokens_per_second, task)

    def evaluation(self, task: str | None) -> float:
        """Returns tokens per second. task: None for the dev loss of pre-training.

        Raises PlanError if rates are given by task and this task has none.
        """
        rates = self.evaluation_tokens_per_second
        if rates is None or (task is None and isinstance(rates, dict)):
            trained = self.pretraining_tokens_per_second if task is None else self.finetuning(task)
            return trained / FORWARD_SHARE
        return rates if task is None else _of_task("evaluation_tokens_per_second", rates, task)

    def besides(self, rule: str) -> float:
        """Returns the seconds that a job of the rule needs besides training and evaluation."""
        seconds = self.seconds_per_job
        return seconds.get(rule, 0.0) if isinstance(seconds, dict) else seconds


def _of_task(key: str, rates: Rates, task: str) -> float:
    if not isinstance(rates, dict):
        return rates
    if task not in rates:
        raise PlanError(
            f"{key}: found {', '.join(rates) or 'nothing'}; allowed: a rate for every task, {task} among them"
        )
    return rates[task]


def read_throughput(path: Path) -> Throughput:
    """Reads a throughput file: a `Throughput` as JSON, or the output of `plan --json`, which has one under `throughput`.

    Raises PlanError with a line for each problem: the key, the value found, and the values allowed.
    """
    try:
        values = read_json(path)
    except (OSError, ValueError) as error:
        raise PlanError(f"{path}: {error}") from None
    if isinstance(values, dict) and isinstance(values.get("throughput"), dict):
        values = values["throughput"]
    try:
        return Throughput.model_validate(values)
    except ValidationError as error:
        raise PlanError("\n".join(f"{path}: {problem}" for problem in describe(error, values))) from None
