"""The jobs of a configuration: their numbers in the paper's grid, and the jobs for which each waits."""

from collections import Counter

from prunetransfer.jobs.study_grid import grid
from prunetransfer.planning.trainings import trainings


def test_the_papers_grid(bert_base):
    counts = Counter(job.rule for job in trainings(bert_base))
    # 10 sparsities x 2 criteria, which share the unpruned checkpoint; 4 arms x 10 sparsities, and two arms share its 0 %.
    assert counts["burn_in"] == 1
    assert counts["pretrain"] == 19
    assert counts["trajectory"] == 5 * 3  # a task each, three of four learning rates
    assert counts["followed_trajectory"] == 5
    assert counts["prune_after"] == 5 * 6
    unpruned = counts["trajectory"] + counts["followed_trajectory"]
    assert counts["finetune"] + unpruned == len(list(grid(bert_base).runs()))


def test_a_job_is_listed_once_and_after_the_jobs_it_waits_for(bert_base):
    seen = set()
    for job in trainings(bert_base):
        assert job.job not in seen
        assert seen.issuperset(job.after)
        seen.add(job.job)


def test_the_followed_run_trains_until_its_last_snapshot(bert_base):
    epochs = {job.epochs for job in trainings(bert_base) if job.rule == "followed_trajectory"}
    assert epochs == {12}
    assert {job.epochs for job in trainings(bert_base) if job.rule == "trajectory"} == {3}


def test_pruning_downstream_waits_for_the_same_tasks_unpruned_run(bert_base):
    jobs = {job.job: job for job in trainings(bert_base)}
    assert jobs["finetuned/prune_downstream/60/CoLA/lr3e-5/seed0"].after == (
        "finetuned/prune_pretrain/0/CoLA/lr3e-5/seed0",
    )
    assert jobs["prune_after/epoch0/CoLA/lr5e-5/seed0"].after == ("pretrained/dense/0",)
    assert jobs["prune_after/epoch3/CoLA/lr5e-5/seed0"].after == ("finetuned/prune_pretrain/0/CoLA/lr5e-5/seed0",)


def test_without_figure_3_nothing_is_pruned_after_epochs(make_study):
    study = make_study(lambda content: content["analyses"].update(prune_after=None))
    assert "prune_after" not in {job.rule for job in trainings(study)}


def test_from_scratch_waits_for_no_training(make_study):
    study = make_study(lambda content: content["arms"].update(from_scratch={"epochs": 2}))
    scratch = [job for job in trainings(study) if "/from_scratch/" in job.job]
    assert len(scratch) == len(study.tasks)
    assert all(job.after == () and job.epochs == 2 for job in scratch)
