"""Faults of jobs, daemons and Snakemake on a cluster: a checkpoint's training continues from its saved state."""

import signal
import time
from pathlib import Path

import pytest
from project import Project

from prunetransfer.storage.files import read_json

STEPS = 4000
"""Enough steps so that a fault after the first ones is in the middle of the training."""


def uninterrupted(project: Project, steps: int, folder: Path) -> bytes:
    """The weights of an uninterrupted run without a cluster."""
    settings = project.settings("pretrain", criterion="magnitude", sparsity="50")
    settings = settings.model_copy(update={"phase": settings.phase.model_copy(update={"steps": steps})})
    results = project.folder / "results/miniature"
    project.run(
        *("prunetransfer", "pretrain", "--settings", settings.model_dump_json()),
        *("--checkpoint", f"{results}/burn_in/manifest.json", "--corpus", f"{results}/corpus/manifest.json"),
        *("--output", f"{folder}/manifest.json", "--state", f"{folder}/state", "--timing", f"{folder}/timing.json"),
    )
    return (folder / "checkpoint.safetensors").read_bytes()


@pytest.fixture(scope="module")
def expected(finished_project, tmp_path_factory) -> bytes:
    return uninterrupted(finished_project, STEPS, tmp_path_factory.mktemp("expected"))


@pytest.fixture
def under_way(cluster_project, wait_until):
    """A running Snakemake whose training has begun its steps."""
    cluster_project.train_for(STEPS)
    process = cluster_project.start(cluster_project.CHECKPOINT)
    wait_until(cluster_project.training, process)
    yield process
    process.kill()
    process.wait()


def test_a_cancelled_and_a_requeued_job_go_on(cluster_project, under_way, wait_until, expected):
    project = cluster_project
    (job,) = project.jobs()
    project.training_log.unlink()
    project.cluster.run("scancel", job["JobId"])
    wait_until(project.training, under_way)
    assert "resuming at step" in project.training_log.read_text()
    first, second = project.jobs()
    assert first["JobState"] == "CANCELLED"
    assert second["JobState"] == "RUNNING"
    project.training_log.unlink()
    project.cluster.run("scontrol", "requeue", second["JobId"])
    wait_until(lambda: project.jobs()[1]["JobState"] == "PENDING", under_way)
    project.cluster.run("scontrol", "update", f"JobId={second['JobId']}", "StartTime=now")  # else in two minutes
    wait_until(project.training, under_way)
    assert "resuming at step" in project.training_log.read_text()
    project.finish(under_way)
    assert [job["JobState"] for job in project.jobs()] == ["CANCELLED", "COMPLETED"]
    assert project.jobs()[1]["Restarts"] == "1"
    assert project.weights() == expected


def test_a_killed_snakemakes_jobs_are_cancelled_by_the_next(cluster_project, under_way, wait_until, expected):
    project = cluster_project
    under_way.kill()
    under_way.wait()
    (job,) = project.jobs()
    assert job["JobState"] == "RUNNING"
    listed = project.run("prunetransfer", "orphans", "config.yaml").stdout
    assert listed.split() == [job["JobId"], "RUNNING", job["Comment"]]
    config = (project.folder / "config.yaml").read_text()
    (project.folder / "other.yaml").write_text(config.replace("study: miniature", "study: other"))
    assert project.run("prunetransfer", "orphans", "other.yaml").stdout == "", "it lists no jobs of another study"
    project.run("snakemake", "--unlock")
    project.training_log.unlink()
    output = project.finish(project.start(project.CHECKPOINT))
    assert f"an earlier start left it: SLURM job {job['JobId']}" in output
    assert "resuming at step" in project.training_log.read_text()
    assert [job["JobState"] for job in project.jobs()] == ["CANCELLED", "COMPLETED"]
    assert project.weights() == expected


def test_the_daemons_may_be_down_for_half_a_minute(cluster_project, under_way, expected):
    project = cluster_project
    project.cluster.stop("slurmd")
    project.cluster.stop("slurmctld")
    time.sleep(30)
    project.cluster.start_slurmctld()
    project.cluster.start_slurmd()
    project.finish(under_way)
    assert project.weights() == expected


def test_a_second_snakemake_lists_the_runs_in_progress_and_ends(cluster_project, under_way):
    project = cluster_project
    second = project.run(
        *("snakemake", "--workflow-profile", "workflow/profiles/slurm", "--", project.CHECKPOINT), check=False
    )
    assert second.returncode != 0
    (job,) = project.jobs()
    output = second.stdout + second.stderr
    assert "Directory cannot be locked" in output
    assert f"SLURM job {job['JobId']}" in output
    assert under_way.poll() is None
    under_way.send_signal(signal.SIGINT)
    under_way.wait()
    assert project.jobs()[0]["JobState"] == "CANCELLED"


@pytest.mark.slow
def test_a_time_limit_ends_no_training(cluster_project, finished_project, tmp_path):
    """Jobs may take a minute, and the training needs more than two. At each limit, SLURM's SIGTERM makes it save, and its
    retry continues."""
    project = cluster_project
    uninterrupted(finished_project, STEPS, tmp_path / "rate")
    steps = round(150 * STEPS / read_json(tmp_path / "rate" / "timing.json")["seconds"])
    profile = "workflow/profiles/slurm/config.yaml"
    # Without the signal before the limit, which may come a minute early: then next to nothing would be left of a minute.
    project.edit(profile, "pretrain: *training", "pretrain: {slurm_partition: gpu, gpu: 1, runtime: 1}")
    project.edit(profile, "retries: 3", "retries: 20")
    project.train_for(steps)
    project.finish(project.start(project.CHECKPOINT))
    jobs = project.jobs()
    assert {job["TimeLimit"] for job in jobs} == {"00:01:00"}
    assert [job["JobState"] for job in jobs] == ["TIMEOUT"] * (len(jobs) - 1) + ["COMPLETED"]
    assert len(jobs) > 1
    assert project.weights() == uninterrupted(finished_project, steps, tmp_path / "expected")
