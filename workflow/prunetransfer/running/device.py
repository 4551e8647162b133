"""Chooses the device and the precision of a run."""

import os
from contextlib import AbstractContextManager, nullcontext
from functools import cache

import torch
from torch import nn

from prunetransfer.config.optimization import Precision

from .memory import keep_freed_memory
from .products import choose_product_library

_WIDE = 256
"""The smallest hidden size for which bf16 and oneDNN save time on a CPU. For smaller encoders, casting the factors to bf16, or
making oneDNN's plan for a new shape (0.3 ms), takes longer than the faster product saves."""


def prepare_device(threads: int) -> torch.device:
    """Returns the GPU if there is one, else the CPU. Sets torch up so that repeating a run gives the same bytes.

    threads: the number of CPU threads.
    """
    torch.set_num_threads(threads)
    if not torch.cuda.is_available():
        keep_freed_memory()
        return torch.device("cpu")
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # cuBLAS is deterministic only with a fixed workspace
    torch.use_deterministic_algorithms(True, warn_only=True)
    torch.set_float32_matmul_precision("high")  # TF32
    return torch.device("cuda", torch.cuda.current_device())


def place(model: nn.Module, device: torch.device) -> None:
    """Moves an encoder to the device on which it will be trained. Call it before the first forward pass."""
    if device.type == "cpu":
        choose_product_library(wide=_is_wide(model))
    model.to(device)


def autocast(precision: Precision, device: torch.device, model: nn.Module) -> AbstractContextManager:
    """Returns a context with bf16 autocast if `uses_bf16`, else one without effect. The weights stay fp32."""
    return torch.autocast(device.type, torch.bfloat16) if uses_bf16(precision, device, model) else nullcontext()


def uses_bf16(precision: Precision, device: torch.device, model: nn.Module) -> bool:
    """Whether a run multiplies matrices in bf16. With `auto` it does if that is faster.

    `auto` decides by the hardware's instructions. It doesn't measure, because a second attempt of the same run might then
    decide differently.
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
    """Whether this CPU has instructions for bf16 matrix products. With them bf16 is 4 times as fast as fp32. Without them it is
    14 times as slow."""
    capabilities = torch.cpu.get_capabilities()
    return bool(capabilities.get("avx512_bf16") or capabilities.get("amx_bf16"))
