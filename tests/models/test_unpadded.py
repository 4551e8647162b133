"""Packed batches give the same results as transformers' padded forward pass, for every family."""

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy

from prunetransfer.config.encoder import FreshEncoder
from prunetransfer.data.packing import pack
from prunetransfer.models.families import family_named
from prunetransfer.models.unpadded import ATTENTION, attend_in_blocks, attend_ragged, encode, encode_and_pool

PAD = 0
LENGTHS = {
    "ragged": [7, 3, 12, 1, 5],
    "equal": [6, 6, 6],
    "one": [9],
    "longest": [24, 2],
    "single tokens": [1, 1, 1],
    "several blocks": [2] * 8 + [24] * 8,
}


@pytest.fixture(params=LENGTHS)
def lengths(request) -> np.ndarray:
    return np.array(LENGTHS[request.param])


def draw(lengths):
    """A packed batch, and the same sequences padded on the right: ids, types and mask [B, longest]."""
    random = np.random.default_rng(int(lengths.sum()))
    tokens = random.integers(5, 60, lengths.sum())
    second_start = np.array([random.integers(1, length + 1) for length in lengths])
    ids, types, mask = (torch.zeros(len(lengths), lengths.max(), dtype=torch.int64) for _ in range(3))
    first = 0
    for row, length in enumerate(lengths):
        ids[row, :length] = torch.from_numpy(tokens[first : first + length])
        types[row, second_start[row] : length] = 1
        mask[row, :length] = 1
        first += length
    return pack(tokens, lengths, second_start), ids, types, mask


def both(make_model, architecture, **options):
    """Returns two equal models: one for packed batches, and one with transformers' attention."""
    models = [make_model(attention=attention, **options) for attention in (ATTENTION, "sdpa")]
    for one, other in zip(models[0].parameters(), models[1].parameters(), strict=True):
        assert torch.equal(one, other)
    return family_named(architecture), *models


def run_padded(model, family, ids, types, mask):
    token_types = {"token_type_ids": types} if family.HAS_TOKEN_TYPES else {}
    return model(input_ids=ids, attention_mask=mask, **token_types)


def assert_close(one, other):
    torch.testing.assert_close(one, other, rtol=1e-5, atol=1e-5)


def assert_same_gradients(one, other):
    found = 0
    for (name, parameter), reference in zip(one.named_parameters(), other.parameters(), strict=True):
        if reference.grad is None:
            assert parameter.grad is None or not parameter.grad.any(), name
        else:
            found += 1
            assert_close(parameter.grad, reference.grad)
    assert found > 20


def test_hidden_states(make_model, architecture, lengths):
    family, model, reference = both(make_model, architecture, head=None)
    packed, *padded = draw(lengths)
    expected = run_padded(reference, family, *padded).last_hidden_state[padded[-1].bool()]
    assert_close(encode(model, family, packed), expected)


def test_masked_lm_loss_and_gradients(make_model, architecture, lengths):
    """The vocabulary head on the chosen positions equals the full head at those positions."""
    family, model, reference = both(make_model, architecture)
    packed, ids, types, mask = draw(lengths)
    generator = torch.Generator().manual_seed(0)
    chosen = torch.randperm(int(lengths.sum()), generator=generator)[: 1 + int(lengths.sum()) // 3].sort().values
    targets = torch.randint(5, 60, chosen.shape, generator=generator)

    logits = family.masked_lm_logits(model, encode(model.base_model, family, packed)[chosen])
    full = run_padded(reference, family, ids, types, mask)[0]
    expected = (full if full.ndim == 3 else full[0])[mask.bool()][chosen]
    assert_close(logits, expected)
    cross_entropy(logits, targets).backward()
    cross_entropy(expected, targets).backward()
    assert_same_gradients(model, reference)


def test_next_sentence_loss_and_gradients(make_family_model, lengths):
    family, model, reference = both(lambda **options: make_family_model("bert", **options), "bert")
    packed, *padded = draw(lengths)
    targets = torch.arange(len(lengths)) % 2
    _, pooled = encode_and_pool(model.base_model, family, packed)
    logits = family.next_sentence_logits(model, pooled)
    expected = run_padded(reference, family, *padded).seq_relationship_logits
    assert_close(logits, expected)
    cross_entropy(logits, targets).backward()
    cross_entropy(expected, targets).backward()
    assert_same_gradients(model, reference)


def test_only_bert_predicts_next_sentences(architecture):
    assert (family_named(architecture).next_sentence_logits is not None) == (architecture == "bert")


def test_classification_loss_and_gradients(make_model, architecture, lengths):
    family, model, reference = both(make_model, architecture, head="CLASSIFICATION")
    packed, *padded = draw(lengths)
    targets = torch.arange(len(lengths)) % 3
    _, pooled = encode_and_pool(model.base_model, family, packed)
    logits = family.classification_logits(model, pooled)
    expected = run_padded(reference, family, *padded).logits
    assert logits.shape == (len(lengths), 3)
    assert_close(logits, expected)
    cross_entropy(logits, targets).backward()
    cross_entropy(expected, targets).backward()
    assert_same_gradients(model, reference)


def test_sequences_do_not_see_each_other(make_model, architecture):
    """A sequence's hidden states don't depend on the other sequences of its batch."""
    family = family_named(architecture)
    model = make_model(head=None, attention=ATTENTION)
    random = np.random.default_rng(0)
    middle = random.integers(5, 60, 6)
    found = []
    for before, after in ((3, 9), (8, 1), (6, 6)):
        lengths = np.array([before, 6, after])
        tokens = np.concatenate([random.integers(5, 60, before), middle, random.integers(5, 60, after)])
        found.append(encode(model, family, pack(tokens, lengths, lengths))[before : before + 6])
    assert_close(found[1], found[0])
    assert_close(found[2], found[0])


def test_dropout_is_active_in_training_only(make_model, architecture):
    family = family_named(architecture)
    model = make_model(head="CLASSIFICATION", attention=ATTENTION, dropout=0.5)
    packed, *_ = draw(np.array(LENGTHS["ragged"]))

    def logits():
        return family.classification_logits(model, encode_and_pool(model.base_model, family, packed)[1])

    assert torch.equal(logits(), logits())
    model.train()
    assert not torch.equal(logits(), logits())


def test_attention_dropout_reaches_the_attention(make_family_model):
    """Without any other dropout, training mode differs from eval mode, because attention gets the config's rate."""
    family = family_named("bert")
    model = make_family_model("bert", head=None, attention=ATTENTION)
    for layer in model.encoder.layer:
        layer.attention.self.dropout.p = 0.5
    packed, *_ = draw(np.array(LENGTHS["ragged"]))
    quiet = encode(model, family, packed)
    model.train()
    assert not torch.equal(encode(model, family, packed), quiet)


@pytest.mark.parametrize("ragged", [True, False])
def test_attention_with_dropout_is_torchs_attention(ragged):
    """If the rate is so small that no entry is dropped, attention with dropout equals the fused kernel without it."""
    torch.manual_seed(0)
    lengths = np.array([3, 9, 4] if ragged else [5, 5])
    packed = pack(np.zeros(lengths.sum(), dtype=np.uint16), lengths, lengths)
    states = [torch.randn(int(lengths.sum()), 2, 8, requires_grad=True) for _ in range(3)]
    weights = torch.randn(int(lengths.sum()), 2, 8)
    found = []
    for rate in (1e-6, 0.0):
        attended = attend_in_blocks(*states, packed, None, rate)
        found.append([attended, *torch.autograd.grad((attended * weights).sum(), states)])
    for one, other in zip(*found, strict=True):
        assert_close(one, other)


def test_ragged_attention_is_attention_in_blocks():
    """Compares the kernels for sequences of different lengths, which CUDA uses, with attention in padded blocks."""
    torch.manual_seed(0)
    lengths = np.array([3, 9, 4])
    packed = pack(np.zeros(16, dtype=np.uint16), lengths, lengths)
    states = [torch.randn(16, 2, 8) for _ in range(3)]
    assert_close(attend_ragged(*states, packed, None, 0.0), attend_in_blocks(*states, packed, None, 0.0))


@pytest.mark.parametrize(
    ("layers", "hidden_size", "heads"), [(2, 128, 2), (4, 256, 4), (6, 384, 12)], ids=["tiny", "mini", "MiniLM"]
)
def test_real_sizes(layers, hidden_size, heads):
    """Compares logits, losses and all gradients, at sizes of published BERTs and with their initialisation."""
    family = family_named("bert")
    sizes = {"layers": layers, "hidden_size": hidden_size, "heads": heads, "intermediate_size": 4 * hidden_size}
    models = []
    for attention in (ATTENTION, "sdpa"):
        config = family.fresh_config(FreshEncoder(source="fresh", max_length=128, dropout=0.0, **sizes), 1000, PAD)
        torch.manual_seed(0)
        models.append(family.PRETRAINING._from_config(config, attn_implementation=attention, dtype=torch.float32))
    model, reference = models
    packed, ids, types, mask = draw(np.array([128, 9, 40, 41, 39, 7, 8, 120]))
    chosen = torch.arange(0, packed.tokens.numel(), 7)
    targets = (packed.tokens[chosen], torch.arange(8) % 2)

    hidden, pooled = encode_and_pool(model.base_model, family, packed)
    found = (family.masked_lm_logits(model, hidden[chosen]), family.next_sentence_logits(model, pooled))
    full = run_padded(reference, family, ids, types, mask)
    expected = (full.prediction_logits[mask.bool()][chosen], full.seq_relationship_logits)
    losses = []
    for logits in (found, expected):
        losses.append(sum(cross_entropy(part, target) for part, target in zip(logits, targets, strict=True)))
        losses[-1].backward()
    for one, other in zip((*found, losses[0]), (*expected, losses[1]), strict=True):
        assert_close(one, other)
    assert_same_gradients(model, reference)
