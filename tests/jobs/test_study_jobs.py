"""Checks the graph of a study's jobs without Snakemake."""

import dataclasses

import pytest

from prunetransfer.config.methods import METHODS, Mask, Method, Start
from prunetransfer.config.reading import load_study
from prunetransfer.jobs.files import MissingUnpruned
from prunetransfer.jobs.study_jobs import StudyJobs
from studies import SHIPPED


@pytest.fixture(params=SHIPPED, ids=lambda path: path.name)
def jobs(request) -> StudyJobs:
    return StudyJobs(load_study(request.param))


def test_each_job_is_listed_once_and_after_the_jobs_it_waits_for(jobs):
    done = set()
    for job in jobs.jobs:
        assert job.name not in done
        assert done.issuperset(jobs.after[job.name])
        done.add(job.name)


def test_every_input_is_written_by_a_job_or_is_no_result(jobs):
    written = {path for job in jobs.jobs for files in job.outputs.values() for path in files}
    assert len(written) == sum(len(files) for job in jobs.jobs for files in job.outputs.values()), "written once"
    for job in jobs.jobs:
        for path in (path for files in job.inputs.values() for path in files):
            assert path in written or not path.startswith("results/"), f"{job.name} reads {path}, which no job writes"


def test_every_result_serves_the_tables_and_figures(jobs):
    """No job is useless: tables and figures depend, directly or indirectly, on all of them."""
    makers = {path: job.name for job in jobs.jobs for files in job.outputs.values() for path in files}
    reached, waiting = set(), [makers[path] for path in [*jobs.tables, *jobs.drawn]]
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting += jobs.after[name]
    assert {job.name for job in jobs.jobs} - reached == {"config", "manifest"}


def test_what_is_missing_is_left_out_only_where_that_is_allowed(make_study, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    study = make_study()
    with pytest.raises(MissingUnpruned, match=r"pretrained/dense/0/manifest\.json is missing"):
        StudyJobs(study, allow_missing=True)
    unpruned = tmp_path / "results/miniature/pretrained/dense/0/manifest.json"
    unpruned.parent.mkdir(parents=True)
    unpruned.touch()
    all_runs = StudyJobs(study)["runs"].job().inputs["metrics"]
    assert "metrics" not in StudyJobs(study, allow_missing=True)["runs"].job().inputs
    (tmp_path / all_runs[3]).parent.mkdir(parents=True)
    (tmp_path / all_runs[3]).touch()
    assert StudyJobs(study, allow_missing=True)["runs"].job().inputs["metrics"] == [all_runs[3]]


def test_a_new_method_needs_one_row_and_retrains_nothing(make_study, monkeypatch):
    """Follows docs/extending.md: adds a row to METHODS, and an arm to the configuration."""
    before = {job.name: (job.settings, job.modules, job.inputs) for job in StudyJobs(make_study()).jobs}
    row = dataclasses.replace(METHODS["prune_downstream"], start=METHODS["from_scratch"].start, label="Sparse start")
    monkeypatch.setitem(METHODS, "sparse_start", row)
    study = make_study()
    arm = study.arms["prune_downstream"].model_copy(update={"method": "sparse_start"})
    study = study.model_copy(update={"arms": {**study.arms, "sparse_start": arm}})
    after = {job.name: (job.settings, job.modules, job.inputs) for job in StudyJobs(study).jobs}
    trained = [name for name in before if name.startswith(("burn_in", "pretrained/", "finetuned/", "prune_after/"))]
    assert all(after[name] == before[name] for name in trained)
    settings, _, inputs = after["finetuned/sparse_start/60/sentiment/lr5e-4/seed0"]
    assert settings.fresh_weights and settings.mask.saliency == "magnitude"
    assert inputs["checkpoint"] == ["results/miniature/encoder/manifest.json"]


def test_each_method_starts_where_its_row_says(make_study, monkeypatch):
    """What Table 1 shows of a row's checkpoint is what its runs start from."""
    rows = {
        "dense_once": Method("Dense", Start.DENSE, Mask.ONE_SHOT),
        "deleted": Method("Deleted", Start.PRUNED, Mask.NONE),
        "fresh": Method("Fresh", Start.FRESH, Mask.ONE_SHOT),
        "later": Method("Later", Start.FINETUNED, Mask.NONE),
    }
    study = make_study()
    for name, row in rows.items():
        monkeypatch.setitem(METHODS, name, row)
    arm = study.arms["prune_pretrain"]
    study = study.model_copy(
        update={"arms": {**study.arms, **{name: arm.model_copy(update={"method": name}) for name in rows}}}
    )
    jobs = StudyJobs(study)
    starts = {
        (job.wildcards["arm"], job.wildcards["sparsity"]): job.inputs["checkpoint"][0].removeprefix(
            "results/miniature/"
        )
        for job in jobs.jobs
        if job.rule == "finetune" and job.wildcards["arm"] in rows
    }
    trajectory = "trajectories/inference/lr5e-4/seed0/epoch6/manifest.json"
    assert {key: start for key, start in starts.items() if key[1] in ("0", "60")} == {
        ("dense_once", "60"): "pretrained/dense/0/manifest.json",
        ("deleted", "60"): "pretrained/magnitude/60/manifest.json",
        ("fresh", "0"): "encoder/manifest.json",
        ("fresh", "60"): "encoder/manifest.json",
        ("later", "0"): trajectory,
        ("later", "60"): trajectory,
    }, "those that would repeat the unpruned model at 0 % share its runs"
    assert jobs["runs"].settings({}).checkpoint_of("dense_once", 60) == ("dense", 0)
    assert ("dense", 60) not in list(jobs["runs"].settings({}).checkpoints())


def test_a_mask_can_be_kept_only_where_there_is_one():
    with pytest.raises(ValueError, match=r"Mask\.KEPT needs Start\.PRUNED"):
        Method("Odd", Start.DENSE, Mask.KEPT)


def test_masks_are_compared_with_those_of_magnitude_by_matrix_only(make_study):
    def compared(**changes):
        study = make_study(lambda content: content["pretraining"]["criteria"]["magnitude"].update(changes))
        return StudyJobs(study)["mask_differences"].job().inputs.get("checkpoints", [])

    assert len(compared()) == 3
    assert compared(scope="global") == []
