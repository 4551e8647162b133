"""Snakemake is interrupted, killed or started twice. Trainings save and stop, and the next start continues from there."""

import os
import signal

import pytest

pytestmark = pytest.mark.xdist_group("workflow")

STEPS = 300
"""Enough steps for some seconds of training, so that a fault after the first step is in the middle of the training."""


@pytest.fixture(scope="module")
def expected(training_project):
    """The bytes of the weights that an uninterrupted run writes."""
    training_project.train_for(STEPS)
    process = training_project.snakemake()
    output, _ = process.communicate()
    assert process.returncode == 0, output
    return training_project.weights()


@pytest.fixture
def under_way(training_project, expected, wait_until):
    """A running Snakemake whose training has begun its steps."""
    training_project.train_for(STEPS)
    process = training_project.snakemake()
    wait_until(training_project.training, process)
    yield process
    process.kill()
    process.wait()


def stopped_and_saved(project, wait_until) -> str:
    """Waits until the training has ended. Returns its log."""
    wait_until(lambda: "stopped before step" in project.training_log.read_text())
    assert (project.folder / project.STATE).exists()
    assert not project.lock.exists()
    return project.training_log.read_text()


def finish(project, expected):
    process = project.snakemake()
    output, _ = process.communicate()
    assert process.returncode == 0, output
    assert "resuming at step" in project.training_log.read_text()
    assert project.weights() == expected
    assert not (project.folder / project.STATE).exists()


def test_a_killed_snakemake_leaves_no_training_behind(training_project, under_way, wait_until, expected):
    under_way.kill()
    log = stopped_and_saved(training_project, wait_until)
    assert "the process that started this job is gone: stopped before step" in log
    training_project.run("snakemake", "--unlock")
    finish(training_project, expected)


def test_a_second_snakemake_lists_the_runs_and_ctrl_c_stops_the_first(
    training_project, under_way, wait_until, expected
):
    second = training_project.snakemake()
    output, _ = second.communicate()
    assert second.returncode != 0
    run = training_project.STATE.removesuffix(".safetensors")
    assert f"in progress: {run}: host " in output
    assert "Directory cannot be locked" in output
    assert under_way.poll() is None
    os.killpg(under_way.pid, signal.SIGINT)  # a terminal's Ctrl-C comes to all of them
    output, _ = under_way.communicate()
    assert under_way.returncode != 0
    assert "told to stop by SIGINT: stopped before step" in output, "the failed job's log is shown"
    stopped_and_saved(training_project, wait_until)
    finish(training_project, expected)
