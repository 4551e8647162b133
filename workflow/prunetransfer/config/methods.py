"""What each method of an arm does, in one table. No other module compares a method's name.

A new method is one more row here. What trains reads none of this: a job's settings say which weights it starts from and
what becomes of the mask, so that a new row retrains nothing.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class Start(StrEnum):
    """The weights that fine-tuning starts from."""

    FRESH = "fresh"
    """The encoder's architecture with random weights."""
    DENSE = "dense"
    """The checkpoint that was pre-trained without pruning."""
    PRUNED = "pruned"
    """The checkpoint that was pruned to the run's sparsity while pre-training; at 0 % the dense one."""
    FINETUNED = "finetuned"
    """The unpruned model, fine-tuned on the same task with the same learning rate and seed."""


class Mask(StrEnum):
    """What fine-tuning does with a mask."""

    NONE = "none"
    """Every weight is trained; a checkpoint's mask is dropped."""
    KEPT = "kept"
    """The checkpoint's mask stays."""
    ONE_SHOT = "one_shot"
    """The weights are pruned once, before the first step, by the arm's criterion; that mask stays."""


class Sparsities(StrEnum):
    """The sparsities of the study at which a method runs."""

    ALL = "all"
    ALL_OR_SHARED = "all_or_shared"
    """All; with the unpruned model's epochs, the run at 0 % would repeat the unpruned model's, which stands for it."""
    ZERO = "zero"
    """0 % alone."""


@dataclass(frozen=True)
class Method:
    """A row of the table."""

    label: str
    """What tables and figures call it."""
    start: Start
    mask: Mask
    sparsities: Sparsities = Sparsities.ALL_OR_SHARED


PRUNE_PRETRAIN = "prune_pretrain"
INFORMATION_DELETION = "information_deletion"
PRUNE_DOWNSTREAM = "prune_downstream"
FROM_SCRATCH = "from_scratch"
RANDOM = "random"
"""Arms that analyses look for in tables, each named after its method; random pruning is `prune_pretrain` by another criterion."""

METHODS = {
    PRUNE_PRETRAIN: Method("Prune in pre-training", Start.PRUNED, Mask.KEPT),
    INFORMATION_DELETION: Method("Information deletion", Start.PRUNED, Mask.NONE),
    PRUNE_DOWNSTREAM: Method("Prune downstream", Start.FINETUNED, Mask.ONE_SHOT, Sparsities.ALL),
    FROM_SCRATCH: Method("From scratch", Start.FRESH, Mask.NONE, Sparsities.ZERO),
}
"""Gordon et al. 2020, section 3; `from_scratch` is a control of ours."""

ARM_DEFAULTS = {
    **{name: {"method": name} for name in METHODS},
    RANDOM: {"method": PRUNE_PRETRAIN, "criterion": "random"},
}
"""By arm: what the configuration may leave out, because the arm's name says it."""

_LABELS = {**{name: method.label for name, method in METHODS.items()}, RANDOM: "Random pruning"}


class Cell(NamedTuple):
    """An arm at a sparsity: a row of Table 1."""

    arm: str
    sparsity_percent: int


UNPRUNED = Cell(PRUNE_PRETRAIN, 0)
"""The unpruned model, fine-tuned: what every other cell is compared with."""


def arm_label(arm: str) -> str:
    """What tables and figures call an arm; the name of one that a study adds is written out: `my_arm` is `My arm`."""
    words = arm.replace("_", " ")
    return _LABELS.get(arm, words[:1].upper() + words[1:])
