"""Runs an encoder of transformers on a packed batch, without padding.

Embeddings, projections, feed-forward maps and LayerNorm process the concatenated sequences as one sequence of T tokens. Only
attention must keep the sequences apart. So this module registers an attention function with transformers' interface for such
functions, and uses transformers' model classes without changes.
"""

import torch
from torch import Tensor, nn
from torch.nn.attention.varlen import varlen_attn
from torch.nn.functional import scaled_dot_product_attention
from transformers import AttentionInterface

from prunetransfer.data.packing import PackedBatch, PaddedBlock

from .dropout import dropout as drop_out

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
    """Attention within each sequence. query, key, value: [1, heads, T, size]. Returns [1, T, heads, size]."""
    states = [states.squeeze(0).transpose(0, 1) for states in (query, key, value)]
    attend = attend_ragged if query.is_cuda else attend_in_blocks
    return attend(*states, packed, scaling, dropout).unsqueeze(0), None


AttentionInterface.register(ATTENTION, torch.compiler.disable(_unpadded_attention))


def attend_ragged(
    query: Tensor, key: Tensor, value: Tensor, packed: PackedBatch, scaling: float | None, dropout: float
) -> Tensor:
    """Attention within each sequence, by CUDA kernels for sequences of different lengths.

    query, key, value and the returned tensor: [T, heads, size]. bf16 and fp16 without dropout use torch's `varlen_attn`, which
    is flash attention. `varlen_attn` has no dropout, so other calls use attention on torch's nested tensors.
    """
    if dropout == 0 and query.dtype in (torch.bfloat16, torch.float16):
        offsets = packed.offsets.int()
        return varlen_attn(query, key, value, offsets, offsets, packed.longest, packed.longest, scale=scaling)
    lengths = {"min_seqlen": packed.shortest, "max_seqlen": packed.longest}
    ragged = [
        torch.nested.nested_tensor_from_jagged(states, packed.offsets, **lengths).transpose(1, 2)
        for states in (query, key, value)
    ]
    return scaled_dot_product_attention(*ragged, dropout_p=dropout, scale=scaling).transpose(1, 2).values()


def attend_in_blocks(
    query: Tensor, key: Tensor, value: Tensor, packed: PackedBatch, scaling: float | None, dropout: float
) -> Tensor:
    """Attention within each sequence on a CPU. Neighbouring sequences of similar length form a block and are padded to its
    longest.

    query, key, value and the returned tensor: [T, heads, size]. Nothing else is padded.
    """
    sizes = [block.tokens for block in packed.blocks]
    parts = [
        _attend_padded(*states, block, scaling, dropout)
        for *states, block in zip(*(states.split(sizes) for states in (query, key, value)), packed.blocks, strict=True)
    ]
    return parts[0] if len(parts) == 1 else torch.cat(parts)


def _attend_padded(
    query: Tensor, key: Tensor, value: Tensor, block: PaddedBlock, scaling: float | None, dropout: float
) -> Tensor:
    """Attention within the sequences of a block. query, key, value and the returned tensor: [block's tokens, heads, size]."""
    shape = (block.sequences, block.longest)

    def padded(states: Tensor) -> Tensor:
        if block.padded_index is not None:
            room = states.new_zeros(shape[0] * shape[1], *states.shape[1:])
            states = room.index_copy(0, block.padded_index, states)
        return states.view(*shape, *states.shape[1:]).transpose(1, 2)

    bias = None if block.key_bias is None else block.key_bias.to(query.dtype)
    attend = _attend_with_dropout if dropout else scaled_dot_product_attention
    attended = attend(padded(query), padded(key), padded(value), attn_mask=bias, dropout_p=dropout, scale=scaling)
    attended = attended.transpose(1, 2).flatten(0, 1)
    return attended if block.padded_index is None else attended.index_select(0, block.padded_index)


def _attend_with_dropout(
    query: Tensor, key: Tensor, value: Tensor, *, attn_mask: Tensor | None, dropout_p: float, scale: float | None
) -> Tensor:
    """scaled_dot_product_attention with dropout. query, key, value: [B, heads, L, size]; attn_mask: [B, 1, 1, L] or None.

    torch's own function is slower: on a CPU it has no fused kernel for dropout, and it searches all scores for rows that
    are masked entirely.
    """
    batch, heads, length, size = query.shape
    query, key, value = (states.reshape(batch * heads, length, size) for states in (query, key, value))
    scale = size**-0.5 if scale is None else scale
    if attn_mask is None:
        scores = torch.bmm(query * scale, key.transpose(1, 2))
    else:
        bias = attn_mask.expand(batch, heads, length, length).reshape(-1, length, length)
        scores = torch.baddbmm(bias, query, key.transpose(1, 2), alpha=scale)
    shares = drop_out(scores.softmax(-1), dropout_p)
    return torch.bmm(shares.to(value.dtype), value).view(batch, heads, length, size)


def encode(encoder: nn.Module, family, packed: PackedBatch) -> Tensor:
    """Returns the last hidden states [T, hidden] of a packed batch. encoder: an encoder that was loaded with `ATTENTION`."""
    token_types = {"token_type_ids": packed.token_types.unsqueeze(0)} if family.HAS_TOKEN_TYPES else {}
    output = encoder(
        input_ids=packed.tokens.unsqueeze(0),
        position_ids=(packed.positions + family.first_position(encoder.config)).unsqueeze(0),
        packed=packed,
        **token_types,
    )
    return output.last_hidden_state.squeeze(0)


def encode_and_pool(encoder: nn.Module, family, packed: PackedBatch) -> tuple[Tensor, Tensor]:
    """Returns the last hidden states [T, hidden], and each sequence's pooled first token [B, hidden]."""
    hidden = encode(encoder, family, packed)
    return hidden, family.pool(encoder, torch.index_select(hidden, 0, packed.offsets[:-1]))
