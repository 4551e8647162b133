"""The paper's eleven claims, in the paper's order."""

from prunetransfer.config.claims import ClaimsSettings

from . import (
    causes,
    feature_drift,
    fitting,
    harmless,
    heads,
    linear_in_loss,
    overfitting,
    pruning_downstream,
    random_pruning,
    sort_order,
    subword_length,
)
from .evidence import Evidence
from .rows import Row

CLAIMS = [
    harmless,
    fitting,
    causes,
    overfitting,
    random_pruning,
    pruning_downstream,
    linear_in_loss,
    feature_drift,
    sort_order,
    heads,
    subword_length,
]


def evaluate(evidence: Evidence, settings: ClaimsSettings) -> list[Row]:
    """Tests every claim on the evidence. Returns a row for each statement."""
    return [row for claim in CLAIMS for row in claim.rows(evidence, settings)]
