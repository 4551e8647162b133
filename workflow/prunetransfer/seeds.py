"""Seeds for torch that are made of several numbers."""

import numpy as np


def mixed_seed(*parts: int) -> int:
    """A seed of 32 bits that depends on every part.

    torch's CPU generator looks at the low 32 bits of a seed only: parts can't be told apart by shifting.
    """
    return int(np.random.SeedSequence(parts).generate_state(1)[0])
