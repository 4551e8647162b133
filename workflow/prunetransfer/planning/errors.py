"""The error for plans that can't be made."""

from prunetransfer.errors import PruneTransferError


class PlanError(PruneTransferError):
    """Something that the plan needs is unknown. The message says what was found and what the user can give."""
