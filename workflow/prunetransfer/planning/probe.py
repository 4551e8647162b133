"""Times a few steps of each kind of training on this machine. It runs the study's code with random weights and tokens."""

import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import median

import numpy as np
import torch

from prunetransfer.config.optimization import OptimizerSettings
from prunetransfer.config.study import Study
from prunetransfer.data.packing import gather
from prunetransfer.data.sampling import PretrainingSampler
from prunetransfer.data.special_tokens import SpecialTokens
from prunetransfer.data.tokenized import Source, TokenizedCorpus, TokenizedTask
from prunetransfer.models.dropout import use_fast_dropout
from prunetransfer.models.families import family_named
from prunetransfer.models.unpadded import ATTENTION
from prunetransfer.running.device import place, prepare_device
from prunetransfer.running.state import TrainingState
from prunetransfer.training.evaluation import split_logits, task_logits, task_loss
from prunetransfer.training.finetuning import LabelledBatch
from prunetransfer.training.loop import Loop
from prunetransfer.training.pretraining import Objectives

from .model_config import model_config
from .sizes import EncoderSizes
from .tasks import TaskSize
from .throughput import Throughput

WARM_UP = 2
"""The number of first steps that aren't timed, because they also create the optimizer's state and the libraries' plans."""
STEPS = 30
"""The largest number of steps that are timed."""
SECONDS = 15.0
"""The approximate time for which each kind of training is timed. At least two steps are timed."""
JOB_SECONDS = 1.0
"""The assumed time of a job's start and loading in the warm worker. The miniature's jobs take 0.7 to 1.0 s."""
_EVALUATED = 256
"""The number of examples with which evaluation is timed."""
_SENTENCE, _DOCUMENT, _DOCUMENTS = 20, 40, 100
"""Numbers of the random corpus: tokens per sentence, sentences per document, and documents. A document has 800 tokens, enough to
fill sequences."""


def probe(study: Study, encoder: EncoderSizes, sizes: Mapping[str, TaskSize]) -> tuple[Throughput, str]:
    """Times pre-training, and fine-tuning and its evaluation at the mean length of each task's examples.

    It runs on the GPU if there is one, else on one CPU thread, as most rules do. Returns the throughput (medians over steps)
    and the device's name.
    """
    device = prepare_device(threads=1)
    family = family_named(encoder.architecture)
    # Dropout takes time, so the rate matters. A pre-trained encoder is assumed to have BERT's rate, 0.1.
    config = model_config(encoder, study.encoder.dropout if study.encoder.source == "fresh" else 0.1)
    model = family.PRETRAINING._from_config(config, attn_implementation=ATTENTION, dtype=torch.float32)
    place(model, device)
    use_fast_dropout(model)
    pretraining = _pretraining_rate(study, model, family, encoder.vocabulary_size, device)
    config.num_labels = 2
    model = family.CLASSIFICATION._from_config(config, attn_implementation=ATTENTION, dtype=torch.float32)
    place(model, device)
    use_fast_dropout(model)
    finetuning, evaluation = {}, {}
    for task, size in sizes.items():
        split = _random_task(size.mean_tokens, study, encoder.vocabulary_size)
        finetuning[task], evaluation[task] = _task_rates(study, model, family, split, device)
    throughput = Throughput(
        pretraining_tokens_per_second=pretraining,
        finetuning_tokens_per_second=finetuning,
        evaluation_tokens_per_second=evaluation,
        seconds_per_job=JOB_SECONDS,
        encoder=encoder,
    )
    return throughput, torch.cuda.get_device_name() if device.type == "cuda" else "one CPU thread"


def _pretraining_rate(study: Study, model, family, vocabulary_size: int, device: torch.device) -> float:
    """Returns tokens per second."""
    settings = study.pretraining
    sampler = PretrainingSampler(
        _random_corpus(vocabulary_size), settings.objective, SpecialTokens(2, 3, 4, 0, 1), vocabulary_size
    )

    objectives = Objectives(model, family)
    size = settings.optimizer.batch_size
    return _loop_rate(
        model,
        lambda step: sampler.batch((0,), step, size),
        lambda _, batch: objectives(batch),
        settings.optimizer,
        device,
    )


def _task_rates(study: Study, model, family, split: TokenizedTask, device: torch.device) -> tuple[float, float]:
    """Returns tokens per second in training and in evaluation."""
    optimizer = study.finetuning.optimizer

    def batch(step: int) -> LabelledBatch:
        chosen = np.random.default_rng(step).integers(len(split.labels), size=optimizer.batch_size)
        packed = gather(split.tokens, split.offsets, split.second_start, chosen)
        return LabelledBatch(packed, torch.from_numpy(split.labels[chosen]))

    def losses(model, batch):
        return {"loss": task_loss(task_logits(model, family, batch.packed), batch.labels)}

    trained = _loop_rate(model, batch, losses, optimizer, device)
    seconds = []
    for _ in range(3):  # the first is slower
        start = time.perf_counter()
        split_logits(model, family, split, optimizer.precision, device)
        seconds.append(time.perf_counter() - start)
    return trained, len(split.tokens) / min(seconds)


def _loop_rate(model, batch: Callable, losses: Callable, settings: OptimizerSettings, device: torch.device) -> float:
    """Returns tokens per second of the training loop: the median over the steps that follow the warm-up."""
    clock = _Clock(device)
    steps = WARM_UP + STEPS
    loop = Loop(
        model, batch, losses, steps, steps, peak=1e-5, seed=0, settings=settings, device=device, stop=clock.is_enough
    )
    with tempfile.TemporaryDirectory() as folder:
        loop.run(TrainingState(Path(folder) / "state", "probe", interval=float("inf")))
    return median(clock.rates())


class _Clock:
    """Records the time after each step of a loop."""

    def __init__(self, device: torch.device):
        self._device = device
        self._times: list[float] = []
        self._tokens: list[int] = []

    def is_enough(self, done: int, state: TrainingState) -> bool:
        """Whether at least two steps after the warm-up have been timed, which took `SECONDS` together."""
        if self._device.type == "cuda":
            torch.cuda.synchronize()
        self._times.append(time.perf_counter())
        self._tokens.append(state.tokens)
        return done >= WARM_UP + 2 and self._times[-1] - self._times[WARM_UP - 1] > SECONDS

    def rates(self) -> list[float]:
        """The tokens per second of each step after the warm-up."""
        tokens, seconds = (np.diff(counts[WARM_UP - 1 :]) for counts in (self._tokens, self._times))
        return (tokens / seconds).tolist()


def _random_corpus(vocabulary_size: int) -> TokenizedCorpus:
    sentences = _DOCUMENTS * _DOCUMENT
    tokens = np.random.default_rng(0).integers(_first(vocabulary_size), vocabulary_size, size=sentences * _SENTENCE)
    return TokenizedCorpus(
        tokens=tokens,
        sentences=_SENTENCE * np.arange(sentences + 1),
        documents=_DOCUMENT * np.arange(_DOCUMENTS + 1),
        sources=(Source(0, _DOCUMENTS, 1.0),),
    )


def _random_task(mean_tokens: float, study: Study, vocabulary_size: int) -> TokenizedTask:
    """Returns random examples. Their lengths are uniform between half and one and a half times the mean."""
    random = np.random.default_rng(0)
    low = max(3, round(mean_tokens / 2))
    high = max(low, min(study.finetuning.max_length, round(1.5 * mean_tokens)))
    lengths = random.integers(low, high + 1, size=_EVALUATED)
    return TokenizedTask(
        tokens=random.integers(_first(vocabulary_size), vocabulary_size, size=lengths.sum()),
        offsets=np.concatenate([[0], np.cumsum(lengths)]),
        second_start=lengths,
        labels=random.integers(2, size=_EVALUATED),
        metric="accuracy",
        label_names=("0", "1"),
    )


def _first(vocabulary_size: int) -> int:
    """Returns the id of the first token after the special tokens."""
    return min(5, vocabulary_size - 1)
