"""The pruner of a pre-training run."""

from torch import nn

from prunetransfer.jobs.settings.pretrain import PretrainJobSettings
from prunetransfer.models.matrices import prunable_matrices

from .pruner import Pruner
from .schedules import make_schedule
from .selection import Selection


def scheduled_pruner(model: nn.Module, settings: PretrainJobSettings) -> Pruner:
    """Returns a pruner that prunes the model's matrices during training, as `settings.prune` says."""
    prune = settings.prune
    return Pruner(
        prunable_matrices(model),
        schedule=make_schedule(prune.schedule, prune.sparsity),
        selection=Selection(prune.saliency, prune.scope, settings.seed),
    )
