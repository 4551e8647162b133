"""The preflight names all problems that would make a study fail, and no others."""

import sys
from pathlib import Path

import pytest

from prunetransfer.config.reading import load_study
from prunetransfer.preflight.cuda import no_cuda_here
from prunetransfer.preflight.disk import too_little_disk
from prunetransfer.preflight.hub import out_of_reach, wanted_from_hub
from prunetransfer.preflight.node import node_problems
from prunetransfer.preflight.problems import PreflightError, preflight

PROJECT = Path(__file__).parents[2]
MINIATURE = load_study(PROJECT / "config.yaml")
BERT_BASE = load_study(PROJECT / "workflow/studies/bert-base.yaml")


def test_the_miniature_can_start_anywhere(tmp_path):
    preflight(MINIATURE, tmp_path / "results" / "miniature", slots=2, gpus=0)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cant_be_written_to_is_named():
    folder = Path("/proc/results/miniature")
    with pytest.raises(PreflightError, match=f"{folder}: can't write there"):
        preflight(MINIATURE, folder, slots=1, gpus=0)


def test_a_small_disk_is_too_small(disk, tmp_path):
    (problem,) = too_little_disk(MINIATURE, disk.folder / "results", slots=2)
    assert str(disk.folder / "results") in problem
    assert "0.0 GB are free" in problem
    assert list(too_little_disk(MINIATURE, tmp_path, slots=2)) == []


def test_missing_data_of_an_unreachable_hub_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "cache"))
    assert wanted_from_hub(MINIATURE, tmp_path) == []
    wanted = wanted_from_hub(BERT_BASE, tmp_path)
    assert "encoder.name (google-bert/bert-base-uncased)" in wanted
    assert len(wanted) == 1 + 2 + 5
    assert list(out_of_reach(wanted, None)) == []
    (problem,) = out_of_reach(wanted, "there is no network")
    assert "google-bert/bert-base-uncased" in problem and "there is no network" in problem

    prepared = tmp_path / "tasks/MNLI/manifest.json"
    prepared.parent.mkdir(parents=True)
    prepared.touch()
    (tmp_path / "cache/models--google-bert--bert-base-uncased/snapshots/main").mkdir(parents=True)
    left = wanted_from_hub(BERT_BASE, tmp_path)
    assert set(wanted) - set(left) == {wanted[0], "task_definitions.MNLI.source.dataset (nyu-mll/glue)"}


@pytest.mark.xdist_group("workflow")
def test_snakemake_refuses_before_the_first_job(finished_project):
    done = finished_project.run(
        "snakemake", "--cores", "1", "--configfile", "workflow/studies/bert-base.yaml", check=False
    )
    assert done.returncode != 0
    output = done.stdout + done.stderr
    assert "encoder.name (google-bert/bert-base-uncased)" in output
    assert "rule encoder:" not in output
    assert not (finished_project.folder / "results/bert-base/encoder").exists()


def test_gpus_that_torch_doesnt_see_are_a_problem(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    (problem,) = no_cuda_here()
    assert problem.startswith("gpu: asked for, but torch sees no CUDA device here")


def test_a_node_like_this_machine_has_no_problems(tmp_path):
    assert list(node_problems("env", MINIATURE, tmp_path / "results", gpus=0)) == []
    assert list((tmp_path / "results").iterdir()) == []


def test_a_node_without_our_files_and_gpus_has_problems(tmp_path):
    """The command moves the file that the probe looks for, and hides the GPUs."""
    elsewhere = tmp_path / "elsewhere.py"
    elsewhere.write_text(
        "import os, pathlib, sys\n"
        "pathlib.Path(sys.argv[-1]).rename(pathlib.Path(sys.argv[-1]).with_suffix('.moved'))\n"
        "os.environ['CUDA_VISIBLE_DEVICES'] = ''\n"
        "os.execvp(sys.argv[1], sys.argv[1:])\n"
    )
    problems = list(node_problems(f"{sys.executable} {elsewhere}", MINIATURE, tmp_path / "results", gpus=1))
    assert "doesn't see its files" in problems[0]
    assert "torch sees no CUDA device on" in problems[1]
    assert len(problems) == 2


def test_a_node_that_cannot_be_reached_is_an_error_with_its_reason(tmp_path):
    (problem,) = node_problems("ls --no-such-option", MINIATURE, tmp_path / "results", gpus=0)
    assert "exit status 2" in problem and "no-such-option" in problem
