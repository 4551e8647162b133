"""Only one process executes a run. The error for others names it, and no lock outlives its process."""

import json
import os
import socket
import subprocess
import sys

import pytest

from prunetransfer.running.run_lock import RunLocked, in_progress, run_lock

HOLD = """
import sys
from pathlib import Path
from prunetransfer.running.run_lock import run_lock
with run_lock(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def hold(tmp_path):
    """Returns a function that starts a process which holds the lock until its stdin is closed."""
    started = []

    def start(path):
        process = subprocess.Popen(
            [sys.executable, "-c", HOLD, str(path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "SLURM_JOB_ID": "4711"},
        )
        assert process.stdout.readline() == "held\n"
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def test_a_second_process_is_refused_and_the_error_names_the_first(tmp_path, hold):
    path = tmp_path / "state" / "run.lock"
    holder = hold(path)
    for _ in range(2):
        with pytest.raises(RunLocked) as error, run_lock(path):
            raise AssertionError("two at once")
        assert str(path) in str(error.value)
        assert f"host {socket.gethostname()}, process {holder.pid}, SLURM job 4711, since 20" in str(error.value)
    assert error.value.exit_status == os.EX_TEMPFAIL
    holder.communicate("")
    with run_lock(path):
        assert json.loads(path.read_text())["process"] == os.getpid()
    assert not list(path.parent.iterdir())


def test_a_killed_process_leaves_no_lock(tmp_path, hold):
    path = tmp_path / "run.lock"
    holder = hold(path)
    holder.kill()
    holder.wait()
    assert path.exists(), "the file exists, but no process holds it"
    with run_lock(path):
        pass


def test_an_error_frees_the_lock(tmp_path):
    for _ in range(2):
        with pytest.raises(ValueError, match="within"), run_lock(tmp_path / "run.lock"):
            raise ValueError("within")
    assert not list(tmp_path.iterdir())


def test_a_lock_on_a_removed_file_does_not_count(tmp_path):
    """The holder removes the file. A lock on the removed file must not count beside a lock on a new one."""
    path = tmp_path / "run.lock"
    with run_lock(path):
        opened = os.open(path, os.O_RDWR)
    with run_lock(path):
        assert not os.path.samestat(os.fstat(opened), path.stat())
        with pytest.raises(RunLocked), run_lock(path):
            raise AssertionError("two at once")
    os.close(opened)


def test_runs_in_progress_are_listed(tmp_path, hold):
    paths = [tmp_path / name / "run.lock" for name in ("held", "killed")]
    held, killed = map(hold, paths)
    killed.kill()
    killed.wait()
    [(path, holder)] = in_progress(tmp_path)
    assert path == paths[0]
    assert f"process {held.pid}" in holder
    assert list(in_progress(tmp_path / "absent")) == []


def test_other_runs_can_be_locked(tmp_path, hold):
    hold(tmp_path / "one.lock")
    with run_lock(tmp_path / "other.lock"):
        pass
