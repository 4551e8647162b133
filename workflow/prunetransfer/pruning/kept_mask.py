"""The pruner of a fine-tuning run that keeps its checkpoint's masks."""

from torch import Tensor, nn

from prunetransfer.jobs.settings.finetune import FinetuneJobSettings
from prunetransfer.models.matrices import prunable_matrices

from .pruner import Pruner


def kept_mask_pruner(model: nn.Module, masks: dict[str, Tensor], settings: FinetuneJobSettings) -> Pruner:
    """Returns a pruner that keeps `masks`: the checkpoint's masks, by the names of their matrices."""
    matrices = {name: weight for name, weight in prunable_matrices(model).items() if name in masks}
    return Pruner(matrices, masks)
