"""Packed batches have the sequence, the position, and the index in a padded layout of every token."""

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from prunetransfer.data.packing import BLOCK_COST, gather, pack

SEQUENCES = st.lists(
    st.integers(1, 9).flatmap(
        lambda length: st.tuples(
            st.lists(st.integers(0, 60_000), min_size=length, max_size=length), st.integers(0, length)
        )
    ),
    min_size=1,
    max_size=8,
)
"""Lists of (tokens, index at which the second part begins)."""


def packed(sequences):
    return pack(
        np.concatenate([tokens for tokens, _ in sequences]).astype(np.uint16),
        np.array([len(tokens) for tokens, _ in sequences]),
        np.array([second for _, second in sequences]),
    )


def assert_equal(one, other):
    for name, value in vars(one).items():
        expected = getattr(other, name)
        if isinstance(value, torch.Tensor):
            assert torch.equal(value, expected), name
        elif name == "blocks":
            for found, wanted in zip(value, expected, strict=True):
                assert_equal(found, wanted)
        else:
            assert value == expected, name


@given(sequences=SEQUENCES)
def test_every_token_is_where_its_sequence_says(sequences):
    batch = packed(sequences)
    tokens = [token for tokens, _ in sequences for token in tokens]
    assert batch.tokens.tolist() == tokens
    assert batch.positions.tolist() == [place for tokens, _ in sequences for place in range(len(tokens))]
    assert batch.token_types.tolist() == [
        int(place >= second) for tokens, second in sequences for place in range(len(tokens))
    ]
    assert batch.longest == max(len(tokens) for tokens, _ in sequences)
    assert batch.sequences == len(sequences)
    assert batch.shortest == min(len(tokens) for tokens, _ in sequences)
    assert batch.offsets.tolist() == [
        sum(len(tokens) for tokens, _ in sequences[:n]) for n in range(len(sequences) + 1)
    ]
    for tensor in (batch.tokens, batch.token_types, batch.positions, batch.offsets):
        assert tensor.dtype == torch.int64


@given(sequences=SEQUENCES)
def test_padded_layout(sequences):
    batch = packed(sequences)
    lengths = [len(tokens) for tokens, _ in sequences]
    (block,) = batch.blocks  # sequences as short as these aren't worth two
    assert (block.sequences, block.tokens, block.longest) == (len(lengths), sum(lengths), max(lengths))
    if min(lengths) == max(lengths):
        assert block.padded_index is None
        assert block.key_bias is None
        return
    padded = torch.full((len(lengths) * block.longest,), -1)
    padded[block.padded_index] = batch.tokens
    rows = [tokens + [-1] * (block.longest - len(tokens)) for tokens, _ in sequences]
    assert padded.view(len(lengths), block.longest).tolist() == rows
    assert block.key_bias.shape == (len(lengths), 1, 1, block.longest)
    assert block.key_bias.flatten().tolist() == [0 if token != -1 else -torch.inf for row in rows for token in row]


@given(lengths=st.lists(st.integers(1, 300), min_size=1, max_size=40))
def test_blocks_are_all_sequences_in_their_order_and_worth_their_cost(lengths):
    lengths = np.array(lengths)
    blocks = pack(np.zeros(lengths.sum(), dtype=np.uint16), lengths, lengths).blocks
    ends = np.cumsum([block.sequences for block in blocks])
    assert ends[-1] == len(lengths)
    for block, part in zip(blocks, np.split(lengths, ends[:-1]), strict=True):
        assert block.tokens == part.sum()
        assert block.longest == part.max()
    area = sum(block.sequences * block.longest**2 for block in blocks)
    assert area + (len(blocks) - 1) * BLOCK_COST <= len(lengths) * lengths.max() ** 2


@given(sequences=SEQUENCES, data=st.data())
def test_gather_packs_the_chosen_ones(sequences, data):
    chosen = data.draw(st.lists(st.integers(0, len(sequences) - 1), min_size=1, max_size=10))
    found = gather(
        np.concatenate([tokens for tokens, _ in sequences]).astype(np.uint16),
        np.cumsum([0, *(len(tokens) for tokens, _ in sequences)]),
        np.array([second for _, second in sequences], dtype=np.int32),
        np.array(chosen),
    )
    assert_equal(found, packed([sequences[place] for place in chosen]))


@given(sequences=SEQUENCES)
def test_moving_changes_nothing(sequences):
    batch = packed(sequences)
    assert_equal(batch.to(torch.device("cpu")), batch)
