"""The next step's batch, prepared while this step computes."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Batch = TypeVar("Batch")


def prefetched(batch: Callable[[int], Batch], first: int, steps: int) -> Iterator[tuple[int, Batch]]:
    """Yields (step, batch(step)) from `first` up to, without it, `steps`. What `batch` raises is raised at its step."""
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="batch") as worker:
        coming = worker.submit(batch, first) if first < steps else None
        for step in range(first, steps):
            ready = coming.result()
            if step + 1 < steps:
                coming = worker.submit(batch, step + 1)
            yield step, ready
