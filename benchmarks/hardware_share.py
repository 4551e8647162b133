"""Measures the share of the machine's speed that pre-training reaches: its useful operations per second, divided by those of
the best matrix product.

    python benchmarks/hardware_share.py [--models MiniLM ...] [--precisions fp32 ...] [--runs N] [--steps N] [--output FILE]

Ours: `prunetransfer pretrain` on WikiText-2, with batches of 16 sequences of 128 tokens, as in `pretraining.py`. Peer: the
fastest of several matrix products, with the same precision and threads. Both alternate. `flops.py` has the products, and
counts the operations of a step. It prints a Markdown table with the median of the steps and the best product.
"""

import argparse
from functools import partial
from pathlib import Path
from statistics import median

import numpy as np
import torch
from contenders import in_a_process_of_its_own, in_turns
from flops import matrix_product_rate, training_flops
from inputs import DATA, require, text_file
from pretraining import BATCH_SIZE, MODELS, OBJECTIVE, STEPS, Work, our_rate, works
from reporting import publish
from transformers import AutoConfig

from prunetransfer.analysis.tables.markdown import pipe_table
from prunetransfer.data.sampling import PretrainingSampler
from prunetransfer.data.tokenized import TokenizedCorpus
from prunetransfer.models.checkpoint import special_tokens

DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16}
BATCHES = 200
"""The number of batches over which the operations per token are averaged."""
PRODUCTS = 5
"""The number of matrix products of each shape in each run."""


def flops_per_token(work: Work) -> float:
    """Returns the useful operations per token: the mean over batches that are drawn as in pre-training."""
    config = AutoConfig.from_pretrained(work.encoder.parent)
    corpus = TokenizedCorpus.open(work.corpus, "train")
    sampler = PretrainingSampler(corpus, OBJECTIVE, special_tokens(work.encoder), config.vocab_size)
    operations = tokens = 0
    for step in range(BATCHES):
        batch = sampler.batch((0,), step, BATCH_SIZE)
        starts = np.flatnonzero(batch.packed.positions.numpy() == 0)
        lengths = np.diff(starts, append=len(batch.packed.tokens))
        operations += training_flops(config, lengths, len(batch.masked))
        tokens += len(batch.packed.tokens)
    return operations / tokens


def compare(work: Work, model: str, runs: int, steps: int) -> list[str]:
    """Returns a row of the table."""
    contenders = {
        "training": partial(our_rate, work, steps),
        "products": partial(matrix_product_rate, DTYPES[work.precision], work.threads, PRODUCTS),
    }
    rates = in_turns(contenders, runs)
    tokens, products = median(rates["training"]), max(rates["products"])
    per_token = in_a_process_of_its_own(flops_per_token, work)
    useful = tokens * per_token
    numbers = [f"{tokens:.0f}", f"{per_token / 1e6:.0f}", f"{useful / 1e9:.0f}", f"{products / 1e9:.0f}"]
    return [model, work.precision, *numbers, f"{100 * useful / products:.0f} %"]


HEADERS = [
    "Model",
    "precision",
    "tokens/s",
    "useful MFLOP/token",
    "useful GFLOP/s",
    "matrix product (GFLOP/s)",
    "share",
]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA, help="the folder that has wikitext2/")
    parser.add_argument("--models", nargs="+", choices=MODELS, default=list(MODELS))
    parser.add_argument("--precisions", nargs="+", choices=DTYPES, default=list(DTYPES))
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--steps", type=int, help="timed in each run; by default about 10 s of them with MiniLM")
    parser.add_argument("--output", type=Path, help="a file for the Markdown, besides stdout")
    arguments = parser.parse_args()
    require(text_file(arguments.data))
    rows = []
    for model, work in works(arguments.models, arguments.precisions, arguments.threads, arguments.data):
        rows.append(compare(work, model, arguments.runs, arguments.steps or STEPS[model]["ours"]))
    publish([pipe_table(HEADERS, rows, names=2)], arguments.output)


if __name__ == "__main__":
    main()
