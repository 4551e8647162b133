"""Plans of whole studies, whose sums can be checked by hand, and the command `plan`."""

import json
import subprocess
import sys

import pytest

from prunetransfer.planning.layout import duration, report
from prunetransfer.planning.plan import Machine, make_plan

RATES = {
    "pretraining_tokens_per_second": 256_000,
    "finetuning_tokens_per_second": 200_000,
    "evaluation_tokens_per_second": 600_000,
    "encoder": {},
}


@pytest.fixture
def rates(tmp_path):
    path = tmp_path / "rates.json"
    path.write_text(json.dumps(RATES))
    return path


def test_hours_are_tokens_over_rates(bert_base, rates, tmp_path):
    plan = make_plan(bert_base, Machine(1), tmp_path, rates)
    trained, evaluated = 19 * 100_000 * 32 * 128, 19 * 10_000 * 128
    stage = plan.stages["pretrain"]
    assert (stage.jobs, stage.tokens) == (19, trained)
    assert stage.device_seconds == pytest.approx(trained / 256_000 + evaluated / 600_000)
    assert plan.wall_seconds == pytest.approx(plan.device_seconds)


def test_more_devices_take_less_time_and_the_same_work(bert_base, rates, tmp_path):
    one, eight, packed = (
        make_plan(bert_base, machine, tmp_path, rates) for machine in (Machine(1), Machine(8), Machine(4, 2))
    )
    assert one.device_seconds == pytest.approx(eight.device_seconds)
    assert packed.wall_seconds == pytest.approx(eight.wall_seconds)
    assert packed.device_seconds == pytest.approx(one.device_seconds / 2)
    assert one.device_seconds / 8 <= eight.wall_seconds <= one.device_seconds / 8 + one.critical_seconds


def test_every_number_names_its_origin(bert_base, rates, tmp_path):
    plan = make_plan(bert_base, Machine(1), tmp_path, rates)
    assert set(bert_base.tasks) < set(plan.origins)
    assert all(any(word in origin for word in ("measured", "given", "assumed")) for origin in plan.origins.values())
    assert "unknown" in report(plan)


def test_the_command_imports_no_torch(rates, project):
    code = (
        "import sys; from prunetransfer.cli import run\n"
        f"status = run(['plan', 'workflow/studies/bert-base.yaml', '--throughput', {str(rates)!r}, '--json'])\n"
        "assert 'torch' not in sys.modules and 'transformers' not in sys.modules; sys.exit(status)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=project, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    plan = json.loads(done.stdout)
    assert plan["stages"]["prune_after"]["jobs"] == 30
    assert plan["throughput"]["pretraining_tokens_per_second"] == 256_000


def test_the_command_names_errors(project, tmp_path):
    (tmp_path / "rates.json").write_text("{}")
    arguments = ["plan", "config.yaml", "--throughput", str(tmp_path / "rates.json")]
    done = subprocess.run(
        [sys.executable, "-m", "prunetransfer", *arguments], cwd=project, capture_output=True, text=True
    )
    assert done.returncode == 1
    assert "error:" in done.stderr and "pretraining_tokens_per_second: is missing" in done.stderr


@pytest.mark.parametrize("steps", ["many", "few, as long as they take"])
@pytest.mark.parametrize("architecture", ["bert", "roberta"])
def test_a_probe_times_the_code_that_will_run(make_study, architecture, steps, tmp_path, monkeypatch):
    if steps != "many":
        monkeypatch.setattr("prunetransfer.planning.probe.SECONDS", 0.0)

    def tiny(content):
        content["encoder"] |= {"architecture": architecture, "hidden_size": 16, "intermediate_size": 32}
        content["pretraining"]["objective"]["next_sentence"] = architecture == "bert"

    plan = make_plan(make_study(tiny), Machine(2, unit="core"), tmp_path)
    assert plan.throughput.pretraining_tokens_per_second > 0
    assert all(rate > 0 for rate in plan.throughput.finetuning_tokens_per_second.values())
    assert "probe" in plan.origins["throughput"]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(3.21, "3.2 s"), (253, "4 min 13 s"), (3599.7, "1 h"), (7500, "2 h 5 min"), (1_047_600, "12 days 3 h")],
)
def test_durations(seconds, words):
    assert duration(seconds) == words
