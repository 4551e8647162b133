"""Compiles an encoder's layers with torch.compile, which fuses the operations between their matrix products."""

from torch import nn


def compile_layers(encoder: nn.Module, backend: str = "inductor") -> None:
    """Makes torch compile the layers at the first forward pass. One compilation serves all layers and all numbers of tokens.

    Attention isn't compiled, because it already has fused kernels. Parameters keep their names. Compilation takes one or two
    minutes, and needs a C++ compiler if the encoder is on a CPU. Results differ by rounding errors, and dropout draws other
    random numbers.
    """
    for module in encoder.modules():
        if isinstance(module, nn.ModuleList):
            for layer in module:
                layer.compile(dynamic=True, backend=backend)
