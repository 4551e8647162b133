"""Measures masked-LM pre-training on WikiText-2 at 128 tokens. Compares tokens per second with transformers' Trainer.

    python benchmarks/pretraining.py [--models MiniLM ...] [--precisions fp32 ...] [--runs N] [--steps N] [--output FILE]
    python benchmarks/pretraining.py --profile [--models BERT-Base]

Ours: the stage `prunetransfer pretrain`, dense, without next-sentence prediction. Peer: the Trainer as its `run_mlm`
example uses it, with lines joined and cut into blocks of 128 tokens, DataCollatorForLanguageModeling, and BertForMaskedLM,
which computes logits at every position. Both have the same weights, batch size, share of masked tokens, AdamW (fused),
clipping, dropout and precision. MiniLM has its published weights, and BERT-Base has random weights. Loading, evaluation and
saving aren't timed, and padding doesn't count as tokens. It prints a Markdown table of medians over alternating runs. With
`--profile` it instead prints which operations take the time of our steps.
"""

import argparse
import gzip
from collections.abc import Callable, Iterator, Sequence
from functools import cache, partial
from itertools import chain
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import NamedTuple

import torch
from contenders import in_a_process_of_its_own, in_turns
from datasets import Dataset
from inputs import DATA, prepare_bert_base, prepare_minilm, prepare_text, require, text_file
from reporting import publish
from timed_run import Timing, profile_steps, time_steps
from trainer import step_seconds
from transformers import AutoTokenizer, BertForMaskedLM, DataCollatorForLanguageModeling

from prunetransfer.analysis.tables.markdown import pipe_table
from prunetransfer.config.optimization import OptimizerSettings
from prunetransfer.config.pretraining import Objective, Phase
from prunetransfer.jobs.settings.pretrain import PretrainJobSettings
from prunetransfer.training.pretraining import pretrain

LENGTH = 128
OBJECTIVE = Objective(sequence_length=LENGTH, next_sentence=False, dev_sequences=16)
"""The settings of pre-training. The dev loss isn't timed, so it is computed on only a few sequences."""
BATCH_SIZE = 16
WARM_UP = 2
STEPS = {"MiniLM": {"ours": 15, "run_mlm": 8}, "BERT-Base": {"ours": 3, "run_mlm": 3}}
"""The number of timed steps of each contender, which take about 10 s with MiniLM."""
LINES = 5_000
"""The number of WikiText-2's 36,718 lines that the Trainer gets. They form about 2,500 blocks, more than it trains on."""
LEARNING_RATE = 1e-4
MODELS: dict[str, Callable[[Path], tuple[Path, Path]]] = {"MiniLM": prepare_minilm, "BERT-Base": prepare_bert_base}


class Work(NamedTuple):
    """The training that is measured. encoder, checkpoint and corpus are manifests."""

    encoder: Path
    checkpoint: Path
    corpus: Path
    precision: str
    threads: int
    batch_size: int = BATCH_SIZE

    @property
    def optimizer(self) -> OptimizerSettings:
        return OptimizerSettings(batch_size=self.batch_size, precision=self.precision)


def stage(work: Work, folder: Path, execution) -> None:
    settings = PretrainJobSettings(
        objective=OBJECTIVE,
        optimizer=work.optimizer,
        phase_name="burn_in",
        phase=Phase(steps=10_000, learning_rate=LEARNING_RATE),
        seed=0,
        prune=None,
    )
    pretrain(settings, work.checkpoint, work.corpus, folder / "manifest.json", execution, None)


def ours(work: Work, steps: int) -> Timing:
    return time_steps(partial(stage, work), work.threads, WARM_UP, steps)


def our_rate(work: Work, steps: int) -> float:
    """Returns tokens per second."""
    timing = ours(work, steps)
    return timing.tokens / timing.seconds


def run_mlm_rate(work: Work, text: Path, steps: int) -> float:
    """Returns tokens per second. Blocks have no padding."""
    tokenizer = AutoTokenizer.from_pretrained(work.encoder.parent)
    collator = DataCollatorForLanguageModeling(tokenizer, mlm_probability=OBJECTIVE.masking.share)
    model = BertForMaskedLM.from_pretrained(work.encoder.parent, dtype=torch.float32)
    seconds = step_seconds(
        model, blocks(text, work.encoder), collator, work.optimizer, LEARNING_RATE, work.threads, WARM_UP, steps
    )
    return steps * work.batch_size * LENGTH / seconds


@cache
def blocks(text: Path, encoder: Path) -> Dataset:
    """Puts special tokens around each line of the text, joins the lines, and cuts the result into blocks. Drops an incomplete
    last block."""
    with gzip.open(text, "rt", encoding="utf-8") as file:
        lines = file.read().splitlines()[:LINES]
    encoded = AutoTokenizer.from_pretrained(encoder.parent)(lines, return_special_tokens_mask=True)
    columns = {}
    for name, values in encoded.items():
        joined = list(chain.from_iterable(values))
        columns[name] = [joined[start : start + LENGTH] for start in range(0, len(joined) - LENGTH + 1, LENGTH)]
    return Dataset.from_dict(columns)


def works(models: Sequence[str], precisions: Sequence[str], threads: int, data: Path) -> Iterator[tuple[str, Work]]:
    """Yields each model's name and work at each precision. Their files exist until the iteration ends."""
    with TemporaryDirectory() as name:
        for model in models:
            folder = Path(name) / model
            encoder, checkpoint = in_a_process_of_its_own(MODELS[model], folder)
            corpus = in_a_process_of_its_own(prepare_text, data, encoder, folder)
            for precision in precisions:
                yield model, Work(encoder, checkpoint, corpus, precision, threads)


def compare(work: Work, model: str, text: Path, runs: int, steps: int | None) -> list[str]:
    """Returns a row of the table."""
    contenders = {"ours": partial(our_rate, work), "run_mlm": partial(run_mlm_rate, work, text)}
    rates = in_turns(
        {name: partial(rate, steps=steps or STEPS[model][name]) for name, rate in contenders.items()}, runs
    )
    own, peer = (median(rates[name]) for name in contenders)
    ranges = [f"{min(rates[name]):.0f}-{max(rates[name]):.0f}" for name in contenders]
    return [model, work.precision, f"{own:.0f}", f"{peer:.0f}", f"{own / peer:.2f}", *ranges]


HEADERS = ["Model", "precision", "ours (tokens/s)", "run_mlm", "ours / run_mlm", "ours, range", "run_mlm, range"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA, help="the folder that has wikitext2/")
    parser.add_argument("--models", nargs="+", choices=MODELS, default=list(MODELS))
    parser.add_argument("--precisions", nargs="+", choices=["fp32", "bf16"], default=["fp32", "bf16"])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--steps", type=int, help="timed in each run; by default about 10 s of them with MiniLM")
    parser.add_argument("--profile", action="store_true", help="print where the time of our steps goes")
    parser.add_argument("--output", type=Path, help="a file for the Markdown, besides stdout")
    arguments = parser.parse_args()
    text = text_file(arguments.data)
    require(text)
    rows = []
    for model, work in works(arguments.models, arguments.precisions, arguments.threads, arguments.data):
        if arguments.profile:
            print(model, work.precision)
            print(profile_steps(partial(stage, work), arguments.threads, WARM_UP, arguments.steps or 5))
        else:
            rows.append(compare(work, model, text, arguments.runs, arguments.steps))
    if rows:
        publish([pipe_table(HEADERS, rows, names=2)], arguments.output)


if __name__ == "__main__":
    main()
