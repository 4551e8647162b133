"""Training under a mask: what is pruned is 0 in the forward pass, and can come back."""

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from .criteria import criterion_named

if TYPE_CHECKING:  # not in fine-tuning's code version: its masks have no schedule
    from .schedules import Schedule


class Pruner:
    """Holds the masks of a model's matrices while an optimizer trains them.

    A pruned weight is 0 in the parameter itself, so that forward and backward passes are those of a dense model. Its
    latent value, the one it had when it was pruned, is kept aside and is what the next mask update compares. Between
    updates it gets no gradient, no momentum and no weight decay.

    matrices: the parameters to prune, by name.
    masks: bool tensors of their shapes, True where kept; without a schedule they stay.
    """

    def __init__(
        self,
        matrices: dict[str, nn.Parameter],
        masks: dict[str, Tensor] | None = None,
        *,
        schedule: "Schedule | None" = None,
        criterion: str = "magnitude",
        seed: int = 0,
    ):
        self.matrices = matrices
        self.schedule = schedule
        self._criterion = criterion_named(criterion)
        self._seed = seed
        self.masks = {name: torch.ones_like(weight, dtype=torch.bool) for name, weight in matrices.items()}
        self._latent = {name: weight.new_empty(0) for name, weight in matrices.items()}
        self._dense = True
        if masks is not None:
            self._apply({name: masks[name].to(weight.device) for name, weight in matrices.items()})

    @property
    def sparsity(self) -> float:
        """Share of all prunable weights that is pruned now."""
        total = sum(mask.numel() for mask in self.masks.values())
        return 1 - sum(int(mask.sum()) for mask in self.masks.values()) / total

    @torch.no_grad()
    def prune(self, sparsity: float) -> None:
        """Computes all masks anew from the latent weights and applies them."""
        self._restore()
        self._apply(
            {
                name: self._criterion(name, weight.detach(), sparsity, self._seed)
                for name, weight in self.matrices.items()
            }
        )

    def before_step(self, step: int, optimizer: torch.optim.Optimizer) -> None:
        """Updates the masks where the schedule says so, and clears the momentum of what is pruned."""
        if self.schedule is None or not self.schedule.updates_at(step):
            return
        self.prune(self.schedule.sparsity_at(step))
        for name, weight in self.matrices.items():
            if "exp_avg" in optimizer.state.get(weight, {}):
                optimizer.state[weight]["exp_avg"].mul_(self.masks[name])

    @torch.no_grad()
    def mask_gradients(self) -> None:
        """Call between the backward pass and clipping: pruned weights must not count in the norm."""
        if self._dense:
            return
        for name, weight in self.matrices.items():
            if weight.grad is not None:  # a pooler that no loss uses has none
                weight.grad.mul_(self.masks[name])

    @torch.no_grad()
    def _restore(self) -> None:
        for name, weight in self.matrices.items():
            weight[~self.masks[name]] = self._latent[name]

    @torch.no_grad()
    def _apply(self, masks: dict[str, Tensor]) -> None:
        self.masks = masks
        self._dense = all(bool(mask.all()) for mask in masks.values())
        for name, weight in self.matrices.items():
            pruned = ~masks[name]
            self._latent[name] = weight[pruned].clone()
            weight[pruned] = 0

    def state(self) -> dict[str, Tensor]:
        """Masks and latent values as flat tensors, for resuming."""
        masks = {f"mask.{name}": mask for name, mask in self.masks.items()}
        return masks | {f"latent.{name}": values for name, values in self._latent.items()}

    def load_state(self, state: dict[str, Tensor]) -> None:
        """Takes back what `state` gave; the parameters themselves are restored by the caller."""
        self.masks = {name: state[f"mask.{name}"].to(device=weight.device) for name, weight in self.matrices.items()}
        self._latent = {name: state[f"latent.{name}"].to(weight) for name, weight in self.matrices.items()}
        self._dense = all(bool(mask.all()) for mask in self.masks.values())
