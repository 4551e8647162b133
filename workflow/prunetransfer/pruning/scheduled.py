"""The pruner of a pre-training run."""

from torch import nn

from prunetransfer.jobs.settings.pretrain import PretrainJobSettings

from .matrices import prunable_matrices
from .pruner import Pruner
from .schedules import make_schedule


def scheduled_pruner(model: nn.Module, settings: PretrainJobSettings) -> Pruner:
    """Prunes the model's matrices as `settings.prune` says while it trains."""
    prune = settings.prune
    return Pruner(
        prunable_matrices(model),
        schedule=make_schedule(prune.schedule, prune.sparsity),
        criterion=prune.criterion,
        seed=settings.seed,
    )
