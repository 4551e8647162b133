"""What every layer of an encoder gives. Apart from `unpadded`, which all training depends on: only analyses want this."""

from torch import Tensor, nn

from prunetransfer.data.packing import PackedBatch

from .unpadded import encode


def hidden_states(encoder: nn.Module, family, packed: PackedBatch) -> list[Tensor]:
    """[T, hidden] of the embeddings' output and then of each layer, of a packed batch.

    The first is what enters layer 1, so as wide as the others where the embeddings are narrower. `encoder` must have been
    loaded with `unpadded.ATTENTION`.
    """
    states: list[Tensor] = []

    def ask(module: nn.Module, positional: tuple, keywords: dict) -> tuple[tuple, dict]:
        return positional, {**keywords, "output_hidden_states": True}

    def keep(module: nn.Module, positional: tuple, output) -> None:
        states.extend(state.squeeze(0) for state in output.hidden_states)

    with encoder.register_forward_pre_hook(ask, with_kwargs=True), encoder.register_forward_hook(keep):
        encode(encoder, family, packed)
    return states
