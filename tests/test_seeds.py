"""A mixed seed depends on each of its parts, also in the bits that torch's generators use."""

import torch
from hypothesis import given
from hypothesis import strategies as st

from prunetransfer.seeds import mixed_seed

PARTS = st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=4).map(tuple)


@given(one=PARTS, other=PARTS)
def test_draws_differ_exactly_where_the_parts_do(one, other):
    draws = [torch.rand(4, generator=torch.Generator().manual_seed(mixed_seed(*parts))) for parts in (one, other)]
    # A list of parts gives the same seed as the list with zeros appended.
    same = [parts + (0,) * (4 - len(parts)) for parts in (one, other)]
    assert torch.equal(*draws) == (same[0] == same[1])
