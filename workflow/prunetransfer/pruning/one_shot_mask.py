"""The pruner of a fine-tuning run whose model is pruned once, before the first step."""

from torch import Tensor, nn

from prunetransfer.jobs.settings.finetune import FinetuneJobSettings
from prunetransfer.models.matrices import prunable_matrices

from .pruner import Pruner
from .selection import Selection


def one_shot_pruner(model: nn.Module, masks: dict[str, Tensor], settings: FinetuneJobSettings) -> Pruner:
    """Prunes the model now, as `settings.mask` says, and returns a pruner that keeps the new masks.

    masks: the checkpoint's masks, which are ignored.
    """
    pruner = Pruner(
        prunable_matrices(model), selection=Selection(settings.mask.saliency, settings.mask.scope, settings.seed)
    )
    pruner.prune(settings.sparsity)
    return pruner
