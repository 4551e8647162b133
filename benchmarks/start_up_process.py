"""Fine-tunes for one step. Prints as JSON the seconds that each part took, and the time at which the step ended.

`start_up.py` starts it:

    python benchmarks/start_up_process.py ours CHECKPOINT TASK
    python benchmarks/start_up_process.py trainer ENCODER

It imports no heavy library at the top, because importing is one of the parts.
"""

import json
import sys
import time
from collections.abc import Callable
from functools import wraps
from pathlib import Path

START = time.perf_counter()
BATCH_SIZE = 32


class Parts:
    """Measures seconds by part."""

    def __init__(self):
        self.seconds: dict[str, float] = {}

    def since(self, start: float, part: str) -> float:
        """Adds the time since `start` to a part. Returns the current time."""
        now = time.perf_counter()
        self.seconds[part] = self.seconds.get(part, 0.0) + now - start
        return now

    def timed(self, part: str, function: Callable) -> Callable:
        """Returns the function, with the time of each call added to a part."""

        @wraps(function)
        def call(*arguments, **options):
            start = time.perf_counter()
            result = function(*arguments, **options)
            self.since(start, part)
            return result

        return call


def ours(checkpoint: Path, task: Path) -> dict[str, float]:
    """Runs `prunetransfer finetune`, and measures it up to the end of its first step."""
    parts = Parts()
    from timed_run import run_until

    from prunetransfer.config.optimization import OptimizerSettings
    from prunetransfer.jobs.settings.finetune import FinetuneJobSettings
    from prunetransfer.training import finetuning

    start = parts.since(START, "imports")
    finetuning.TokenizedTask.open = parts.timed("data", finetuning.TokenizedTask.open)
    finetuning.load_classification_model = parts.timed("checkpoint", finetuning.load_classification_model)
    settings = FinetuneJobSettings(
        arm="prune_pretrain",
        task=task.parent.name,
        sparsity=0,
        epochs=1,
        learning_rate=5e-5,
        seed=0,
        classifier_dropout=0.1,
        optimizer=OptimizerSettings(batch_size=BATCH_SIZE),
    )

    def stage(folder: Path, execution) -> None:
        finetuning.finetune(
            settings, checkpoint, task, folder / "metrics.json", folder / "predictions.npy", execution, None
        )

    def after_first_step(done: int, state) -> bool:
        parts.since(start + parts.seconds["data"] + parts.seconds["checkpoint"], "rest, with the first step")
        ended.append(time.time())
        return True

    ended: list[float] = []
    run_until(stage, 1, after_first_step)
    return {**parts.seconds, "ended": ended[0]}


def trainer(encoder: Path) -> dict[str, float]:
    """Runs the Trainer for one step, with a model from `from_pretrained` and a batch of random tokens."""
    parts = Parts()
    import torch
    from datasets import Dataset
    from transformers import AutoModelForSequenceClassification, Trainer, TrainingArguments

    torch.set_num_threads(1)
    start = parts.since(START, "imports")
    tokens = torch.randint(1000, 2000, (BATCH_SIZE, 16))
    dataset = Dataset.from_dict({"input_ids": tokens.tolist(), "labels": [0, 1] * (BATCH_SIZE // 2)})
    start = parts.since(start, "data")
    model = AutoModelForSequenceClassification.from_pretrained(encoder, num_labels=2, dtype=torch.float32)
    start = parts.since(start, "checkpoint")
    arguments = TrainingArguments(
        per_device_train_batch_size=BATCH_SIZE,
        max_steps=1,
        use_cpu=True,
        save_strategy="no",
        report_to="none",
        disable_tqdm=True,
    )
    Trainer(model, arguments, train_dataset=dataset).train()
    parts.since(start, "rest, with the first step")
    return {**parts.seconds, "ended": time.time()}


if __name__ == "__main__":
    work = {"ours": ours, "trainer": trainer}[sys.argv[1]]
    parts = work(*map(Path, sys.argv[2:]))
    print(json.dumps(parts))
