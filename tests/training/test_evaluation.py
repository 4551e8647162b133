"""Evaluating a split in batches equals evaluating its examples one by one, in the split's order."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from prunetransfer.data.packing import gather
from prunetransfer.data.tokenized import TokenizedTask
from prunetransfer.models.families import family_named
from prunetransfer.models.unpadded import ATTENTION
from prunetransfer.training import evaluation
from prunetransfer.training.evaluation import split_logits, task_logits, task_loss

CPU = torch.device("cpu")


@pytest.mark.parametrize("budget", [1, 40, 100, 8192])
def test_logits_equal_those_of_single_examples(make_model, architecture, tiny_task, monkeypatch, budget):
    monkeypatch.setattr(evaluation, "TOKENS_PER_BATCH", budget)
    family = family_named(architecture)
    model = make_model(head="CLASSIFICATION", attention=ATTENTION, dropout=0.5).train()
    split = TokenizedTask.open(tiny_task, "dev")
    found = split_logits(model, family, split, "fp32", CPU)
    assert found.shape == (21, 3)
    with torch.no_grad():
        alone = [
            task_logits(model, family, gather(split.tokens, split.offsets, split.second_start, np.array([n])))
            for n in range(21)
        ]
    torch.testing.assert_close(found, torch.cat(alone), rtol=1e-5, atol=1e-5)
    assert not found.requires_grad
    torch.testing.assert_close(split_logits(model, family, split, "bf16", CPU), found, rtol=0, atol=0.3)


@given(lengths=st.lists(st.integers(1, 12_000), min_size=1, max_size=60).map(sorted))
def test_batches_stay_within_the_budget(lengths):
    parts = np.split(np.array(lengths), evaluation._cuts(np.array(lengths)))
    assert np.concatenate(parts).tolist() == lengths
    for part, following in zip(parts, [*parts[1:], None], strict=True):
        assert len(part) == 1 or part.sum() <= evaluation.TOKENS_PER_BATCH
        assert following is None or part.sum() + following[0] > evaluation.TOKENS_PER_BATCH, "no smaller than need be"


def test_losses():
    logits = torch.tensor([[2.0, 0.0, 1.0], [0.0, 3.0, 0.0]])
    labels = torch.tensor([2, 1])
    by_hand = [-(row - row.exp().sum().log())[label] for row, label in zip(logits, labels, strict=True)]
    assert task_loss(logits, labels).item() == pytest.approx(sum(by_hand).item() / 2)
    assert task_loss(logits, labels, reduction="sum").item() == pytest.approx(sum(by_hand).item())
    scores = torch.tensor([[1.0], [4.0]])
    targets = torch.tensor([3.0, 3.0])
    assert task_loss(scores, targets).item() == pytest.approx((4 + 1) / 2)
