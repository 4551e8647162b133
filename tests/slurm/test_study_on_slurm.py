"""The miniature, cut down, through a real SLURM with GPU requests."""

from datetime import datetime

TRAINED = ("burn_in", "pretrained", "finetuned", "trajectories")
TRAINING_RULES = ("burn_in", "pretrain", "followed_trajectory", "finetune")


def cut(content: dict) -> None:
    content["tasks"] = ["inference"]
    del content["arms"]["from_scratch"]


def at_once(jobs: list[dict[str, str]]) -> int:
    """The most jobs that ran at one moment, by SLURM's records; one that starts in the second that another ends follows it."""
    changes = sorted(
        (datetime.fromisoformat(job[key]), change)
        for job in jobs
        for key, change in (("EndTime", -1), ("StartTime", 1))
    )
    running = most = 0
    for _, change in changes:
        running += change
        most = max(most, running)
    return most


def test_every_training_holds_a_gpu_and_has_the_bytes_of_a_workstation(cluster_project, finished_project):
    project = cluster_project
    project.configure(cut)
    project.remake(*TRAINED, "analysis", "tables", "figures")
    project.finish(project.start("results/miniature/tables/table1.md", "results/miniature/figures/figure5.png"))

    jobs = project.jobs()
    assert {job["JobState"] for job in jobs} == {"COMPLETED"}
    trainings = [job for job in jobs if job["Comment"].split("_wildcards_")[0].removeprefix("rule_") in TRAINING_RULES]
    assert len(trainings) == 10
    assert {job["JOB_GRES"] for job in trainings} == {"gpu:pretended:1"}
    assert at_once(trainings) <= 2
    devices = project.cluster.devices()
    assert {devices[job["JobId"]] for job in trainings} == {"0", "1"}
    for device in ("0", "1"):
        assert at_once([job for job in trainings if devices[job["JobId"]] == device]) == 1
    others = [job for job in jobs if job not in trainings]
    assert others and {job["JOB_GRES"] for job in others} == {"(null)"}

    expected = {name: digest for name, digest in finished_project.hashes().items() if name.startswith(TRAINED)}
    made = {name: digest for name, digest in project.hashes().items() if name.startswith(TRAINED)}
    assert len(made) > 20
    assert made.items() <= expected.items()
