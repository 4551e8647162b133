"""Evaluates a classifier on a whole split, without dropout."""

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, mse_loss

from prunetransfer.data.packing import PackedBatch, gather
from prunetransfer.data.tokenized import TokenizedTask
from prunetransfer.models.unpadded import encode_and_pool
from prunetransfer.running.device import autocast

TOKENS_PER_BATCH = 8192
"""The largest number of tokens in a batch, unless a single sequence has more."""


def task_logits(model: nn.Module, family, packed: PackedBatch) -> Tensor:
    """Returns the logits [B, labels] of a packed batch of B sequences; [B, 1] for a regression. They are float32."""
    _, pooled = encode_and_pool(model.base_model, family, packed)
    return family.classification_logits(model, pooled).float()


def task_loss(logits: Tensor, labels: Tensor, *, reduction: str = "mean") -> Tensor:
    """Returns the cross-entropy for int64 labels (classes), or the squared error for float32 labels (regression).

    logits: [B, labels], or [B, 1] for a regression. labels: [B].
    """
    if labels.dtype == torch.int64:
        return cross_entropy(logits, labels, reduction=reduction)
    return mse_loss(logits.squeeze(1), labels, reduction=reduction)


@torch.no_grad()
def split_logits(model: nn.Module, family, split: TokenizedTask, precision: str, device: torch.device) -> Tensor:
    """Returns logits [examples, labels] in the split's order, on the CPU. Batches have sequences of similar length."""
    model.eval()
    lengths = np.diff(split.offsets)
    order = np.argsort(lengths, kind="stable")
    logits = None
    for chosen in np.split(order, _cuts(lengths[order])):
        batch = gather(split.tokens, split.offsets, split.second_start, chosen).to(device)
        with autocast(precision, device, model):
            part = task_logits(model, family, batch).cpu()
        if logits is None:
            logits = part.new_empty(len(lengths), part.shape[1])
        logits[torch.from_numpy(chosen)] = part
    return logits


def _cuts(lengths: np.ndarray) -> list[int]:
    """Returns where to cut a list of ascending lengths into batches of at most `TOKENS_PER_BATCH` tokens."""
    cuts: list[int] = []
    tokens = 0
    for place, length in enumerate(lengths):
        if tokens and tokens + length > TOKENS_PER_BATCH:
            cuts.append(place)
            tokens = 0
        tokens += int(length)
    return cuts
