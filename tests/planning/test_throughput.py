"""Valid throughput files are read. Errors for others name the key, the value found, and the values allowed."""

import json

import pytest

from prunetransfer.planning.errors import PlanError
from prunetransfer.planning.throughput import Throughput, read_throughput

LEAST = {"pretraining_tokens_per_second": 1000, "finetuning_tokens_per_second": 300}


def read(folder, content):
    (folder / "rates.json").write_text(json.dumps(content))
    return read_throughput(folder / "rates.json")


def test_evaluation_is_a_forward_pass_unless_given(tmp_path):
    rates = read(tmp_path, LEAST)
    assert rates.evaluation("CoLA") == pytest.approx(900)
    assert rates.evaluation(None) == pytest.approx(3000)
    assert read(tmp_path, {**LEAST, "evaluation_tokens_per_second": 700}).evaluation("CoLA") == 700


def test_rates_by_task_and_seconds_by_rule(tmp_path):
    rates = read(
        tmp_path, {**LEAST, "finetuning_tokens_per_second": {"a": 1, "b": 2}, "seconds_per_job": {"burn_in": 9}}
    )
    assert rates.finetuning("b") == 2
    assert (rates.besides("burn_in"), rates.besides("finetune")) == (9, 0)
    with pytest.raises(PlanError, match="finetuning_tokens_per_second: found a, b; allowed: a rate for every task"):
        rates.finetuning("c")


def test_the_output_of_a_plan_is_a_throughput_file(tmp_path):
    rates = Throughput(**LEAST, encoder={"layers": 3})
    assert read(tmp_path, {"study": "x", "throughput": rates.model_dump(mode="json")}) == rates


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"pretraining_tokens_per_second": 0}, "pretraining_tokens_per_second: .*found 0"),
        ({"speed": 3}, "speed: is not a key"),
        ({"seconds_per_job": -1}, "seconds_per_job.*found -1"),
        ({"encoder": {"layers": "many"}}, "encoder.layers: must be a whole number, found 'many'"),
    ],
)
def test_wrong_values_are_named(tmp_path, change, message):
    with pytest.raises(PlanError, match=message):
        read(tmp_path, {**LEAST, **change})


def test_files_that_are_not_json(tmp_path):
    (tmp_path / "rates.json").write_text("fast")
    with pytest.raises(PlanError, match=r"rates\.json"):
        read_throughput(tmp_path / "rates.json")
    with pytest.raises(PlanError, match="nowhere"):
        read_throughput(tmp_path / "nowhere")
    with pytest.raises(PlanError, match="must be a mapping"):
        read(tmp_path, [1])
