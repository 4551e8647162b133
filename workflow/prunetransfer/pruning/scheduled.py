"""The pruner of a pre-training run."""

from torch import nn

from prunetransfer.jobs.settings.pretrain import PretrainJobSettings

from .matrices import prunable_matrices
from .pruner import Pruner
from .schedules import make_schedule
from .selection import Selection


def scheduled_pruner(model: nn.Module, settings: PretrainJobSettings) -> Pruner:
    """Prunes the model's matrices as `settings.prune` says while it trains."""
    prune = settings.prune
    return Pruner(
        prunable_matrices(model),
        schedule=make_schedule(prune.schedule, prune.sparsity),
        selection=Selection(prune.saliency, prune.scope, settings.seed),
    )
