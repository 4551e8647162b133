"""One table of the methods that arms use. No other module compares a method's name.

A new method is one more row here. Training code does not import this module: a job's settings say which weights it starts
from and what happens to the mask. So a new row retrains nothing.
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
    """The checkpoint that was pruned to the run's sparsity while pre-training; at 0 % the dense checkpoint."""
    FINETUNED = "finetuned"
    """The unpruned model, fine-tuned on the same task with the same learning rate and seed."""


class Mask(StrEnum):
    """What fine-tuning does with a mask."""

    NONE = "none"
    """Every weight is trained; a checkpoint's mask is dropped."""
    KEPT = "kept"
    """The checkpoint's mask stays."""
    ONE_SHOT = "one_shot"
    """The weights are pruned once, before the first step, by the arm's criterion. The new mask stays."""


class Sparsities(StrEnum):
    """The sparsities of the study at which a method runs."""

    ALL = "all"
    ZERO = "zero"
    """0 % alone."""


@dataclass(frozen=True)
class Method:
    """A row of the table. Raises ValueError for a mask that is to be kept where the start has none."""

    label: str
    """What tables and figures call it."""
    start: Start
    mask: Mask
    sparsities: Sparsities = Sparsities.ALL

    def __post_init__(self) -> None:
        if self.mask is Mask.KEPT and self.start is not Start.PRUNED:
            raise ValueError(
                f"method {self.label!r}: Mask.KEPT needs Start.PRUNED: only pruned checkpoints have a mask"
            )

    @property
    def is_unpruned_model_at_zero(self) -> bool:
        """Whether a run at 0 %, with as many epochs, would repeat the unpruned model's."""
        return self.start in (Start.DENSE, Start.PRUNED)


PRUNE_PRETRAIN = "prune_pretrain"
INFORMATION_DELETION = "information_deletion"
PRUNE_DOWNSTREAM = "prune_downstream"
FROM_SCRATCH = "from_scratch"
RANDOM = "random"
"""Names of arms that analyses look for in tables. The first four are named after their methods. Random pruning has the method
`prune_pretrain` and the criterion `random`."""

METHODS = {
    PRUNE_PRETRAIN: Method("Prune in pre-training", Start.PRUNED, Mask.KEPT),
    INFORMATION_DELETION: Method("Information deletion", Start.PRUNED, Mask.NONE),
    PRUNE_DOWNSTREAM: Method("Prune downstream", Start.FINETUNED, Mask.ONE_SHOT),
    FROM_SCRATCH: Method("From scratch", Start.FRESH, Mask.NONE, Sparsities.ZERO),
}
"""The methods of Gordon et al. 2020, section 3, and our control `from_scratch`."""

ARM_DEFAULTS = {
    **{name: {"method": name} for name in METHODS},
    RANDOM: {"method": PRUNE_PRETRAIN, "criterion": "random"},
}
"""Settings that the configuration may leave out for arms with these names."""

REFERENCE_CRITERION = "magnitude"
"""The criterion of all arms above but `random` and `from_scratch`: analyses compare these arms with one another."""

_LABELS = {**{name: method.label for name, method in METHODS.items()}, RANDOM: "Random pruning"}


def meant_by_name(arm: str) -> dict[str, str]:
    """The keys of an arm that its name decides, and their values; {} for a name that stands for nothing.

    Analyses look for arms by their names, and compare those of the paper with one another.
    """
    meant = dict(ARM_DEFAULTS.get(arm, {}))
    if arm in (PRUNE_PRETRAIN, INFORMATION_DELETION, PRUNE_DOWNSTREAM):
        meant["criterion"] = REFERENCE_CRITERION
    return meant


class Cell(NamedTuple):
    """An arm at a sparsity: a row of Table 1."""

    arm: str
    sparsity_percent: int


UNPRUNED = Cell(PRUNE_PRETRAIN, 0)
"""The fine-tuned unpruned model. Every other cell is compared with it."""


def arm_label(arm: str) -> str:
    """The arm's name in tables and figures. Arms without a label get one from their name: `my_arm` becomes `My arm`."""
    words = arm.replace("_", " ")
    return _LABELS.get(arm, words[:1].upper() + words[1:])
