"""Training under masks: pruned weights are 0 in the forward pass, and a later mask update can restore them."""

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

if TYPE_CHECKING:  # so that the code version of runs whose masks never change does not include these modules
    from .schedules import Schedule
    from .selection import Selection


_INTEGERS = {2: torch.int16, 4: torch.int32, 8: torch.int64}
"""For each size of a number in bytes, the integer type as which its bits are read."""
_BLOCK = 2**18
"""Number of entries that are masked at once on a CPU. torch converts a mask to the type of the other factor; a block of 2**18
converted entries (1 MB of int32) stays in the CPU's cache."""


class Pruner:
    """Holds the masks of a model's matrices while an optimizer trains them.

    A pruned weight is 0 in the parameter itself, so that forward and backward passes are those of a dense model. Its latent
    value (the value that it had when it was pruned) is stored in another tensor, and the next mask update compares latent
    values. Between updates a pruned weight gets no gradient, no momentum and no weight decay. Latent values are stored as
    whole tensors of the matrices' shapes (4 bytes per weight): packing and unpacking only the pruned ones took longer than
    the rest of a mask update.

    matrices: the parameters to prune, by name.
    masks: bool tensors of the matrices' shapes, True where a weight is kept. By default all are True.
    schedule: decides when masks are updated, and to which sparsity. By default they are never updated.
    selection: decides which weights `prune` prunes. Needed for `prune` and for a schedule.
    """

    def __init__(
        self,
        matrices: dict[str, nn.Parameter],
        masks: dict[str, Tensor] | None = None,
        *,
        schedule: "Schedule | None" = None,
        selection: "Selection | None" = None,
    ):
        self.matrices = matrices
        self.schedule = schedule
        self._selection = selection
        self.masks = {name: torch.ones_like(weight, dtype=torch.bool) for name, weight in matrices.items()}
        self._latent: dict[str, Tensor] = {}  # 0 where a weight is kept; empty before the first masks
        self._dense = True
        if masks is not None:
            self._dense = _all_kept(masks)
            self._apply({name: masks[name].to(weight.device) for name, weight in matrices.items()})

    @property
    def sparsity(self) -> float:
        """The share of the matrices' weights that are pruned now, from 0 to 1."""
        total = sum(mask.numel() for mask in self.masks.values())
        return 1 - sum(int(mask.count_nonzero()) for mask in self.masks.values()) / total

    @torch.no_grad()
    def prune(self, sparsity: float) -> None:
        """Chooses new masks from the latent weights, and applies them. sparsity: a fraction of each scope, from 0 to 1."""
        self._restore()
        # Computed from sizes, because counting the masks' entries would wait for the GPU.
        self._dense = self._selection.prunes_nothing(self.matrices, sparsity)
        self._apply(self._selection.masks(self.matrices, sparsity))

    def before_step(self, step: int, optimizer: torch.optim.Optimizer) -> None:
        """Updates the masks if the schedule says so, and clears the momentum of pruned weights."""
        if self.schedule is None or not self.schedule.updates_at(step):
            return
        self.prune(self.schedule.sparsity_at(step))
        for name, weight in self.matrices.items():
            if "exp_avg" in optimizer.state.get(weight, {}):
                _hide(optimizer.state[weight]["exp_avg"], self.masks[name])

    @torch.no_grad()
    def mask_gradients(self) -> None:
        """Sets the gradients of pruned weights to 0. Call this before clipping, so that they do not count in the norm."""
        if self._dense:
            return
        for name, weight in self.matrices.items():
            if weight.grad is not None:  # a pooler that no loss uses has no gradient
                _hide(weight.grad, self.masks[name])

    @torch.no_grad()
    def _restore(self) -> None:
        for name, latent in self._latent.items():
            _hide(self.matrices[name], self.masks[name])  # the optimizer may have written to pruned entries
            _bits(self.matrices[name]).bitwise_or_(_bits(latent))

    @torch.no_grad()
    def _apply(self, masks: dict[str, Tensor]) -> None:
        self.masks = masks
        for name, weight in self.matrices.items():
            if name not in self._latent:
                self._latent[name] = torch.empty_like(weight)
            latent = self._latent[name].copy_(weight)
            _hide(weight, masks[name])
            _bits(latent).bitwise_xor_(_bits(weight))  # kept weights cancel out

    def state(self) -> dict[str, Tensor]:
        """The state to resume from: each matrix's mask, and a vector of its latent values of pruned weights, row by row."""
        state = {f"mask.{name}": mask for name, mask in self.masks.items()}
        for name, weight in self.matrices.items():
            latent = self._latent.get(name)
            state[f"latent.{name}"] = weight.new_empty(0) if latent is None else latent.masked_select(~self.masks[name])
        return state

    @torch.no_grad()
    def load_state(self, state: dict[str, Tensor]) -> None:
        """Restores the masks and latent values that `state` returned. The caller restores the parameters themselves."""
        self.masks = {name: state[f"mask.{name}"].to(device=weight.device) for name, weight in self.matrices.items()}
        self._dense = _all_kept(self.masks)
        self._latent = {}
        for name, weight in self.matrices.items():
            values = state[f"latent.{name}"].to(weight)
            self._latent[name] = torch.zeros_like(weight).masked_scatter_(~self.masks[name], values)


def _all_kept(masks: dict[str, Tensor]) -> bool:
    return all(int(mask.count_nonzero()) == mask.numel() for mask in masks.values())


def _bits(tensor: Tensor) -> Tensor:
    """The same memory, read as integers. Integer operations treat -0.0 and 0.0 as different numbers."""
    return tensor.view(_INTEGERS[tensor.itemsize])


def _hide(tensor: Tensor, mask: Tensor) -> None:
    """Writes 0.0 where a mask is False. It multiplies bit patterns, which needs no branch and turns even a NaN into 0.0."""
    rows = max(1, _BLOCK * len(tensor) // max(1, tensor.numel())) if tensor.is_cpu else len(tensor)
    for bits, kept in zip(_bits(tensor).split(rows), mask.split(rows), strict=True):
        bits.mul_(kept)
