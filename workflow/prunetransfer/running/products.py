"""Which library multiplies fp32 matrices on a CPU."""

import torch

LARGEST_ERROR = 1e-6
"""Relative, of a product of 256 x 256 normal entries, in the Frobenius norm: fp32 is off by 3e-7, bf16 by 2e-3."""


def choose_product_library(*, wide: bool) -> None:
    """Has oneDNN multiply an encoder's wide matrices, and MKL the others.

    On an AMD processor with AVX-512, two cores, oneDNN does 510 GFLOP/s where MKL does 220. torch takes it for fp32 only if
    it may round the factors to bf16; where it makes use of that (with AMX), it isn't taken: fp32 stays fp32.
    """
    torch.backends.mkldnn.matmul.fp32_precision = "bf16" if wide else "none"
    if wide and _product_error() > LARGEST_ERROR:
        torch.backends.mkldnn.matmul.fp32_precision = "none"


def _product_error() -> float:
    generator = torch.Generator().manual_seed(0)
    one, other = (torch.randn(256, 256, generator=generator) for _ in range(2))
    exact = one.double() @ other.double()
    return float(((one @ other).double() - exact).norm() / exact.norm())
