"""Compares a compute node with the machine that submits jobs: its clock, its files, its Python and its GPUs.

It runs `python -m prunetransfer.preflight.node FILE` on the node. With `--hub` at the end this also tries to reach the hub.
"""

import json
import shlex
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

from prunetransfer.config.study import Study

from .cuda import no_cuda
from .hub import out_of_reach, unreachable, wanted_from_hub

CLOCK_SECONDS = 5.0
"""The largest allowed difference between clocks. Snakemake reruns a job if an input is newer than an output, so clocks matter."""


def node_problems(command: str, study: Study, folder: Path, gpus: int) -> Iterator[str]:
    """Runs a probe on a node, and yields the problems that it finds.

    command: the prefix that runs a command on the node, such as `srun --partition gpu --gpus 1`. folder: results/<study>.
    gpus: the number of GPUs that a job asks for.
    """
    folder.mkdir(parents=True, exist_ok=True)
    token = folder / f".preflight-{uuid4()}"
    token.write_text(token.name)
    wanted = wanted_from_hub(study, folder)
    hub = ("--hub",) if wanted else ()
    try:
        before = time.time()
        done = subprocess.run(
            (*shlex.split(command), sys.executable, "-m", "prunetransfer.preflight.node", str(token.absolute()), *hub),
            capture_output=True,
            text=True,
        )
        after = time.time()
        if done.returncode:
            yield f"{command}: failed with exit status {done.returncode}: {done.stderr.strip()}"
            return
        node = json.loads(done.stdout.splitlines()[-1])
        yield from _differences(node, before, after, folder, token, gpus)
        yield from out_of_reach(wanted, node["hub"])
    finally:
        for file in folder.glob(f"{token.name}*"):
            file.unlink()


def _differences(
    node: dict[str, Any], before: float, after: float, folder: Path, token: Path, gpus: int
) -> Iterator[str]:
    host = node["host"]
    ahead = max(node["time"] - after, before - node["time"])
    if ahead > CLOCK_SECONDS:
        yield (
            f"{host}: its clock differs from this machine's by {ahead:.0f} s or more: finished jobs would run again; "
            "synchronise the clocks with NTP"
        )
    if node["token"] != token.name:
        yield f"{folder}: {host} doesn't see its files; run in a folder on a file system that all nodes share"
    elif not _answer(token).exists():
        yield f"{folder}: {host} can't write there; run in a folder that compute nodes may write to"
    if gpus and node["devices"] < gpus:
        yield no_cuda(f"on {host}", node["torch"], node["cuda"])


def _answer(token: Path) -> Path:
    return token.with_name(f"{token.name}-answer")


def _look(token: Path, hub: bool) -> dict[str, Any]:
    """Returns the node's clock, files, torch and hub access. token: the file that the submitting machine has written."""
    import torch

    try:
        content = token.read_text()
        _answer(token).touch()
    except OSError:
        content = None
    return {
        "host": socket.gethostname(),
        "time": time.time(),
        "token": content,
        "torch": torch.__version__,
        "cuda": torch.version.cuda,
        "devices": torch.cuda.device_count(),
        "hub": unreachable() if hub else None,
    }


if __name__ == "__main__":
    print(json.dumps(_look(Path(sys.argv[1]), sys.argv[2:] == ["--hub"])))
