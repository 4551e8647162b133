"""`verify` names every file that is missing or changed, and no other."""

import json
import os
import random

import pytest

from prunetransfer.storage.files import write_json, write_manifest
from prunetransfer.storage.verification import DamagedResults, verify, write_study_manifest


@pytest.fixture
def study(tmp_path):
    """A results folder with every kind of result."""
    folder = tmp_path / "results" / "study"
    contents = {
        "pretrained/magnitude/60/checkpoint.safetensors": os.urandom(300_000),
        "finetuned/random/60/task/lr1e-3/seed0/predictions.npy": os.urandom(300),
        "tables/table1.csv": b"arm,score\nrandom,61.5\n",
        "figures/figure1.png": os.urandom(1000),
        "analysis/trajectories/task/movement.csv": b"a,b\n",
        "config.yaml": b"study: study\n",
        "timing/job.json": b"{}",
        "logs/job.log": b"",
    }
    for name, content in contents.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    checkpoint = folder / "pretrained/magnitude/60"
    write_json(checkpoint / "metrics.json", {"mlm_loss": 2.5})
    files = [checkpoint / "checkpoint.safetensors", checkpoint / "metrics.json"]
    write_manifest(checkpoint / "manifest.json", {"kind": "checkpoint"}, files)
    run = folder / "finetuned/random/60/task/lr1e-3/seed0"
    write_manifest(run / "metrics.json", {"dev_score": 61.5, "epochs": 3}, [run / "predictions.npy"])
    write_study_manifest(folder / "manifest.json")
    return folder


MADE_BY = {
    "pretrained/magnitude/60/checkpoint.safetensors": "pretrained/magnitude/60/manifest.json",
    "pretrained/magnitude/60/metrics.json": "pretrained/magnitude/60/manifest.json",
    "pretrained/magnitude/60/manifest.json": "pretrained/magnitude/60/manifest.json",
    "finetuned/random/60/task/lr1e-3/seed0/predictions.npy": "finetuned/random/60/task/lr1e-3/seed0/metrics.json",
    "finetuned/random/60/task/lr1e-3/seed0/metrics.json": "finetuned/random/60/task/lr1e-3/seed0/metrics.json",
    "tables/table1.csv": "tables/table1.csv",
    "figures/figure1.png": "figures/figure1.png",
    "analysis/trajectories/task/movement.csv": "analysis/trajectories/task/movement.csv",
    "config.yaml": "config.yaml",
    "manifest.json": "manifest.json",
}
"""Every result, and the target with which Snakemake makes it again."""


def flip_a_bit(path):
    """Damages a file like a disk error: its modification time stays the same."""
    times = path.stat()
    content = bytearray(path.read_bytes())
    place = random.Random(0).randrange(len(content))
    content[place] ^= 2
    path.write_bytes(content)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


def test_untouched_results_are_all_checked(study):
    message = verify(study)
    assert f"{len(MADE_BY) - 3} files" in message, "all but the three manifests, which have digests of their own"
    assert "all are as they were written" in message


@pytest.mark.parametrize("name", MADE_BY)
def test_a_flipped_bit_is_found_and_named(study, name):
    flip_a_bit(study / name)
    with pytest.raises(DamagedResults) as error:
        verify(study)
    [damaged] = [line for line in str(error.value).splitlines() if line.startswith(f"{study}/")]
    assert damaged.startswith(f"{study / name}: ")
    assert f"snakemake --force {study / MADE_BY[name]}\n" in str(error.value)


@pytest.mark.parametrize("name", [name for name in MADE_BY if MADE_BY[name] != name or not name.endswith(".json")])
def test_a_missing_and_a_short_file_are_named(study, name):
    path = study / name
    times = path.stat()
    path.write_bytes(path.read_bytes()[:-1])
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    with pytest.raises(DamagedResults, match=r"bytes, but .* were written"):
        verify(study)
    path.unlink()
    with pytest.raises(DamagedResults, match=f"{name}: is missing"):
        verify(study)


def test_all_problems_are_named_at_once(study):
    for name in MADE_BY:
        if not name.endswith("manifest.json"):
            flip_a_bit(study / name)
    with pytest.raises(DamagedResults) as error:
        verify(study)
    # metrics.json of a run is a manifest: damaged, it vouches for nothing, also not against the predictions.
    named = [line for line in str(error.value).splitlines() if line.startswith(f"{study}/")]
    assert len(named) == len(MADE_BY) - 2 - 1


def test_an_edited_number_is_found(study):
    path = study / "finetuned/random/60/task/lr1e-3/seed0/metrics.json"
    path.write_text(path.read_text().replace("61.5", "91.5"))
    with pytest.raises(DamagedResults, match="has other content than was written"):
        verify(study)


@pytest.mark.parametrize("content", ["", "[]", "3", "{}", '{"sha256": "0"}', '{"sha256": "0", "files": []}'])
def test_files_that_are_not_manifests_are_named(study, content):
    (study / "pretrained/magnitude/60/manifest.json").write_text(content)
    with pytest.raises(DamagedResults, match=r"60/manifest\.json: can't be read as a manifest"):
        verify(study)


def test_logs_times_and_states_are_no_results(study):
    (study / "timing/job.json").write_text("other")
    (study / "logs/job.log").unlink()
    (study / ".state/pretrained").mkdir(parents=True)
    (study / ".state/pretrained/manifest.json").write_text("{")
    verify(study)


def test_a_table_that_was_made_again_is_no_problem(study):
    table = study / "tables/table1.csv"
    table.write_text("made again")
    later = (study / "manifest.json").stat().st_mtime_ns + 10**9
    os.utime(table, ns=(later, later))
    verify(study)


def test_files_that_have_no_manifest_yet_are_mentioned(study):
    (study / "manifest.json").unlink()
    assert "tables and figures have no manifest yet" in verify(study)


def test_a_folder_without_results_is_refused(tmp_path):
    with pytest.raises(DamagedResults, match="isn't a study's folder"):
        verify(tmp_path)


def test_manifests_do_not_depend_on_who_lists(study):
    before = json.loads((study / "manifest.json").read_text())
    write_study_manifest(study / "manifest.json")
    assert json.loads((study / "manifest.json").read_text()) == before
    assert set(before["files"]) == {
        "tables/table1.csv",
        "figures/figure1.png",
        "analysis/trajectories/task/movement.csv",
        "config.yaml",
    }
