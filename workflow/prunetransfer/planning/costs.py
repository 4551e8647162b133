"""Computes the costs of each training: sequences, tokens and seconds."""

from collections.abc import Mapping
from typing import NamedTuple

from prunetransfer.config.study import Study

from .tasks import TaskSize
from .throughput import Throughput
from .trainings import Training


class Cost(NamedTuple):
    sequences: int
    """The number of sequences that are trained on. Each counts as often as it is seen."""
    tokens: float
    """The number of tokens that are trained on."""
    seconds: float
    """The time of the whole job: training, evaluation, and start-up."""


def cost_of(study: Study, training: Training, sizes: Mapping[str, TaskSize], throughput: Throughput) -> Cost:
    """The costs of a training. sizes: the sizes of all tasks. Raises PlanError if the throughput lacks a rate for a task."""
    sequences = trained_sequences(study, training, sizes)
    if training.task is None:
        tokens = sequences * tokens_per_sequence(study, throughput)
        rate = throughput.pretraining_tokens_per_second
    else:
        tokens = training.epochs * sizes[training.task].train_tokens
        rate = throughput.finetuning(training.task)
    evaluation = evaluated_tokens(study, training, sizes, throughput) / throughput.evaluation(training.task)
    return Cost(sequences, tokens, tokens / rate + evaluation + throughput.besides(training.rule))


def trained_sequences(study: Study, training: Training, sizes: Mapping[str, TaskSize]) -> int:
    if training.task is None:
        return training.steps * study.pretraining.optimizer.batch_size
    return training.epochs * sizes[training.task].train_examples


def evaluated_tokens(study: Study, training: Training, sizes: Mapping[str, TaskSize], throughput: Throughput) -> float:
    """The number of tokens that a training evaluates: those of the dev sequences in pre-training, and those of both splits in
    fine-tuning, because the training loss is evaluated too."""
    if training.task is None:
        return study.pretraining.objective.dev_sequences * tokens_per_sequence(study, throughput)
    return sizes[training.task].tokens


def tokens_per_sequence(study: Study, throughput: Throughput) -> float:
    """The mean number of tokens per sequence in pre-training, as measured or given. By default the largest possible number."""
    return throughput.tokens_per_sequence or study.pretraining.objective.sequence_length
