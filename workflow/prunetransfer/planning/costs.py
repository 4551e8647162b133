"""What each training costs: sequences, tokens and seconds."""

from collections.abc import Mapping
from typing import NamedTuple

from prunetransfer.config.study import Study

from .tasks import TaskSize
from .throughput import Throughput
from .trainings import Training


class Cost(NamedTuple):
    sequences: int
    """How many it trains on; each sequence counts as often as it is seen."""
    tokens: float
    seconds: float
    """Of the whole job: training, evaluation, and start-up."""


def cost_of(study: Study, training: Training, sizes: Mapping[str, TaskSize], throughput: Throughput) -> Cost:
    """sizes: of every task."""
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
    """Pre-training evaluates the dev loss. Fine-tuning evaluates both splits, because the training loss is evaluated too."""
    if training.task is None:
        return study.pretraining.objective.dev_sequences * tokens_per_sequence(study, throughput)
    return sizes[training.task].tokens


def tokens_per_sequence(study: Study, throughput: Throughput) -> float:
    """In pre-training: as measured or given; otherwise the largest number possible."""
    return throughput.tokens_per_sequence or study.pretraining.objective.sequence_length
