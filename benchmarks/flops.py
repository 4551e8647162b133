"""Counts the floating-point operations of a training step, and measures how many the machine can do per second."""

import time

import numpy as np
import torch
from transformers import BertConfig

from prunetransfer.running.device import prepare_device
from prunetransfer.running.products import choose_product_library

SHAPES = [
    (2048, 384, 384),
    (2048, 384, 1536),
    (2048, 768, 768),
    (2048, 768, 3072),
    (2048, 2048, 2048),
    (4096, 4096, 4096),
]
"""(rows, inner, columns) of matrix products: the linear maps of 16 x 128 tokens in MiniLM and BERT-Base, and larger ones."""


def training_flops(config: BertConfig, lengths: np.ndarray, predicted: int) -> int:
    """Returns the useful operations of a masked-LM training step.

    lengths: the number of tokens of each sequence. predicted: the number of predicted tokens in all sequences.

    Only matrix products count. Each multiply-add is 6 operations: 2 forward, 2 for the input's gradient and 2 for the
    weight's. With hidden size h, feed-forward size f and vocabulary size V, the multiply-adds are
        in each layer: 4 h^2 + 2 h f for a token, and 2 h L^2 for a sequence of L tokens (scores and weighted values);
        in the head:   h^2 + h V for a predicted token.
    Look-ups of embeddings, LayerNorm, activations, softmax and recomputations don't count.
    """
    hidden, tokens = config.hidden_size, int(np.sum(lengths))
    linear = tokens * (4 * hidden**2 + 2 * hidden * config.intermediate_size)
    attention = 2 * hidden * int(np.sum(np.square(lengths)))
    head = predicted * (hidden**2 + hidden * config.vocab_size)
    return 6 * (config.num_hidden_layers * (linear + attention) + head)


def matrix_product_rate(dtype: torch.dtype, threads: int, repeats: int) -> float:
    """Returns the operations per second of the fastest matrix product of `SHAPES`, with torch set up as for training.

    repeats: the number of times that each product is computed. The shortest time counts.
    """
    prepare_device(threads)
    choose_product_library(wide=True)
    best = 0.0
    for rows, inner, columns in SHAPES:
        left, right = torch.randn(rows, inner).to(dtype), torch.randn(inner, columns).to(dtype)
        for _ in range(repeats):
            start = time.perf_counter()
            left @ right
            best = max(best, 2 * rows * inner * columns / (time.perf_counter() - start))
    return best
