"""Compiles an encoder's layers with torch.compile, which fuses the operations between their matrix products."""

from torch import nn


def compile_layers(encoder: nn.Module, backend: str = "inductor") -> None:
    """Has each layer compiled at its first forward pass. One compilation serves all layers and all numbers of tokens.

    Attention isn't compiled: it has fused kernels already. Parameters keep their names. Compilation takes a minute or two,
    and needs a C++ compiler where the encoder is on a CPU. Results differ by rounding, and dropout draws other numbers.
    """
    for module in encoder.modules():
        if isinstance(module, nn.ModuleList):
            for layer in module:
                layer.compile(dynamic=True, backend=backend)
