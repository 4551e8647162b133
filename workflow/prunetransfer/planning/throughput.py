"""How fast the hardware trains: what a plan's hours are computed from. One format, measured, probed or given."""

from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError

from prunetransfer.config.base import Number, PositiveCount, PositiveFloat, Settings
from prunetransfer.config.problems import describe
from prunetransfer.storage.files import read_json

from .encoder import EncoderSizes
from .errors import PlanError

FORWARD_SHARE = 1 / 3
"""Of a training step, about what its forward pass takes: a backward pass has twice as many operations."""

Rates = PositiveFloat | dict[str, PositiveFloat]
Seconds = Annotated[Number, Field(ge=0)]


class Throughput(Settings):
    """Rates of one run on one device: a GPU, or a core. A file of `--throughput` has this as JSON."""

    pretraining_tokens_per_second: PositiveFloat
    """Real tokens, special ones included, in training steps. 2,000 sequences of 128 tokens a second are 256,000."""
    finetuning_tokens_per_second: Rates
    """One number, or one for each task."""
    evaluation_tokens_per_second: Rates | None = None
    """The forward pass alone; left out: three times the training's, in pre-training and in fine-tuning."""
    seconds_per_job: Seconds | dict[str, Seconds] = 0.0
    """What each job takes besides, such as starting and loading; one number, or one for each rule."""
    tokens_per_sequence: PositiveFloat | None = None
    """In pre-training, on average; left out: all of `pretraining.objective.sequence_length`."""
    corpus_tokens: PositiveCount | None = None
    """Of the tokenised corpus, for its room on disk."""
    encoder: EncoderSizes | None = None
    """For an encoder whose config.json can't be read without a network."""

    def finetuning(self, task: str) -> float:
        """Tokens per second. Raises PlanError where rates are given by task, and this one has none."""
        return _of_task("finetuning_tokens_per_second", self.finetuning_tokens_per_second, task)

    def evaluation(self, task: str | None) -> float:
        """Tokens per second; task: None for pre-training's dev loss."""
        rates = self.evaluation_tokens_per_second
        if rates is None or (task is None and isinstance(rates, dict)):
            trained = self.pretraining_tokens_per_second if task is None else self.finetuning(task)
            return trained / FORWARD_SHARE
        return rates if task is None else _of_task("evaluation_tokens_per_second", rates, task)

    def besides(self, rule: str) -> float:
        """Seconds of a rule's job that aren't spent on training or evaluation."""
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
    """A throughput file: JSON of `Throughput`, or what `plan --json` printed, which has one under `throughput`.

    Raises PlanError with a line per problem: key, what was found, what is allowed.
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
