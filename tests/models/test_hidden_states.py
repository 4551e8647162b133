"""The states of every layer equal those of transformers' own padded forward pass, for every family."""

import numpy as np
import torch

from prunetransfer.data.packing import pack
from prunetransfer.models.families import family_named
from prunetransfer.models.hidden_states import hidden_states
from prunetransfer.models.unpadded import ATTENTION, encode


@torch.no_grad()
def test_every_layer_equals_transformers_own(make_model, architecture):
    family = family_named(architecture)
    model, reference = (make_model(head=None, attention=attention) for attention in (ATTENTION, "sdpa"))
    lengths = np.array([7, 3, 12])
    tokens = np.random.default_rng(0).integers(5, 60, lengths.sum())
    packed = pack(tokens, lengths, second_start=lengths)
    mask = torch.arange(12) < torch.tensor(lengths)[:, None]
    ids = torch.zeros(3, 12, dtype=torch.int64).masked_scatter(mask, packed.tokens)
    expected = reference(input_ids=ids, attention_mask=mask.long(), output_hidden_states=True).hidden_states

    states = hidden_states(model, family, packed)
    assert len(states) == len(expected) == 3
    for one, other in zip(states, expected, strict=True):
        torch.testing.assert_close(one, other[mask], rtol=1e-5, atol=1e-5)
    # The encoder is left as it was.
    assert torch.equal(encode(model, family, packed), states[-1])


@torch.no_grad()
def test_narrow_embeddings_are_returned_as_the_input_of_layer_1(make_family_model):
    family = family_named("electra")
    config = make_family_model("electra").config
    config.embedding_size = 8
    model = family.PRETRAINING._from_config(config, attn_implementation=ATTENTION, dtype=torch.float32)
    packed = pack(np.arange(5, 12), np.array([4, 3]), second_start=np.array([4, 3]))
    assert [state.shape for state in hidden_states(model.base_model, family, packed)] == [(7, 16)] * 3
