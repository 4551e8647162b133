"""Trains one model in several processes, with DistributedDataParallel. torchrun starts the processes.

The batches don't depend on the number of processes: each process takes its part of every batch. Gradients are averaged
over all processes, so that all have the same weights, masks and optimizer state. Only the first process saves, evaluates
and writes results.
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
    """The processes that train together. rank: this process, from 0. count: their number."""

    rank: int = 0
    count: int = 1

    @property
    def is_first(self) -> bool:
        return self.rank == 0

    @property
    def seed_parts(self) -> tuple[int, ...]:
        """Further parts of dropout's seed, so that processes draw different numbers. The first process has none: it draws
        the same numbers as a single process."""
        return () if self.is_first else (self.rank,)

    def wait(self) -> None:
        """Waits until all processes have called it."""
        if self.count > 1:
            torch.distributed.barrier()

    def end(self) -> None:
        """Ends this process with status 0, if there are several. Call it when its files are written.

        Then it doesn't return. gloo's process group is not destroyed, because that waits for its threads and once hung.
        """
        if self.count > 1:
            if torch.distributed.get_backend() == "nccl":
                torch.distributed.destroy_process_group()
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(os.EX_OK)

    def parallel(self, module: nn.Module, *, all_parameters: bool) -> nn.Module:
        """Returns a module whose backward pass averages gradients over all processes.

        all_parameters: whether all parameters have a gradient in every step.
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
    """Connects to the other processes of this run, if torchrun has started any. If there are GPUs, each process takes one."""
    if not are_started():
        return ALONE
    if torch.cuda.is_available():
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
    torch.distributed.init_process_group("nccl" if torch.cuda.is_available() else "gloo")
    return Processes(torch.distributed.get_rank(), torch.distributed.get_world_size())


def launch(count: int, arguments: list[str]) -> int:
    """Runs a command line of this package in `count` processes on this machine. Returns torchrun's exit status.

    Passes signals that ask a run to save and stop on to torchrun.
    """
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={count}"]
    torchrun = subprocess.Popen([*command, "-m", "prunetransfer", *arguments])
    for number in _SIGNALS:
        signal.signal(number, lambda *_: torchrun.send_signal(signal.SIGTERM))
    return torchrun.wait()
