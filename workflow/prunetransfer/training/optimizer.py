"""AdamW and its learning rate."""

import math

import torch
from torch import nn

from prunetransfer.config.optimization import OptimizerSettings


def make_optimizer(model: nn.Module, settings: OptimizerSettings) -> torch.optim.AdamW:
    """Returns AdamW (Loshchilov and Hutter 2019) with weight decay on matrices. Vectors (biases, LayerNorm) don't decay."""
    matrices = [parameter for parameter in model.parameters() if parameter.ndim > 1]
    vectors = [parameter for parameter in model.parameters() if parameter.ndim <= 1]
    groups = [
        {"params": matrices, "weight_decay": settings.weight_decay},
        {"params": vectors, "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=0.0, fused=True)


def learning_rate_at(step: int, steps: int, peak: float, warmup: float) -> float:
    """Returns the learning rate of a step. Steps count from 0.

    The rate rises linearly to `peak` over the share `warmup` of the steps. Then it falls linearly, and would reach 0 one step
    after the last. So no step has rate 0.
    """
    rising = math.ceil(warmup * steps)
    if step < rising:
        return peak * (step + 1) / rising
    return peak * (steps - step) / (steps - rising)
