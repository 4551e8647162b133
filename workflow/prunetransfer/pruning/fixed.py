"""The pruner of a fine-tuning run: its masks stay."""

from torch import Tensor, nn

from prunetransfer.jobs.settings.finetune import FinetuneJobSettings

from .matrices import prunable_matrices
from .pruner import Pruner


def checkpoint_pruner(model: nn.Module, masks: dict[str, Tensor], settings: FinetuneJobSettings) -> Pruner:
    """Keeps the checkpoint's masks (`prune_pretrain`)."""
    matrices = {name: weight for name, weight in prunable_matrices(model).items() if name in masks}
    return Pruner(matrices, masks)


def one_shot_pruner(model: nn.Module, masks: dict[str, Tensor], settings: FinetuneJobSettings) -> Pruner:
    """Prunes a fine-tuned model now, by the arm's criterion, and keeps that mask (`prune_downstream`)."""
    pruner = Pruner(prunable_matrices(model), criterion=settings.criterion, seed=settings.seed)
    pruner.prune(settings.sparsity)
    return pruner
