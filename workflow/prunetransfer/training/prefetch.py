"""Prepares the batch of the next step in a thread while the current step computes."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Batch = TypeVar("Batch")


def prefetched(batch: Callable[[int], Batch], first: int, steps: int) -> Iterator[tuple[int, Batch]]:
    """Yields (step, batch(step)) for the steps from `first` to `steps` - 1. An error of batch(step) is raised at that step."""
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="batch") as worker:
        coming = worker.submit(batch, first) if first < steps else None
        for step in range(first, steps):
            ready = coming.result()
            if step + 1 < steps:
                coming = worker.submit(batch, step + 1)
            yield step, ready
