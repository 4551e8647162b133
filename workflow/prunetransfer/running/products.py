"""Chooses the library that multiplies fp32 matrices on a CPU."""

import torch

LARGEST_ERROR = 1e-6
"""The largest relative error, in the Frobenius norm, that a product of two 256 x 256 normal matrices may have. fp32 has an
error of 3e-7, bf16 one of 2e-3."""


def choose_product_library(*, wide: bool) -> None:
    """Has oneDNN multiply the matrices of a wide encoder, and MKL those of others.

    On two cores of an AMD processor with AVX-512, oneDNN reaches 510 GFLOP/s and MKL 220. torch uses oneDNN for fp32 only
    where oneDNN may round the factors to bf16. On processors where oneDNN really does so (those with AMX), MKL is kept:
    fp32 stays fp32.
    """
    torch.backends.mkldnn.matmul.fp32_precision = "bf16" if wide else "none"
    if wide and _product_error() > LARGEST_ERROR:
        torch.backends.mkldnn.matmul.fp32_precision = "none"


def _product_error() -> float:
    generator = torch.Generator().manual_seed(0)
    one, other = (torch.randn(256, 256, generator=generator) for _ in range(2))
    exact = one.double() @ other.double()
    return float(((one @ other).double() - exact).norm() / exact.norm())
