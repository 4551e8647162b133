"""Chooses the library that multiplies fp32 matrices on a CPU."""

import torch

LARGEST_ERROR = 1e-6
"""The largest relative error, in the Frobenius norm, that the product of two 256 x 256 matrices of normal numbers may have.
The error is 3e-7 in fp32, and 2e-3 in bf16."""


def choose_product_library(*, wide: bool) -> None:
    """Makes oneDNN multiply the matrices of a wide encoder, and MKL those of other encoders.

    On two cores of an AMD processor with AVX-512, oneDNN reaches 510 GFLOP/s, and MKL 220. torch uses oneDNN for fp32 only
    if it allows oneDNN to round the factors to bf16. On processors with AMX, oneDNN really rounds them. There a measured
    error shows it, and MKL multiplies, so that fp32 stays fp32.
    """
    torch.backends.mkldnn.matmul.fp32_precision = "bf16" if wide else "none"
    if wide and _product_error() > LARGEST_ERROR:
        torch.backends.mkldnn.matmul.fp32_precision = "none"


def _product_error() -> float:
    generator = torch.Generator().manual_seed(0)
    one, other = (torch.randn(256, 256, generator=generator) for _ in range(2))
    exact = one.double() @ other.double()
    return float(((one @ other).double() - exact).norm() / exact.norm())
