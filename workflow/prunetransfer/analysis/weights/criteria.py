"""The pruning criteria that analyses look for, and what a checkpoint's manifest says of its own."""

from prunetransfer.config.methods import PRUNE_PRETRAIN, RANDOM
from prunetransfer.jobs.grid import UNPRUNED_CHECKPOINT, Checkpoint
from prunetransfer.storage.paths import DENSE

MAGNITUDE, RANDOM_WEIGHTS = "magnitude", "random"
"""Names of criteria."""
ARMS = {DENSE: PRUNE_PRETRAIN, MAGNITUDE: PRUNE_PRETRAIN, RANDOM_WEIGHTS: RANDOM}
"""By criterion: the arm that fine-tunes its checkpoints and keeps their masks."""


def checkpoint_in(manifest: dict) -> Checkpoint:
    """Criterion and sparsity of a pre-trained checkpoint, from the content of its manifest."""
    prune = manifest["prune"]
    return Checkpoint(prune["criterion"], round(100 * prune["sparsity"])) if prune else UNPRUNED_CHECKPOINT
