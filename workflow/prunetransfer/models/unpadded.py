"""Running an encoder of transformers on a packed batch: every token computed is a real one.

Embeddings, projections, feed-forward maps and LayerNorm see the sequences end to end, as one of T tokens. Attention alone
must keep them apart: it is registered through transformers' own interface, so that the model classes stay untouched.
"""

import torch
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention
from transformers import AttentionInterface

from prunetransfer.data.packing import PackedBatch

ATTENTION = "prunetransfer_unpadded"


def _unpadded_attention(
    module: nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    *,
    packed: PackedBatch,
    scaling: float | None = None,
    dropout: float = 0.0,
    **_,
) -> tuple[Tensor, None]:
    """Block-diagonal attention. query, key, value: [1, heads, T, size] -> [1, T, heads, size].

    Only these three are padded, to the longest sequence of the batch.
    """
    shape = (packed.sequences, packed.longest)

    def padded(states: Tensor) -> Tensor:
        states = states.squeeze(0).transpose(0, 1)
        if packed.padded_index is not None:
            room = states.new_zeros(shape[0] * shape[1], *states.shape[1:])
            states = room.index_copy(0, packed.padded_index, states)
        return states.view(*shape, *states.shape[1:]).transpose(1, 2)

    attended = scaled_dot_product_attention(
        padded(query), padded(key), padded(value), attn_mask=packed.key_mask, dropout_p=dropout, scale=scaling
    )
    attended = attended.transpose(1, 2).flatten(0, 1)
    if packed.padded_index is not None:
        attended = attended.index_select(0, packed.padded_index)
    return attended.unsqueeze(0), None


AttentionInterface.register(ATTENTION, _unpadded_attention)


def encode(encoder: nn.Module, family, packed: PackedBatch) -> Tensor:
    """Last hidden states [T, hidden] of a packed batch. `encoder` must have been loaded with `ATTENTION`."""
    token_types = {"token_type_ids": packed.token_types.unsqueeze(0)} if family.HAS_TOKEN_TYPES else {}
    output = encoder(
        input_ids=packed.tokens.unsqueeze(0),
        position_ids=(packed.positions + family.first_position(encoder.config)).unsqueeze(0),
        packed=packed,
        **token_types,
    )
    return output.last_hidden_state.squeeze(0)


def encode_and_pool(encoder: nn.Module, family, packed: PackedBatch) -> tuple[Tensor, Tensor]:
    """Last hidden states [T, hidden], and each sequence's pooled first token [B, hidden]."""
    hidden = encode(encoder, family, packed)
    return hidden, family.pool(encoder, torch.index_select(hidden, 0, packed.first))
