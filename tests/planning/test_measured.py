"""The throughput computed from a study's times equals the throughput from which the test made them."""

import pytest

from prunetransfer.planning.costs import cost_of
from prunetransfer.planning.measured import measured_others, measured_throughput
from prunetransfer.planning.tasks import task_size
from prunetransfer.planning.throughput import Throughput
from prunetransfer.planning.trainings import trainings
from prunetransfer.storage.files import write_json


def leave_times(study, sizes, throughput, folder, jobs):
    """Writes the files with times that jobs would write at a given throughput."""
    for job in jobs:
        cost = cost_of(study, job, sizes, throughput)
        (folder / "benchmarks" / job.job).parent.mkdir(parents=True, exist_ok=True)
        (folder / "benchmarks" / f"{job.job}.tsv").write_text(f"s\th:m:s\n{cost.seconds}\t0:00:00\n")
        if job.task is None:
            rate = throughput.pretraining_tokens_per_second
            times = {"seconds": cost.tokens / rate, "tokens_per_second": rate}
        else:
            rate = throughput.finetuning(job.task) / sizes[job.task].mean_tokens
            times = {"seconds": 1.0, "examples_per_second": rate}
        write_json(folder / "timing" / f"{job.job}.json", times)


@pytest.fixture
def study(make_study):
    return make_study()


@pytest.fixture
def sizes(study, tmp_path):
    return {task: task_size(study, task, tmp_path) for task in study.tasks}


def test_times_give_back_rates_and_seconds(study, sizes, tmp_path):
    rates = {task: 100.0 * place for place, task in enumerate(study.tasks, start=1)}
    true = Throughput(
        pretraining_tokens_per_second=5000,
        finetuning_tokens_per_second=rates,
        seconds_per_job=3,
        tokens_per_sequence=27,
    )
    jobs = list(trainings(study))
    leave_times(study, sizes, true, tmp_path, jobs)
    found, count = measured_throughput(study, sizes, tmp_path)
    assert count == len(jobs)
    assert found.tokens_per_sequence == pytest.approx(27)
    for job in jobs:
        assert cost_of(study, job, sizes, found).seconds == pytest.approx(cost_of(study, job, sizes, true).seconds)


def test_a_task_without_times_gets_the_others_median(study, sizes, throughput, tmp_path):
    jobs = [job for job in trainings(study) if job.task in (None, study.tasks[0])]
    leave_times(study, sizes, throughput, tmp_path, jobs)
    found, _ = measured_throughput(study, sizes, tmp_path)
    assert found.finetuning(study.tasks[1]) == pytest.approx(throughput.finetuning("any"))


def test_pretraining_alone_is_not_enough(study, sizes, throughput, tmp_path):
    leave_times(study, sizes, throughput, tmp_path, [job for job in trainings(study) if job.task is None])
    assert measured_throughput(study, sizes, tmp_path) is None


def test_a_job_without_a_step_has_no_rate(study, sizes, throughput, tmp_path):
    leave_times(study, sizes, throughput, tmp_path, trainings(study))
    write_json(tmp_path / "timing" / "burn_in.json", {"seconds": 0.1, "tokens_per_second": 0.0})
    found, count = measured_throughput(study, sizes, tmp_path)
    assert count == len(list(trainings(study))) - 1
    assert found.pretraining_tokens_per_second == pytest.approx(1000)


def test_other_jobs_are_summed_by_rule(study, tmp_path):
    for name, seconds in (("corpus", 4), ("tasks/sentiment", 1), ("tasks/inference", 2), ("tasks/of_another_study", 9)):
        (tmp_path / "benchmarks" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "benchmarks" / f"{name}.tsv").write_text(f"s\n{seconds}\n")
    assert measured_others(study, tmp_path) == {"corpus": 4, "task": 3}
