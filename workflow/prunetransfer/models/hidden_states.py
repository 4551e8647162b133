"""The hidden states of every layer. Only analyses read them. So they are not in `unpadded`, on which all trainings depend."""

from torch import Tensor, nn

from prunetransfer.data.packing import PackedBatch

from .unpadded import encode


def hidden_states(encoder: nn.Module, family, packed: PackedBatch) -> list[Tensor]:
    """Returns the hidden states of a packed batch of T tokens, [T, hidden] each: the input of layer 1, then each layer's output.

    encoder: an encoder that was loaded with `unpadded.ATTENTION`.
    """
    states: list[Tensor] = []

    def ask(module: nn.Module, positional: tuple, keywords: dict) -> tuple[tuple, dict]:
        return positional, {**keywords, "output_hidden_states": True}

    def keep(module: nn.Module, positional: tuple, output) -> None:
        states.extend(state.squeeze(0) for state in output.hidden_states)

    with encoder.register_forward_pre_hook(ask, with_kwargs=True), encoder.register_forward_hook(keep):
        encode(encoder, family, packed)
    return states
