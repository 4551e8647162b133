"""The pruning criteria that analyses look for, and the criterion and sparsity in a checkpoint's manifest."""

from prunetransfer.config.methods import PRUNE_PRETRAIN, RANDOM
from prunetransfer.jobs.grid import UNPRUNED_CHECKPOINT, Checkpoint
from prunetransfer.storage.paths import DENSE

MAGNITUDE, RANDOM_WEIGHTS = "magnitude", "random"
"""Names of criteria, as `pretraining.criteria` of a study may have them."""
ARMS = {DENSE: PRUNE_PRETRAIN, MAGNITUDE: PRUNE_PRETRAIN, RANDOM_WEIGHTS: RANDOM}
"""For each criterion, the arm that fine-tunes its checkpoints with their masks."""


def checkpoint_in(manifest: dict) -> Checkpoint:
    """The criterion and sparsity of a pre-trained checkpoint. manifest: the content of its manifest."""
    prune = manifest["prune"]
    return Checkpoint(prune["criterion"], round(100 * prune["sparsity"])) if prune else UNPRUNED_CHECKPOINT
