"""Floating-point operations: what a training step is worth, and what the machine can do."""

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
"""[rows, inner, columns]: the linear maps of 16 x 128 tokens in MiniLM and BERT-Base, and larger ones."""


def training_flops(config: BertConfig, lengths: np.ndarray, predicted: int) -> int:
    """Useful operations of a masked-LM training step on sequences of these lengths, `predicted` tokens in all predicted.

    Matrix products alone, 6 for each multiply-add: 2 forward, 2 for the input's gradient and 2 for the weight's. With h
    the hidden size, f the feed-forward one and V the vocabulary, the multiply-adds are
        of each layer: 4 h^2 + 2 h f for a token, 2 h L^2 for a sequence of L tokens (scores, and weighted values);
        of the head:   h^2 + h V for a predicted token.
    Look-ups of embeddings, LayerNorm, activations, softmax and what is computed twice don't count.
    """
    hidden, tokens = config.hidden_size, int(np.sum(lengths))
    linear = tokens * (4 * hidden**2 + 2 * hidden * config.intermediate_size)
    attention = 2 * hidden * int(np.sum(np.square(lengths)))
    head = predicted * (hidden**2 + hidden * config.vocab_size)
    return 6 * (config.num_hidden_layers * (linear + attention) + head)


def matrix_product_rate(dtype: torch.dtype, threads: int, repeats: int) -> float:
    """Operations a second of the fastest matrix product of `SHAPES`, each the best of so many, as training sets torch up."""
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
