"""A killed command, run again, ends with the bytes of one that was never killed."""

import hashlib
import os
import random
import shutil
import subprocess
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.xdist_group("workflow")

RESULTS = Path("results/miniature")
KILLS = int(os.environ.get("PRUNETRANSFER_KILLS", "3"))
"""The number of kills of each command."""


def pretrain_command(project, folder: Path) -> list[str]:
    settings = project.settings("pretrain", criterion="magnitude", sparsity="50")
    # The command takes some seconds, long enough to be killed in the middle.
    settings = settings.model_copy(update={"phase": settings.phase.model_copy(update={"steps": 50 * KILLS})})
    return [
        *("pretrain", "--settings", settings.model_dump_json(), "--output", f"{folder}/manifest.json"),
        *("--checkpoint", f"{RESULTS}/burn_in/manifest.json", "--corpus", f"{RESULTS}/corpus/manifest.json"),
        *("--state", f"{folder}/state.safetensors", "--timing", f"{folder}/../timing.json", "--save-interval", "0"),
    ]


def finetune_command(project, folder: Path) -> list[str]:
    run = {"arm": "prune_pretrain", "sparsity": "50", "task": "inference", "learning_rate": "1e-3", "seed": "0"}
    settings = project.settings("finetune", **run)
    settings = settings.model_copy(update={"epochs": 20 * KILLS, "snapshots": (20, 20 * KILLS)})
    return [
        *("finetune", "--settings", settings.model_dump_json(), "--metrics", f"{folder}/metrics.json"),
        *("--predictions", f"{folder}/predictions.npy", "--snapshots", f"{folder}/epoch*/manifest.json"),
        *("--checkpoint", f"{RESULTS}/pretrained/magnitude/50/manifest.json"),
        *("--task", f"{RESULTS}/tasks/inference/manifest.json"),
        *("--state", f"{folder}/state.safetensors", "--timing", f"{folder}/../timing.json", "--save-interval", "0"),
    ]


def last_save(state: Path) -> int | None:
    try:
        return state.stat().st_mtime_ns
    except FileNotFoundError:
        return None


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.mark.parametrize("command", [pretrain_command, finetune_command])
def test_a_killed_run_resumes_to_the_same_bytes(finished_project, tmp_path, command):
    project = finished_project
    # Both runs have the same output path, because a checkpoint's manifest has the relative path of its encoder.
    folder = tmp_path / "made" / "here"
    arguments = ["env", "PRUNETRANSFER_WARM=1", "prunetransfer", *command(project, folder)]
    started = time.monotonic()
    project.run(*arguments)
    duration = time.monotonic() - started
    uninterrupted = digests(folder)
    shutil.rmtree(folder)

    state = folder / "state.safetensors"
    moments = random.Random(0)
    kills = 0
    saved = False
    for _ in range(KILLS):
        before = last_save(state)
        process = subprocess.Popen(
            arguments, cwd=project.folder, env=project.environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        if moments.random() < 0.8:  # most are to strike while it trains and saves, after every step; others before
            while last_save(state) == before and process.poll() is None:
                time.sleep(0.01)
        try:
            process.wait(timeout=moments.uniform(0, duration / KILLS))
            break  # done, resumed often enough
        except subprocess.TimeoutExpired:
            process.kill()
            kills += 1
            saved |= state.exists()
        finally:
            process.communicate()
    print(f"{kills} kills")
    assert kills and saved, "nothing was killed after it had saved"
    project.run(*arguments)
    assert digests(folder) == uninterrupted
    assert not state.exists()


def test_a_state_of_other_settings_is_not_resumed(finished_project, tmp_path):
    project = finished_project
    folder = tmp_path / "made" / "here"
    arguments = finetune_command(project, folder)
    process = subprocess.Popen(
        ["env", "PRUNETRANSFER_WARM=1", "prunetransfer", *arguments],
        cwd=project.folder,
        env=project.environment,
        stderr=subprocess.PIPE,
    )
    while not (folder / "state.safetensors").exists() and process.poll() is None:
        time.sleep(0.01)
    process.kill()
    process.communicate()
    assert (folder / "state.safetensors").exists()
    other = [
        argument.replace('"seed":0', '"seed":1')
        .replace(f'"epochs":{20 * KILLS}', '"epochs":1')
        .replace(f"[20,{20 * KILLS}]", "[1]")
        for argument in arguments
    ]
    output = project.run("env", "PRUNETRANSFER_WARM=1", "prunetransfer", *other)
    assert "belongs to other settings" in output.stderr
