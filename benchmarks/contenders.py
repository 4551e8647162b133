"""Taking turns: what is compared runs in processes of its own, one run of each after the other."""

import gc
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from multiprocessing import get_context


def in_turns(contenders: dict[str, Callable[[], float]], runs: int) -> dict[str, list[float]]:
    """The results of so many runs of each, by name.

    Each contender stays in one process, idle while the others run: no one's allocator, caches or settings are another's,
    imports happen once, and a slow minute of the machine meets all of them.
    """
    results = {name: [] for name in contenders}
    with ExitStack() as stack:
        pools = {name: stack.enter_context(_process()) for name in contenders}
        for _ in range(runs):
            for name, measure in contenders.items():
                results[name].append(pools[name].submit(_measured, measure).result())
    return results


def _measured(measure: Callable[[], float]) -> float:
    gc.collect()  # the run before left a model and its optimiser in reference cycles
    return measure()


def in_a_process_of_its_own(function: Callable, *arguments):
    with _process() as pool:
        return pool.submit(function, *arguments).result()


def _process() -> ProcessPoolExecutor:
    return ProcessPoolExecutor(1, mp_context=get_context("spawn"))
