"""Selects the weights to prune: those of the lowest saliency within a scope."""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from prunetransfer.config.pruning import Scope
from prunetransfer.errors import PruneTransferError
from prunetransfer.models.matrices import layer_of

from .criteria import Saliency, saliency_named
from .masks import mask_lowest
from .matrix import PrunableMatrix


class UnusableSaliency(PruneTransferError):
    """A saliency that cannot be sorted. The message names the criterion and the matrix, what was found and what is allowed."""


@dataclass(frozen=True)
class Selection:
    """Combines a saliency with a scope.

    saliency: the name of a file in `criteria`.
    scope: which matrices share a threshold. Exactly round(sparsity * n) of the n weights of a scope are pruned. A scope is
        one `matrix`; all matrices of one `layer` (each matrix outside the layers is its own scope); or all (`global`).
    seed: the training's seed, for criteria that draw random numbers.
    """

    saliency: str
    scope: Scope
    seed: int

    def masks(self, weights: Mapping[str, Tensor], sparsity: float) -> dict[str, Tensor]:
        """Returns bool tensors of the weights' shapes by name, True where a weight is kept.

        weights: latent values, by the matrices' names. If saliencies are equal, the earlier weight is pruned first: in the
        order of `weights`, and in row-major order within a matrix.

        Raises UnusableSaliency, and ValueError unless 0 <= sparsity < 1.
        """
        saliency = saliency_named(self.saliency)
        masks: dict[str, Tensor] = {}
        for names in self.groups(list(weights)):
            rated = [self._rated(saliency, name, weights[name].detach()) for name in names]
            masks |= dict(zip(names, masks_lowest(rated, sparsity), strict=True))
        return {name: masks[name] for name in weights}

    def _rated(self, saliency: Saliency, name: str, weight: Tensor) -> Tensor:
        rated = saliency(PrunableMatrix(name, weight, self.seed))
        if rated.shape != weight.shape:
            raise UnusableSaliency(
                f"criterion {self.saliency}, {name}: its saliency has the shape {list(rated.shape)}, allowed: "
                f"{list(weight.shape)}"
            )
        if not rated.is_cpu:
            # To ask whether there is a NaN, training would have to wait for the GPU. This way the count stays exact.
            return rated.nan_to_num(nan=-torch.inf, posinf=torch.inf, neginf=-torch.inf)
        if rated.isnan().any():
            raise UnusableSaliency(f"criterion {self.saliency}, {name}: found NaN in its saliency, allowed: numbers")
        return rated

    def prunes_nothing(self, weights: Mapping[str, Tensor], sparsity: float) -> bool:
        """Whether `masks` would keep all weights. Computed from sizes only, without waiting for a GPU."""
        sizes = (sum(weights[name].numel() for name in names) for names in self.groups(list(weights)))
        return not any(round(sparsity * size) for size in sizes)

    def groups(self, names: list[str]) -> list[list[str]]:
        """The names of the matrices, grouped by the threshold that they share."""
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
    """`mask_lowest` for several matrices as if they were one: exactly round(sparsity * n) of all n entries are False."""
    if len(saliencies) == 1:
        return [mask_lowest(saliencies[0], sparsity)]
    together = mask_lowest(torch.cat([saliency.flatten() for saliency in saliencies]), sparsity)
    parts = together.split([saliency.numel() for saliency in saliencies])
    return [part.view_as(saliency) for part, saliency in zip(parts, saliencies, strict=True)]
