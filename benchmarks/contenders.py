"""Runs contenders alternately, each in a separate process."""

import gc
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from multiprocessing import get_context


def in_turns(contenders: dict[str, Callable[[], float]], runs: int) -> dict[str, list[float]]:
    """Runs each contender `runs` times. Returns its results by name.

    Each contender has one process for all its runs, which waits while the others run. So no contender affects the
    allocator, caches or settings of another, libraries are imported only once, and a slow minute of the machine affects all
    contenders.
    """
    results = {name: [] for name in contenders}
    with ExitStack() as stack:
        pools = {name: stack.enter_context(_process()) for name in contenders}
        for _ in range(runs):
            for name, measure in contenders.items():
                results[name].append(pools[name].submit(_measured, measure).result())
    return results


def _measured(measure: Callable[[], float]) -> float:
    gc.collect()  # the previous run has left a model and its optimizer in reference cycles
    return measure()


def in_a_process_of_its_own(function: Callable, *arguments):
    """Calls a function in a new process. Returns its result."""
    with _process() as pool:
        return pool.submit(function, *arguments).result()


def _process() -> ProcessPoolExecutor:
    return ProcessPoolExecutor(1, mp_context=get_context("spawn"))
