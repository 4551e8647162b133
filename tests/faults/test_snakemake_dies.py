"""Snakemake is interrupted or killed while a training runs: the training saves and stops, and the next start goes on."""

import os
import signal

import pytest

pytestmark = pytest.mark.xdist_group("workflow")

STEPS = 2000
"""Seconds of training, so that what strikes after the first step strikes in the middle."""


@pytest.fixture
def expected(training_project):
    """The bytes that an uninterrupted run trains."""
    training_project.train_for(STEPS)
    output, _ = (process := training_project.snakemake()).communicate()
    assert process.returncode == 0, output
    weights = training_project.weights()
    training_project.train_for(STEPS)
    return weights


def to_main(process, number):
    process.send_signal(number)


def to_all(process, number):
    """As a terminal does at Ctrl-C, and a service manager or a container's end with SIGTERM."""
    os.killpg(process.pid, number)


@pytest.mark.parametrize(
    ("number", "receiver", "reason"),
    [
        (signal.SIGKILL, to_main, "the process that started this job is gone"),
        (signal.SIGINT, to_all, "told to stop by SIGINT"),
        (signal.SIGTERM, to_all, "told to stop by SIGTERM"),
    ],
)
def test_x(training_project, wait_until, number, receiver, reason):
    project = training_project
    project.train_for(STEPS)
    process = project.snakemake()
    wait_until(project.training, process)
    receiver(process, number)
    out, _ = process.communicate()
    print(out)
    print(process.returncode)
    wait_until(lambda: "error: " in (project.folder / project.LOG).read_text())
    wait_until(lambda: not project.lock.exists())
    print((project.folder / project.LOG).read_text())
    process = project.snakemake()
    print(process.communicate()[0], process.returncode)
    process = project.snakemake("--unlock")
    print(process.communicate()[0], process.returncode)
    process = project.snakemake()
    print(process.communicate()[0], process.returncode)
    print((project.folder / project.LOG).read_text())
    os.system(f"find {project.folder}/results/miniature/.state")
    assert 0
