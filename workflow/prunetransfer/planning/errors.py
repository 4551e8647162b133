"""The error of a plan that can't be made."""

from prunetransfer.errors import PruneTransferError


class PlanError(PruneTransferError):
    """Something that the plan needs is unknown; the message says what was found and what to give."""
