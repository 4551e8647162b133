"""What arms are called where people read: tables and figures."""

_LABELS = {
    "prune_pretrain": "Prune in pre-training",
    "information_deletion": "Information deletion",
    "prune_downstream": "Prune downstream",
    "random": "Random pruning",
    "from_scratch": "From scratch",
}


def arm_label(arm: str) -> str:
    """The name of an arm for readers; one that a study adds is called much as in its configuration."""
    plain = arm.replace("_", " ")
    return _LABELS.get(arm, plain[:1].upper() + plain[1:])
