"""Times functions and publishes tables, for all benchmarks. It imports no torch, because `analyses.py` must not import it."""

import os
import re
import time
from collections.abc import Callable
from datetime import date
from importlib.metadata import version
from pathlib import Path

CPU = Path("/proc/cpuinfo")
LIBRARIES = ("torch", "transformers")


def seconds(work: Callable[[], object]) -> float:
    """Returns the wall-clock seconds of one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def machine() -> str:
    """Returns a line that names the machine, the libraries and the date."""
    described = CPU.read_text() if CPU.is_file() else ""
    model = re.search(r"^model name\s*: (.+)$", described, re.MULTILINE)
    parts = [
        f"{os.cpu_count()} cores of {model[1] if model else 'an unknown CPU'}",
        f"{'with' if 'avx512_bf16' in described else 'without'} AVX512-BF16",
        *(f"{name} {version(name)}" for name in LIBRARIES),
        date.today().isoformat(),
    ]
    return f"{', '.join(parts)}."


def publish(tables: list[str], output: Path | None) -> None:
    """Prints the machine and Markdown tables, and writes them to `output` if that isn't None."""
    text = "\n\n".join([machine(), *tables]) + "\n"
    print(text)
    if output:
        output.write_text(text)
