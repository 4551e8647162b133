"""Commands behave the same with and without a worker: output, exit status, and the reaction to signals."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from prunetransfer.__main__ import main
from prunetransfer.running.worker import WARM_COMMANDS

PROJECT = Path(__file__).parents[2]
ABSENT = json.dumps({"encoder": {"source": "folder", "path": "absent"}, "corpus": None, "max_documents": None})
"""Settings of an encoder that doesn't exist."""
PATIENCE = 60
"""Seconds to wait for something that should happen."""


def wait_until(condition):
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.05)
    raise AssertionError(f"didn't happen within {PATIENCE} s")


def processes_with(text):
    """Ids of the processes that have `text` in their command line."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if text.encode() in (entry / "cmdline").read_bytes():
                    found.append(int(entry.name))
            except OSError:
                continue
    return found


class Commands:
    """Runs command lines with a separate worker."""

    def __init__(self, runtime: str):
        self.environment = {**os.environ, "XDG_RUNTIME_DIR": runtime}
        self.runtime = runtime

    def start(self, *arguments, warm=1, variables=(), **options) -> subprocess.Popen:
        """variables: of the environment, besides the test's own."""
        command = [sys.executable, "-m", "prunetransfer", *map(str, arguments)]
        environment = {**self.environment, "PRUNETRANSFER_WARM": str(warm), **dict(variables)}
        return subprocess.Popen(
            command, text=True, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options
        )

    def run(self, *arguments, **options) -> tuple[int, str, str]:
        process = self.start(*arguments, **options)
        output, errors = process.communicate(timeout=4 * PATIENCE)
        return process.returncode, output, errors

    def worker(self) -> int | None:
        """The worker's id: the process with its socket's path in its command line that isn't another one's child."""
        found = processes_with(f"{self.runtime}/")
        return next((number for number in found if parent_of(number) not in found), None)

    def under_way(self) -> list[int]:
        """Ids of the processes that commands run in."""
        worker = self.worker()
        return [number for number in processes_with(f"{self.runtime}/") if number != worker]


def parent_of(process):
    try:
        return int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return None


@pytest.fixture(scope="module")
def commands():
    # Short: a socket's path has room for about a hundred characters.
    runtime = tempfile.mkdtemp(prefix="worker")
    running = Commands(runtime)
    yield running
    for process in processes_with(f"{runtime}/"):
        os.kill(process, signal.SIGKILL)
    shutil.rmtree(runtime)


@pytest.fixture
def endless(tiny_encoders, tiny_corpus, tmp_path):
    """Arguments of a command that trains for hours, and the file that shows that it does."""
    settings = {
        "objective": {"sequence_length": 16},
        "optimizer": {"batch_size": 2},
        "phase_name": "burn_in",
        "phase": {"steps": 10**7, "learning_rate": 1e-6},
        "seed": 0,
        "prune": None,
    }
    state = tmp_path / "state"
    options = {"settings": json.dumps(settings), "checkpoint": tiny_encoders["bert"], "corpus": tiny_corpus}
    options |= {"output": tmp_path / "out" / "manifest.json", "state": state, "timing": tmp_path / "timing.json"}
    options |= {"save-interval": 0}
    return ["pretrain", *(part for name, value in options.items() for part in (f"--{name}", value))], state


def test_same_output_and_status(commands):
    for command in WARM_COMMANDS:
        assert commands.run(command, "--help") == commands.run(command, "--help", warm=0)
    assert commands.worker(), "a worker did it"


@pytest.mark.parametrize("arguments", [["check", "config.yaml"], ["--help"], []])
def test_a_command_that_needs_no_torch_starts_no_worker(tmp_path_factory, arguments):
    runtime = tempfile.mkdtemp(prefix="worker")
    commands = Commands(runtime)
    assert commands.run(*arguments, cwd=PROJECT) == commands.run(*arguments, warm=0, cwd=PROJECT)
    assert os.listdir(runtime) == []
    os.rmdir(runtime)


def test_processes_that_a_command_starts_do_not_use_the_worker(monkeypatch):
    """Otherwise the worker would run torchrun's processes too."""
    seen = {}
    monkeypatch.setattr("sys.argv", ["prunetransfer", "pretrain"])
    monkeypatch.setenv("PRUNETRANSFER_WARM", "1")
    monkeypatch.setattr("prunetransfer.running.worker.run_warm", lambda _: None)  # as where there is no worker
    monkeypatch.setattr("prunetransfer.cli.run", lambda _: seen.update(os.environ) or 0)
    with pytest.raises(SystemExit):
        main()
    assert seen and "PRUNETRANSFER_WARM" not in seen


def test_same_files(commands, corpus_file, tmp_path):
    encoder = {"source": "fresh", "layers": 1, "hidden_size": 8, "heads": 1, "intermediate_size": 8, "max_length": 8}
    encoder["vocabulary"] = {"size": 60}
    corpus = [{"source": "files", "files": [str(corpus_file)]}]
    settings = json.dumps({"encoder": encoder, "corpus": corpus, "max_documents": None})
    contents = []
    for warm in (0, 1):
        # A relative path: the command runs in the folder that it was started in.
        folder = tmp_path / str(warm)
        folder.mkdir()
        arguments = ["encoder", "--settings", settings, "--output", "encoder/manifest.json"]
        status, _, errors = commands.run(*arguments, warm=warm, cwd=folder)
        assert status == 0, errors
        assert "fresh bert encoder" in errors
        contents.append({path.name: path.read_bytes() for path in (folder / "encoder").iterdir()})
    assert contents[0] == contents[1]
    assert len(contents[0]) >= 4


def test_a_command_has_the_environment_of_its_client(commands):
    """A command has the environment of its client, and not that of the client that started the worker."""
    helps = [commands.run("encoder", "--help", variables={"COLUMNS": width})[1] for width in ("60", "100")]
    assert max(map(len, helps[0].splitlines())) <= 60 < max(map(len, helps[1].splitlines()))


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["encoder", "--settings", ABSENT, "--output", "made/manifest.json"], 1, "absent has no config.json"),
        (["encoder", "--settings", "{}"], 2, "Missing option"),
        (["figure", "ten"], 2, "Invalid value"),
        (["encoder", "--settings", "[]", "--output", "x"], 1, "ValidationError"),
    ],
)
def test_status_and_errors_of_a_failing_command(commands, tmp_path, arguments, status, message):
    results = [commands.run(*arguments, warm=warm, cwd=tmp_path) for warm in (1, 0)]
    assert [result[0] for result in results] == [status, status]
    assert all(message in result[2] for result in results)
    assert results[0][1] == results[1][1] == ""


def test_many_at_once(commands):
    running = [commands.start("encoder", "--help") for _ in range(4)]
    results = [process.communicate(timeout=PATIENCE) for process in running]
    assert [process.returncode for process in running] == [0] * 4
    assert len(set(results)) == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGUSR1, signal.SIGKILL])
def test_a_command_ends_with_its_client(commands, endless, number):
    arguments, state = endless
    client = commands.start(*arguments)
    wait_until(state.exists)
    [command] = commands.under_way()
    client.send_signal(number)
    _, errors = client.communicate(timeout=PATIENCE)
    if number == signal.SIGKILL:
        assert client.returncode == -signal.SIGKILL
    else:  # it comes to the command, which saves before it ends
        assert client.returncode == os.EX_TEMPFAIL
        assert f"told to stop by {number.name}" in errors
        assert f"saved in {state}" in errors
    wait_until(lambda: not commands.under_way() and not Path(f"/proc/{command}").exists())
    saved = state.stat().st_mtime_ns
    assert commands.run("encoder", "--help")[0] == 0, "the worker goes on"
    assert state.stat().st_mtime_ns == saved
    assert state.exists(), "and a killed run can be resumed"


def test_a_command_that_is_killed_fails(commands, endless):
    arguments, state = endless
    client = commands.start(*arguments)
    wait_until(state.exists)
    [command] = commands.under_way()
    os.kill(command, signal.SIGKILL)
    _, errors = client.communicate(timeout=PATIENCE)
    assert client.returncode == 137
    assert "was killed" in errors


def test_a_worker_that_is_killed_is_replaced(commands):
    first = commands.worker()
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: commands.worker() is None)
    assert commands.run("encoder", "--help")[0] == 0
    assert commands.worker() not in (None, first)
