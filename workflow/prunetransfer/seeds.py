"""Combines several numbers into a seed for torch."""

import numpy as np


def mixed_seed(*parts: int) -> int:
    """A seed of 32 bits that depends on every part.

    Shifting the parts into different bits would not work, because torch's CPU generator uses only the low 32 bits of a seed.
    """
    return int(np.random.SeedSequence(parts).generate_state(1)[0])
