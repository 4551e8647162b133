"""Several processes that train one model, started by torchrun: DistributedDataParallel, a part of each batch for each.

The batches are the same whatever the number of processes. Gradients are summed over all, so that weights, masks and the
optimiser's state stay the same in every process; the first one saves, evaluates and writes.
"""

import os
import signal
import subprocess
import sys
from dataclasses import dataclass

import torch
import torch.distributed
from torch import nn
from torch.nn.parallel import DistributedDataParallel

_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGUSR1)


@dataclass(frozen=True)
class Processes:
    """How many train together, and which one this is, from 0."""

    rank: int = 0
    count: int = 1

    @property
    def is_first(self) -> bool:
        return self.rank == 0

    @property
    def seed_parts(self) -> tuple[int, ...]:
        """What keeps dropout in one process apart from the others'. None for the first: alone or not, it draws the same."""
        return () if self.is_first else (self.rank,)

    def wait(self) -> None:
        """For all to come here."""
        if self.count > 1:
            torch.distributed.barrier()

    def end(self) -> None:
        """Ends one of several processes, successfully, when its files are written.

        At once: gloo's threads are joined where its group is torn down, which was seen to wait for ever.
        """
        if self.count > 1:
            if torch.distributed.get_backend() == "nccl":
                torch.distributed.destroy_process_group()
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(os.EX_OK)

    def parallel(self, module: nn.Module, *, all_parameters: bool) -> nn.Module:
        """A module whose backward pass averages gradients over all processes.

        all_parameters: whether each of them has a gradient in every step.
        """
        if self.count == 1:
            return module
        return DistributedDataParallel(
            module, broadcast_buffers=False, gradient_as_bucket_view=True, find_unused_parameters=not all_parameters
        )


ALONE = Processes()


def are_started() -> bool:
    """Whether this is one of the processes that torchrun starts."""
    return "TORCHELASTIC_RUN_ID" in os.environ


def join_processes() -> Processes:
    """Meets the other processes of this run, where torchrun has started any; each gets a GPU, where there are any."""
    if not are_started():
        return ALONE
    if torch.cuda.is_available():
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
    torch.distributed.init_process_group("nccl" if torch.cuda.is_available() else "gloo")
    return Processes(torch.distributed.get_rank(), torch.distributed.get_world_size())


def launch(count: int, arguments: list[str]) -> int:
    """Runs a command line of this package in `count` processes on this machine. Returns torchrun's exit status.

    Signals that ask a run to save and stop are passed on.
    """
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={count}"]
    torchrun = subprocess.Popen([*command, "-m", "prunetransfer", *arguments])
    for number in _SIGNALS:
        signal.signal(number, lambda *_: torchrun.send_signal(signal.SIGTERM))
    return torchrun.wait()
