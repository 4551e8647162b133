"""Where and how precisely a run computes."""

import os
from contextlib import AbstractContextManager, nullcontext
from functools import cache

import torch
from torch import nn

from prunetransfer.config.optimization import Precision

from .memory import keep_freed_memory
from .products import choose_product_library

_WIDE = 256
"""The least hidden size of an encoder whose matrix products are worth preparing for on a CPU: below, what it takes to cast
factors, or to make oneDNN's plan for a new shape (0.3 ms), is longer than what is saved."""


def prepare_device(threads: int) -> torch.device:
    """The GPU if there is one, else the CPU with so many threads; set up so that the same run gives the same bytes."""
    torch.set_num_threads(threads)
    if not torch.cuda.is_available():
        keep_freed_memory()
        return torch.device("cpu")
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # cuBLAS is deterministic only with a fixed workspace
    torch.use_deterministic_algorithms(True, warn_only=True)
    torch.set_float32_matmul_precision("high")  # TF32
    return torch.device("cuda", torch.cuda.current_device())


def place(model: nn.Module, device: torch.device) -> None:
    """Moves an encoder to the device that is to train it. Call before its first forward pass."""
    if device.type == "cpu":
        choose_product_library(wide=_is_wide(model))
    model.to(device)


def autocast(precision: Precision, device: torch.device, model: nn.Module) -> AbstractContextManager:
    """bf16 autocast where `precision` asks for it: the weights stay fp32."""
    return torch.autocast(device.type, torch.bfloat16) if uses_bf16(precision, device, model) else nullcontext()


def uses_bf16(precision: Precision, device: torch.device, model: nn.Module) -> bool:
    """Whether a run multiplies in bf16. `auto`: where that is faster.

    Decided by what the hardware has and not by a measurement, which might tell the next attempt of a run otherwise.
    """
    if precision != "auto":
        return precision == "bf16"
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    return multiplies_bf16() and _is_wide(model)


def _is_wide(model: nn.Module) -> bool:
    return model.config.hidden_size >= _WIDE


@cache
def multiplies_bf16() -> bool:
    """Whether this CPU has instructions for products of bf16 matrices: 4 times as fast as fp32, without them 14 times slower."""
    capabilities = torch.cpu.get_capabilities()
    return bool(capabilities.get("avx512_bf16") or capabilities.get("amx_bf16"))
