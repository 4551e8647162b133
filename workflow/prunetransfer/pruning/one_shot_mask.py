"""The pruner of a fine-tuning run whose model is pruned once, before the first step."""

from torch import Tensor, nn

from prunetransfer.jobs.settings.finetune import FinetuneJobSettings

from .matrices import prunable_matrices
from .pruner import Pruner
from .selection import Selection


def one_shot_pruner(model: nn.Module, masks: dict[str, Tensor], settings: FinetuneJobSettings) -> Pruner:
    """Prunes now, as `settings.mask` says, and keeps that mask. masks: the checkpoint's, which have no say."""
    pruner = Pruner(
        prunable_matrices(model), selection=Selection(settings.mask.saliency, settings.mask.scope, settings.seed)
    )
    pruner.prune(settings.sparsity)
    return pruner
