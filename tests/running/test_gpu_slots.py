"""Each job gets an unused GPU if there is one. Otherwise jobs share GPUs evenly. The slots of killed jobs become free."""

import multiprocessing
import os
import signal

import pytest

from prunetransfer.running.gpu_slots import VISIBLE, TooFewGpus, gpus_of_its_own, visible_gpus


def hold(wanted, folder, connection):
    with gpus_of_its_own(wanted, folder):
        connection.send(os.environ[VISIBLE])
        connection.recv()


@pytest.fixture
def start_job(tmp_path, monkeypatch):
    """Returns a function that starts a job on a machine with three GPUs. It returns the job's process and devices, and a
    function that ends it."""
    monkeypatch.setenv(VISIBLE, "0,1,GPU-2")
    jobs = []

    def start(wanted=1):
        ours, theirs = multiprocessing.Pipe()
        process = multiprocessing.get_context("fork").Process(target=hold, args=(wanted, tmp_path, theirs))
        process.start()
        jobs.append((process, ours))
        return process, ours.recv(), lambda: (ours.send("end"), process.join())

    yield start
    for process, _ in jobs:
        process.kill()
        process.join()


def test_jobs_spread_over_all_gpus_before_they_share(start_job):
    assert sorted(start_job()[1] for _ in range(3)) == ["0", "1", "GPU-2"]
    assert sorted(start_job()[1] for _ in range(3)) == ["0", "1", "GPU-2"]


def test_a_slot_is_free_when_its_job_ends_or_is_killed(start_job):
    jobs = [start_job() for _ in range(3)]
    process, devices, _ = jobs[1]
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    assert start_job()[1] == devices
    _, devices, end = jobs[2]
    end()
    assert start_job()[1] == devices


def test_several_gpus_for_one_job_are_different_ones(start_job):
    start_job()
    assert start_job(2)[1] == "1,GPU-2"
    assert start_job(3)[1] == "0,1,GPU-2"
    # The first GPU has two jobs, as the others: the next job finds the lowest slots even.
    assert start_job()[1] == "0"


def test_more_gpus_than_exist_are_an_error(start_job, tmp_path):
    with (
        pytest.raises(TooFewGpus, match="4 GPUs are asked for, allowed are at most 3: 0, 1, GPU-2"),
        gpus_of_its_own(4, tmp_path),
    ):
        pass


def test_visible_devices_are_restored(monkeypatch, tmp_path):
    monkeypatch.setenv(VISIBLE, "0,1")
    with gpus_of_its_own(1, tmp_path):
        assert os.environ[VISIBLE] == "0"
    assert os.environ[VISIBLE] == "0,1"


@pytest.mark.parametrize("hidden", ["", "-1"])
def test_without_a_gpu_nothing_is_done(monkeypatch, tmp_path, hidden):
    monkeypatch.setenv(VISIBLE, hidden)
    with gpus_of_its_own(1, tmp_path):
        assert os.environ[VISIBLE] == hidden
    assert visible_gpus() == []
    assert not list(tmp_path.iterdir())
