"""A worker: a process that has already imported the heavy libraries, and forks itself for each command.

Importing torch and transformers takes 6 s of CPU time, but a fine-tuning run of the miniature only 3 s. With
PRUNETRANSFER_WARM=1 in the environment, the started process (the client) doesn't run the command itself. A fork of the worker
runs it in the client's folder, environment and terminal, while the client waits and passes signals on.

The first such command starts the worker. The worker ends after a minute without commands. A command is killed when its
client dies. Each SLURM job has a separate worker, so that no command escapes the limits of its job.
"""

import fcntl
import hashlib
import importlib
import json
import os
import signal
import socket
import socketserver
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path

WARM_COMMANDS = ("encoder", "pretrain", "finetune", "analyse", "figure")
"""The subcommands that a worker makes faster, because they import torch or the libraries of the figures."""
PRELOADED = (
    "torch._dynamo",  # imported by an optimizer's first step
    "torch.utils.tensorboard",
    "transformers.models.bert.modeling_bert",
    "sklearn.metrics",
    "scipy.stats",
    "typer",
)
"""The modules that a worker imports. They don't belong to this package: each fork imports the package's modules itself, so that
edits take effect."""
SERVE = "--serve"
"""The argument that makes `python -m prunetransfer` the worker. The address follows it."""
IDLE_SECONDS = 60
START_SECONDS = 120
"""How long a client waits for a worker to start before it runs the command itself."""
_READY = b"+"
"""The byte that a fork sends first, to say that it will run the command."""


def run_warm(arguments: list[str]) -> int | None:
    """Runs a command line in the worker. Returns its exit status, or None if no worker can be reached."""
    connection = _connect()
    if connection is None:
        return None
    with connection:
        request = {"arguments": arguments, "folder": os.getcwd(), "environment": dict(os.environ)}
        payload = json.dumps(request).encode()
        socket.send_fds(connection, [len(payload).to_bytes(8, "big")], [0, 1, 2])
        connection.sendall(payload)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGUSR1):
            signal.signal(number, lambda number, _: connection.sendall(bytes([number])))
        try:
            status = connection.recv(1)
        except ConnectionResetError:
            status = b""
    if not status:
        print("error: the process that ran this command was killed (out of memory?)", file=sys.stderr)
        return 137
    return status[0]


def _address() -> Path:
    """Returns the path of the socket of this user's worker, for this Python environment, package and SLURM job."""
    # These variables are part of the key, because the worker's libraries read them when they are imported.
    key = [sys.prefix, __file__, *(os.environ.get(name, "") for name in ("SLURM_JOB_ID", "CUDA_VISIBLE_DEVICES"))]
    digest = hashlib.sha256(json.dumps(key).encode()).hexdigest()[:12]
    folder = Path(os.environ.get("XDG_RUNTIME_DIR", tempfile.gettempdir())) / f"prunetransfer-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.stat().st_uid != os.getuid():
        raise PermissionError(f"{folder} belongs to somebody else")
    return folder / f"{digest}.sock"


def _connect() -> socket.socket | None:
    address = _address()
    started = None
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            connection.connect(str(address))
            # The socket of a worker that is about to end still accepts connections, but the worker doesn't answer.
            if connection.recv(1) == _READY:
                return connection
        except (FileNotFoundError, ConnectionRefusedError, ConnectionResetError):
            pass
        connection.close()
        if started is None or started.poll() is not None:
            started = subprocess.Popen(
                [sys.executable, "-m", "prunetransfer", SERVE, str(address)],
                start_new_session=True,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd="/",
            )
        time.sleep(0.1)
    return None


class _Worker(socketserver.ForkingMixIn, socketserver.UnixStreamServer):
    """Forks itself for each connection. Ends when no command has been running for a minute."""

    max_children = 1000
    request_queue_size = 1000
    last_busy = 0.0
    run: Callable[[list[str]], int]
    """Runs a command line and returns its exit status. It imports this package's own modules when it is called."""
    lock: int
    """Descriptor of the lock file. A fork closes its copy, so that the lock is free as soon as the worker has ended."""

    def service_actions(self) -> None:
        super().service_actions()
        if self.active_children:
            self.last_busy = time.monotonic()
        elif time.monotonic() - self.last_busy > IDLE_SECONDS:
            raise SystemExit

    def handle_error(self, request, client_address) -> None:
        """Prints the error, in the fork, if the client has died or has not sent a command."""
        traceback.print_exc()


class _Command(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        os.setsid()
        # The background jobs of a shell ignore SIGINT. The worker inherits this if such a job started it.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        self.server.socket.close()
        os.close(self.server.lock)
        connection: socket.socket = self.request
        connection.sendall(_READY)
        header, descriptors, _, _ = socket.recv_fds(connection, 8, 3)
        payload = b""
        while len(payload) < int.from_bytes(header, "big"):
            payload += connection.recv(65536)
        request = json.loads(payload)
        for target, descriptor in enumerate(descriptors):
            os.dup2(descriptor, target)
            os.close(descriptor)
        os.chdir(request["folder"])
        os.environ.clear()
        os.environ.update(request["environment"])
        threading.Thread(target=_follow, args=(connection,), daemon=True).start()
        try:
            status = self.server.run(request["arguments"])
        except Exception:
            traceback.print_exc()
            status = 1
        sys.stdout.flush()
        sys.stderr.flush()
        connection.sendall(bytes([status]))


def _follow(connection: socket.socket) -> None:
    """Sends the client's signals to this process. Kills this process and its children when the client has died."""
    while number := connection.recv(1):
        os.kill(os.getpid(), number[0])
    os.killpg(0, signal.SIGKILL)


def serve(address: Path, run: Callable[[list[str]], int]) -> None:
    """Serves until no command has been running for a minute. If another worker serves the address, it returns after 1 s.

    run: runs a command line, in a fork, and returns its exit status.
    """
    with open(address.with_suffix(".lock"), "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(
                1
            )  # the other worker may have no socket yet, and the client must not start one worker after another
            return
        for module in PRELOADED:
            importlib.import_module(module)
        address.unlink(missing_ok=True)
        with _Worker(str(address), _Command) as worker:
            worker.run = run
            worker.lock = lock.fileno()
            worker.last_busy = time.monotonic()
            try:
                worker.serve_forever(poll_interval=0.5)
            finally:
                address.unlink(missing_ok=True)
