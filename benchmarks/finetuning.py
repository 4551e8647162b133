"""Measures fine-tuning of MiniLM on real sentences. Compares examples per second with transformers' Trainer.

    python benchmarks/finetuning.py [--tasks SST-2 ...] [--precisions fp32 ...] [--runs N] [--steps N] [--output FILE]
    python benchmarks/finetuning.py --profile [--tasks SST-2]

Ours: the stage `prunetransfer finetune`. Peers: the Trainer as its `run_glue` example uses it (every example padded to 128
tokens, batches drawn at random) and as an expert would (padding to the longest of a batch, examples of similar length
together). All have the same weights, examples, batch size, AdamW (fused), clipping, dropout and precision. Loading,
evaluation and saving aren't timed. It prints a Markdown table of medians over alternating runs. The last column is the
difference between our loss and the Trainer's loss on one batch without dropout. With `--profile` it instead prints which
operations take the time of our steps.
"""

import argparse
from functools import cache, partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np
import torch
from contenders import in_a_process_of_its_own, in_turns
from datasets import Dataset
from inputs import DATA, MAX_LENGTH, prepare_minilm, prepare_sentences, require, task_files
from reporting import publish
from timed_run import profile_steps, time_steps
from trainer import step_seconds
from transformers import (
    AutoTokenizer,
    BertForSequenceClassification,
    DataCollatorWithPadding,
    PreTrainedTokenizerBase,
    default_data_collator,
)

from prunetransfer.analysis.tables.markdown import pipe_table
from prunetransfer.config.optimization import OptimizerSettings
from prunetransfer.data.tokenized import TokenizedTask
from prunetransfer.jobs.settings.finetune import FinetuneJobSettings
from prunetransfer.models.checkpoint import load_classification_model
from prunetransfer.models.families import family_named
from prunetransfer.training.evaluation import split_logits, task_loss
from prunetransfer.training.finetuning import finetune

TASKS = ("SST-2", "CoLA", "MNLI")
EXAMPLES = 3_200
"""The number of training examples of each task: 100 batches. The Trainer sorts groups of 50 batches by length."""
BATCH_SIZE = 32
WARM_UP = 3
STEPS = {"ours": 50, "run_glue": 8, "expert": 50}
"""The number of timed steps of each contender, which take about 10 s on SST-2. The expert sorts groups of 50 batches by length,
so 50 consecutive steps have batches of all lengths."""
LEARNING_RATE = 5e-5
DROPOUT = 0.1


class Work(NamedTuple):
    """The training that is measured. encoder, checkpoint and task are manifests."""

    encoder: Path
    checkpoint: Path
    task: Path
    precision: str
    threads: int

    @property
    def optimizer(self) -> OptimizerSettings:
        return OptimizerSettings(batch_size=BATCH_SIZE, precision=self.precision)


def stage(work: Work, folder: Path, execution) -> None:
    settings = FinetuneJobSettings(
        arm="prune_pretrain",
        task=work.task.parent.name,
        sparsity=0,
        epochs=20,
        learning_rate=LEARNING_RATE,
        seed=0,
        classifier_dropout=DROPOUT,
        optimizer=work.optimizer,
    )
    finetune(settings, work.checkpoint, work.task, folder / "metrics.json", folder / "predictions.npy", execution, None)


def ours(work: Work, steps: int) -> float:
    """Returns examples per second."""
    timing = time_steps(partial(stage, work), work.threads, WARM_UP, steps)
    return steps * BATCH_SIZE / timing.seconds


def run_glue(work: Work, steps: int) -> float:
    """Returns examples per second."""
    return _trainer(work, steps, padded_dataset(work.task), default_data_collator, "random")


def expert(work: Work, steps: int) -> float:
    """Returns examples per second."""
    return _trainer(work, steps, ragged_dataset(work.task), DataCollatorWithPadding(tokenizer(work)), "group_by_length")


def _trainer(work: Work, steps: int, dataset: Dataset, collator, sampling: str) -> float:
    model = trainer_model(work)
    seconds = step_seconds(
        model, dataset, collator, work.optimizer, LEARNING_RATE, work.threads, WARM_UP, steps, sampling=sampling
    )
    return steps * BATCH_SIZE / seconds


def trainer_model(work: Work) -> BertForSequenceClassification:
    labels = len(TokenizedTask.open(work.task, "train").label_names)
    return BertForSequenceClassification.from_pretrained(
        work.encoder.parent, num_labels=labels, classifier_dropout=DROPOUT, dtype=torch.float32
    )


@cache
def ragged_dataset(task: Path, split: str = "train") -> Dataset:
    examples = TokenizedTask.open(task, split)
    lengths = np.diff(examples.offsets)
    pairs = list(zip(lengths, examples.second_start, strict=True))
    return Dataset.from_dict(
        {
            "input_ids": np.split(examples.tokens.astype(np.int64), examples.offsets[1:-1]),
            "token_type_ids": [(np.arange(length) >= second).astype(np.int64) for length, second in pairs],
            "attention_mask": [np.ones(length, np.int64) for length in lengths],
            "label": examples.labels,
        }
    )


@cache
def padded_dataset(task: Path) -> Dataset:
    """Returns the training split with every example padded to 128 tokens. BERT's padding token is 0."""

    def pad(row: dict[str, list[int]]) -> dict[str, list[int]]:
        room = [0] * (MAX_LENGTH - len(row["input_ids"]))
        return {name: row[name] + room for name in ("input_ids", "token_type_ids", "attention_mask")}

    return ragged_dataset(task).map(pad)


def losses(work: Work) -> tuple[float, float]:
    """Returns our loss and the loss of the Trainer's model on the dev split, with the same weights, in fp32, without dropout."""
    torch.set_num_threads(work.threads)
    dev = TokenizedTask.open(work.task, "dev")
    model, _ = load_classification_model(work.checkpoint, len(dev.label_names), DROPOUT)
    logits = split_logits(model, family_named(model.config.model_type), dev, "fp32", torch.device("cpu"))
    loss = task_loss(logits, torch.from_numpy(np.array(dev.labels)))
    peer = trainer_model(work).eval()
    peer.load_state_dict(model.state_dict())
    batch = DataCollatorWithPadding(tokenizer(work))(list(ragged_dataset(work.task, "dev")))
    with torch.no_grad():
        return loss.item(), peer(**batch).loss.item()


def tokenizer(work: Work) -> PreTrainedTokenizerBase:
    return AutoTokenizer.from_pretrained(work.encoder.parent)


def compare(work: Work, task: str, runs: int, steps: int | None) -> list[str]:
    """Returns a row of the table. Raises AssertionError if the losses differ by more than 1e-4."""
    our_loss, peer_loss = in_a_process_of_its_own(losses, work)
    assert abs(our_loss - peer_loss) < 1e-4, f"{task}: losses {our_loss} and {peer_loss} of the same batch"
    contenders = {"ours": ours, "run_glue": run_glue, "expert": expert}
    rates = in_turns({name: partial(rate, work, steps or STEPS[name]) for name, rate in contenders.items()}, runs)
    own, *peers = (median(rates[name]) for name in contenders)
    lengths = np.diff(TokenizedTask.open(work.task, "train").offsets)
    return [
        task,
        work.precision,
        f"{lengths.mean():.1f}",
        *(f"{rate:.0f}" for rate in (own, *peers)),
        *(f"{own / peer:.2f}" for peer in peers),
        *(f"{min(rates[name]):.0f}-{max(rates[name]):.0f}" for name in contenders),
        f"{abs(our_loss - peer_loss):.0e}",
    ]


HEADERS = [
    "Task",
    "precision",
    "tokens/example",
    "ours (examples/s)",
    "run_glue",
    "expert",
    "ours / run_glue",
    "ours / expert",
]
HEADERS += ["ours, range", "run_glue, range", "expert, range", "loss difference"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA, help="the folder that has glue/")
    parser.add_argument("--tasks", nargs="+", choices=TASKS, default=TASKS)
    parser.add_argument("--precisions", nargs="+", choices=["fp32", "bf16"], default=["fp32", "bf16"])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--steps", type=int, help="timed in each run; by default about 10 s of them")
    parser.add_argument("--profile", action="store_true", help="print where the time of our steps goes")
    parser.add_argument("--output", type=Path, help="a file for the Markdown, besides stdout")
    arguments = parser.parse_args()
    require(*(file for task in arguments.tasks for file in task_files(arguments.data, task).values()))
    with TemporaryDirectory() as name:
        folder = Path(name)
        encoder, checkpoint = prepare_minilm(folder)
        rows = []
        for task in arguments.tasks:
            manifest = prepare_sentences(arguments.data, task, EXAMPLES, encoder, folder)
            for precision in arguments.precisions:
                work = Work(encoder, checkpoint, manifest, precision, arguments.threads)
                if arguments.profile:
                    print(task, precision)
                    print(profile_steps(partial(stage, work), arguments.threads, WARM_UP, arguments.steps or 30))
                else:
                    rows.append(compare(work, task, arguments.runs, arguments.steps))
    if rows:
        publish([pipe_table(HEADERS, rows, names=2)], arguments.output)


if __name__ == "__main__":
    main()
