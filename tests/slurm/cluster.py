"""Starts a real SLURM on this machine: one node with pretended GPUs, on the loopback interface, in a temporary folder.

    python tests/slurm/cluster.py snakemake --workflow-profile workflow/profiles/slurm

runs a command on it. It needs no systemd, no cgroups and no accounting database, and writes nothing outside its folder.
"""

import argparse
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PACKAGES = ("slurm-wlm", "munge")
"""Debian's packages that contain SLURM's programs."""
GPU_DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty")
"""The devices that SLURM takes for GPUs. It accepts any character devices, but each must be different."""
SYSTEM_PATH = f"{os.environ['PATH']}{os.pathsep}/usr/sbin"


def missing_commands() -> list[str]:
    commands = ("munged", "slurmctld", "slurmd", "sbatch", "srun", "scontrol", "squeue", "scancel")
    return [command for command in commands if shutil.which(command, path=SYSTEM_PATH) is None]


class Cluster:
    """Started and stopped as a context manager. Its daemons can be stopped and started one by one.

    cpus, gpus: the node's, as it is pretended. kill_wait: seconds between SIGTERM and SIGKILL of a job that is to end.
    """

    def __init__(self, folder: Path, cpus: int = 16, gpus: int = 2, kill_wait: int = 30):
        self.folder = folder
        self.cpus = cpus
        self.gpu_devices = GPU_DEVICES[:gpus]
        self.kill_wait = kill_wait
        self.processes: dict[str, subprocess.Popen] = {}
        commands = folder / "bin"
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("SLURM_")},
            "PATH": f"{commands}{os.pathsep}{SYSTEM_PATH}",
            "SLURM_CONF": str(folder / "slurm.conf"),
        }

    def __enter__(self) -> "Cluster":
        self._configure()
        try:
            self.start_munged()
            self.start_slurmctld()
            self.start_slurmd()
        except BaseException:
            self._stop_all()
            raise
        return self

    def __exit__(self, *_) -> None:
        """Jobs end before the daemons do: those that slurmd leaves behind go on."""
        self.run("scancel", "--user", _user(), check=False)
        deadline = time.monotonic() + 2 * self.kill_wait + 10
        while self.run("squeue", "--noheader", check=False) and time.monotonic() < deadline:
            time.sleep(0.1)
        self._stop_all()

    def run(self, *command: str, check: bool = True, timeout: float = 60) -> str:
        """Runs a command on the cluster and gives its stdout."""
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=timeout)
        if check and done.returncode:
            raise RuntimeError(f"{' '.join(command)}: {done.stdout}{done.stderr}")
        return done.stdout

    def jobs(self) -> list[dict[str, str]]:
        """All jobs that SLURM knows, finished ones too, as its controller tells them: JobId, JobState, Comment, TRES ..."""
        records = self.run("scontrol", "--details", "--oneliner", "show", "jobs")
        return [
            dict(field.split("=", 1) for field in record.split() if "=" in field)
            for record in records.splitlines()
            if record.startswith("JobId=")
        ]

    def devices(self) -> dict[str, str]:
        """The CUDA_VISIBLE_DEVICES of each job's step, which a prolog has recorded that SLURM runs before each step."""
        file = self.folder / "devices.txt"
        lines = [line.split(" ") for line in file.read_text().splitlines()] if file.exists() else []
        return {job: devices for job, devices in lines if devices}

    def start_munged(self) -> None:
        self._start(
            "munged",
            *("munged", "--foreground", "--force", "--num-threads=2"),
            *(f"--key-file={self.folder}/munge.key", f"--socket={self.folder}/munge.socket"),
            *(f"--pid-file={self.folder}/munged.pid", f"--log-file={self.folder}/munged.log"),
            f"--seed-file={self.folder}/munge.seed",
        )
        self._wait("munge", "--no-input", f"--socket={self.folder}/munge.socket")

    def start_slurmctld(self) -> None:
        self._start("slurmctld", "slurmctld", "-D")
        self._wait("scontrol", "ping")

    def start_slurmd(self) -> None:
        self._start("slurmd", "slurmd", "-D", "-N", "localhost")
        self._wait("sh", "-c", "sinfo --noheader --format %t | grep --line-regexp --extended-regexp 'idle|mix|alloc'")

    def stop(self, daemon: str) -> None:
        process = self.processes.pop(daemon)
        process.terminate()
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _stop_all(self) -> None:
        for daemon in reversed(list(self.processes)):
            self.stop(daemon)

    def _start(self, daemon: str, *command: str) -> None:
        with open(self.folder / f"{daemon}.out", "a") as output:
            self.processes[daemon] = subprocess.Popen(
                command,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def _wait(self, *command: str) -> None:
        """Waits until the command succeeds."""
        deadline = time.monotonic() + 120
        while subprocess.run(command, env=self.environment, capture_output=True).returncode:
            ended = [daemon for daemon, process in self.processes.items() if process.poll() is not None]
            if ended or time.monotonic() > deadline:
                output = "".join(file.read_text() for file in sorted(self.folder.glob("*.out")))
                raise RuntimeError(f"SLURM doesn't start: {' '.join(command)} fails\n{output}")
            time.sleep(0.1)

    def _configure(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o755)  # munged refuses a socket in a folder that others may write to
        key = self.folder / "munge.key"
        key.touch(mode=0o600)
        key.write_bytes(secrets.token_bytes(128))
        for name in ("state", "spool", "bin"):
            (self.folder / name).mkdir(exist_ok=True)
        # The executor plugin starts a job's step without the variables of SLURM, SLURM_CONF among them.
        real_srun = shutil.which("srun", path=SYSTEM_PATH)
        self._write_command("srun", f'SLURM_CONF={self.folder}/slurm.conf exec {real_srun} "$@"')
        # Where the controller doesn't answer, the plugin turns to sacct, which fails without accounting: after its last
        # attempt it forgets all jobs and waits forever. The last argument is its run's name.
        self._write_command(
            "sacct", "for name; do :; done; exec squeue --states=all --noheader --format='%i|%T' --name \"$name\""
        )
        self._write_command("task_prolog", f'echo "$SLURM_JOB_ID $CUDA_VISIBLE_DEVICES" >> {self.folder}/devices.txt')
        (self.folder / "gres.conf").write_text(
            "AutoDetect=off\n"
            + "".join(f"Name=gpu Type=pretended File={device} Flags=nvidia_gpu_env\n" for device in self.gpu_devices)
        )
        (self.folder / "slurm.conf").write_text(self._slurm_conf())

    def _write_command(self, name: str, command: str) -> None:
        file = self.folder / "bin" / name
        file.write_text(f"#!/bin/sh\n{command}\n")
        file.chmod(0o755)

    def _slurm_conf(self) -> str:
        controller, node = _free_ports(2)
        return f"""\
ClusterName=test
SlurmctldHost=localhost(127.0.0.1)
SlurmctldPort={controller}
SlurmdPort={node}
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
SlurmUser={_user()}
SlurmdUser={_user()}
AuthType=auth/munge
AuthInfo=socket={self.folder}/munge.socket
CredType=cred/munge
StateSaveLocation={self.folder}/state
SlurmdSpoolDir={self.folder}/spool
SlurmctldPidFile={self.folder}/slurmctld.pid
SlurmdPidFile={self.folder}/slurmd.pid
SlurmctldLogFile={self.folder}/slurmctld.log
SlurmdLogFile={self.folder}/slurmd.log
MailProg=/bin/true
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
TaskProlog={self.folder}/bin/task_prolog
SwitchType=switch/none
MpiDefault=none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
JobAcctGatherType=jobacct_gather/none
SchedulerType=sched/backfill
SchedulerParameters=sched_interval=2,bf_interval=5,batch_sched_delay=1
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
SlurmdParameters=config_overrides
GresTypes=gpu
DefMemPerCPU=100
# Finished jobs are told of for so long: the tests' records, and the executor's status checks without accounting.
MinJobAge=86400
KillWait={self.kill_wait}
InactiveLimit=0
ReturnToService=2
SlurmctldTimeout=300
SlurmdTimeout=300
NodeName=localhost NodeAddr=127.0.0.1 CPUs={self.cpus} RealMemory=1000000 Gres=gpu:pretended:{len(self.gpu_devices)}
PartitionName=cpu Nodes=localhost Default=YES MaxTime=2-00:00:00 State=UP
PartitionName=gpu Nodes=localhost MaxTime=2-00:00:00 State=UP
"""


def _user() -> str:
    return pwd.getpwuid(os.getuid()).pw_name


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cpus", type=int, default=16, help="pretended CPUs of the node")
    parser.add_argument("--gpus", type=int, default=2, help=f"pretended GPUs, at most {len(GPU_DEVICES)}")
    parser.add_argument("command", nargs=argparse.REMAINDER)
    arguments = parser.parse_args()
    if missing := missing_commands():
        parser.error(f"{', '.join(missing)} not found: apt-get install {' '.join(PACKAGES)}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the daemons are stopped
    with (
        tempfile.TemporaryDirectory(prefix="slurm-") as folder,
        Cluster(Path(folder), arguments.cpus, arguments.gpus) as cluster,
    ):
        return subprocess.run(arguments.command, env=cluster.environment).returncode


if __name__ == "__main__":
    sys.exit(main())
