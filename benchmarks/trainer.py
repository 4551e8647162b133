"""The peer of the training benchmarks: transformers' Trainer with the settings of our optimizer."""

import time
from collections.abc import Callable
from tempfile import TemporaryDirectory

import torch
from datasets import Dataset, disable_progress_bars
from transformers import (
    PreTrainedModel,
    PrinterCallback,
    Trainer,
    TrainerCallback,
    TrainingArguments,
)
from transformers.trainer_callback import TrainerControl, TrainerState

from prunetransfer.config.optimization import OptimizerSettings

disable_progress_bars()


class _Clock(TrainerCallback):
    """Records the time at the end of the warm-up and at the end of training."""

    def __init__(self, warm_up: int):
        self.times: list[float] = []
        self._warm_up = warm_up

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_) -> None:
        if state.global_step in (self._warm_up, state.max_steps):
            self.times.append(time.perf_counter())


def step_seconds(
    model: PreTrainedModel,
    dataset: Dataset,
    collator: Callable,
    settings: OptimizerSettings,
    learning_rate: float,
    threads: int,
    warm_up: int,
    steps: int,
    sampling: str = "random",
) -> float:
    """Returns the seconds of `steps` steps after `warm_up` steps. They don't include logging, evaluation or saving.

    sampling: the `train_sampling_strategy` of TrainingArguments.
    """
    torch.set_num_threads(threads)
    clock = _Clock(warm_up)
    with TemporaryDirectory() as folder:
        arguments = TrainingArguments(
            output_dir=folder,
            per_device_train_batch_size=settings.batch_size,
            max_steps=warm_up + steps,
            learning_rate=learning_rate,
            weight_decay=settings.weight_decay,
            max_grad_norm=settings.clip_norm,
            warmup_steps=settings.warmup,
            bf16=settings.precision == "bf16",
            use_cpu=not torch.cuda.is_available(),
            train_sampling_strategy=sampling,
            logging_strategy="no",
            eval_strategy="no",
            save_strategy="no",
            report_to="none",
            disable_tqdm=True,
        )
        trainer = Trainer(model, arguments, data_collator=collator, train_dataset=dataset, callbacks=[clock])
        trainer.remove_callback(PrinterCallback)
        trainer.train()
    start, end = clock.times
    return end - start
