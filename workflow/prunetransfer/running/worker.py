"""A warm process that commands are run in: it has imported the heavy libraries, and forks for each command.

Importing torch and transformers takes 6 s of CPU, a fine-tuning of the miniature 3 s. With `--warm 1` a command is not
run by the process that was started but by a fork of the worker, in the same folder, environment and terminal; the
started process waits and passes signals on. The first such command starts the worker, which ends after a minute without
any. A command whose client dies is killed. Outside a SLURM job and inside each there are workers apart, so that no
command escapes its job's limits.
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
from pathlib import Path

# Third-party modules only: the package's own are imported anew by each fork, so that edits take effect.
PRELOADED = (
    "torch._dynamo",  # the first step of an optimiser imports it
    "torch.utils.tensorboard",
    "transformers.models.bert.modeling_bert",
    "sklearn.metrics",
    "scipy.stats",
    "typer",
)
IDLE_SECONDS = 60
_READY = b"+"
"""What a fork sends first: it is there and will run the command."""
START_SECONDS = 120
"""How long a client waits for a worker to come up before it does the work itself."""


def run_warm(arguments: list[str]) -> int | None:
    """Runs a command line in the worker. Returns its exit status, or None where there is no worker to be had."""
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
    """The socket of this user's worker for this environment (and SLURM job)."""
    # A worker has imported this package from its own folder, and libraries that read these variables.
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
            # A dying worker's socket still takes connections, which nobody answers.
            if connection.recv(1) == _READY:
                return connection
        except (FileNotFoundError, ConnectionRefusedError, ConnectionResetError):
            pass
        connection.close()
        if started is None or started.poll() is not None:
            started = subprocess.Popen(
                [sys.executable, "-m", "prunetransfer.running.worker", str(address)],
                start_new_session=True,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd="/",
            )
        time.sleep(0.1)
    return None


class _Worker(socketserver.ForkingMixIn, socketserver.UnixStreamServer):
    """Forks for each connection; ends when nothing has been running for a minute."""

    max_children = 1000
    request_queue_size = 1000
    last_busy = 0.0
    lock: int
    """Descriptor of the lock file; a fork gives up its copy, so that the lock is free as soon as the worker is gone."""

    def service_actions(self) -> None:
        super().service_actions()
        if self.active_children:
            self.last_busy = time.monotonic()
        elif time.monotonic() - self.last_busy > IDLE_SECONDS:
            raise SystemExit

    def handle_error(self, request, client_address) -> None:
        """In the fork: the client is gone, or what it sent isn't a command."""
        traceback.print_exc()


class _Command(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        os.setsid()
        # A shell's background jobs ignore it, and what they start inherits that.
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
            from prunetransfer.cli import run

            status = run(request["arguments"])
        except Exception:
            traceback.print_exc()
            status = 1
        sys.stdout.flush()
        sys.stderr.flush()
        connection.sendall(bytes([status]))


def _follow(connection: socket.socket) -> None:
    """Passes on the client's signals; ends this process and its children when the client is gone."""
    while number := connection.recv(1):
        os.kill(os.getpid(), number[0])
    os.killpg(0, signal.SIGKILL)


def serve(address: Path) -> None:
    """Serves until idle. Only one worker serves an address: a second one ends at once."""
    with open(address.with_suffix(".lock"), "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(1)  # its socket isn't there yet: don't let the client start one worker after another
            return
        for module in PRELOADED:
            importlib.import_module(module)
        address.unlink(missing_ok=True)
        with _Worker(str(address), _Command) as worker:
            worker.lock = lock.fileno()
            worker.last_busy = time.monotonic()
            try:
                worker.serve_forever(poll_interval=0.5)
            finally:
                address.unlink(missing_ok=True)


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
