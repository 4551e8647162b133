"""Where and how precisely a run computes."""

import os
from contextlib import AbstractContextManager, nullcontext

import torch


def prepare_device(threads: int) -> torch.device:
    """The GPU if there is one, else the CPU with so many threads; set up so that the same run gives the same bytes."""
    torch.set_num_threads(threads)
    if not torch.cuda.is_available():
        return torch.device("cpu")
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # cuBLAS is deterministic only with a fixed workspace
    torch.use_deterministic_algorithms(True, warn_only=True)
    torch.set_float32_matmul_precision("high")
    return torch.device("cuda")


def autocast(precision: str, device: torch.device) -> AbstractContextManager:
    """bf16 autocast where `precision` (see config.optimization.Precision) asks for it on this device."""
    if precision == "bf16" or (precision == "auto" and device.type == "cuda"):
        return torch.autocast(device.type, torch.bfloat16)
    return nullcontext()
