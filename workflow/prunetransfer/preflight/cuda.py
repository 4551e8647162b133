"""Asks torch in another process whether it sees GPUs, because Snakemake's process doesn't import torch."""

import json
import subprocess
import sys
from collections.abc import Iterator

QUESTION = "import json, torch; print(json.dumps([torch.__version__, torch.version.cuda, torch.cuda.device_count()]))"


def no_cuda_here() -> Iterator[str]:
    """Yields a problem if torch sees no GPU on this machine."""
    answer = subprocess.run((sys.executable, "-c", QUESTION), capture_output=True, text=True, check=True).stdout
    version, cuda, devices = json.loads(answer)
    if not devices:
        yield no_cuda("here", version, cuda)


def no_cuda(where: str, version: str, cuda: str | None) -> str:
    """Returns the problem's message. version: torch's version. cuda: the CUDA version for which torch was built, or None."""
    built = "built without CUDA: install one that has it (https://pytorch.org)"
    if cuda:
        built = f"built for CUDA {cuda}: is there a driver, and a device in CUDA_VISIBLE_DEVICES?"
    return f"gpu: asked for, but torch sees no CUDA device {where}; torch {version} is {built}"
