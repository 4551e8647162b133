"""torch.compile for an encoder's layers: what stands between their matrix products becomes a few kernels."""

from torch import nn


def compile_layers(encoder: nn.Module, backend: str = "inductor") -> None:
    """Has each layer compiled at its first forward pass, once for all layers and all numbers of tokens.

    Attention stays as it is: its kernels are made already. Parameters keep their names. It takes a minute or two, and a C++
    compiler where the encoder is on a CPU. Results differ by rounding, and dropout draws other numbers.
    """
    for module in encoder.modules():
        if isinstance(module, nn.ModuleList):
            for layer in module:
                layer.compile(dynamic=True, backend=backend)
