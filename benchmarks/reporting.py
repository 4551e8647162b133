"""What the benchmarks share: timing a piece of work, and giving the tables out. It imports no torch: see `analyses.py`."""

import time
from collections.abc import Callable
from pathlib import Path


def seconds(work: Callable[[], object]) -> float:
    """Wall-clock time of one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def publish(tables: list[str], output: Path | None) -> None:
    """Prints Markdown tables, and writes them to a file where one is asked for."""
    text = "\n\n".join(tables) + "\n"
    print(text)
    if output:
        output.write_text(text)
