"""Which weights are pruned: those of the lowest saliency within a scope."""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from prunetransfer.config.pruning import Scope

from .criteria import saliency_named
from .masks import mask_lowest
from .matrices import layer_of
from .matrix import PrunableMatrix


@dataclass(frozen=True)
class Selection:
    """Saliency x scope.

    saliency: a file of `criteria`. scope: the matrices that share a threshold, exactly round(sparsity * n) of whose n
    weights are pruned: each `matrix` by itself; the matrices of a `layer`, those outside the layers each by itself; or all
    (`global`). seed: the training's, for criteria that draw random numbers.
    """

    saliency: str
    scope: Scope
    seed: int

    def masks(self, weights: Mapping[str, Tensor], sparsity: float) -> dict[str, Tensor]:
        """By name, bool tensors of the weights' shapes, True where kept.

        weights: the latent values by the matrices' names. Of equal saliencies the one that comes first is pruned first: in
        the order of `weights`, and in row-major order within a matrix.
        """
        saliency = saliency_named(self.saliency)
        masks: dict[str, Tensor] = {}
        for names in self.groups(list(weights)):
            rated = [saliency(PrunableMatrix(name, weights[name].detach(), self.seed)) for name in names]
            masks |= dict(zip(names, masks_lowest(rated, sparsity), strict=True))
        return {name: masks[name] for name in weights}

    def prunes_nothing(self, weights: Mapping[str, Tensor], sparsity: float) -> bool:
        """Whether `masks` would keep all: known from sizes alone, without waiting for a GPU."""
        sizes = (sum(weights[name].numel() for name in names) for names in self.groups(list(weights)))
        return not any(round(sparsity * size) for size in sizes)

    def groups(self, names: list[str]) -> list[list[str]]:
        """The matrices that share a threshold."""
        if self.scope == "global":
            return [names] if names else []
        if self.scope == "matrix":
            return [[name] for name in names]
        groups: dict[int | str, list[str]] = {}
        for name in names:
            layer = layer_of(name)
            groups.setdefault(name if layer is None else layer, []).append(name)
        return list(groups.values())


def masks_lowest(saliencies: list[Tensor], sparsity: float) -> list[Tensor]:
    """`mask_lowest` over several matrices as if they were one: exactly round(sparsity * n) False of all n entries."""
    if len(saliencies) == 1:
        return [mask_lowest(saliencies[0], sparsity)]
    together = mask_lowest(torch.cat([saliency.flatten() for saliency in saliencies]), sparsity)
    parts = together.split([saliency.numel() for saliency in saliencies])
    return [part.view_as(saliency) for part, saliency in zip(parts, saliencies, strict=True)]
