"""A finished study has the documented files and columns, the same bytes each time, and no state."""

import json
import re

import pandas as pd
import pytest

pytestmark = pytest.mark.xdist_group("workflow")

COLUMNS = {
    "tables/runs": "arm sparsity task learning_rate seed epochs metric dev_score dev_accuracy train_loss steps"
    " examples_per_second seconds",
    "tables/pretraining": "criterion sparsity seed steps dev_loss mlm_loss nsp_loss mlm_accuracy achieved_sparsity"
    " tokens_per_second seconds",
    "tables/table1": "arm sparsity pretrain_loss task learning_rate dev_accuracy train_loss mean_dev_accuracy"
    " unbiased_dev_accuracy ci_low ci_high paper_dev_accuracy paper_train_loss",
    "tables/table2": "learning_rate task movement_mean_percent movement_std_percent ci_low ci_high paper_mean_percent"
    " paper_std_percent",
    "tables/table3": "matrix weight_mean weight_std paper_weight_mean paper_weight_std",
    "tables/claims": "claim statement statistic value ci_low ci_high threshold verdict paper_value",
    "analysis/movement": "task learning_rate seed epoch level name weights mean std",
    "analysis/movement_bins": "task learning_rate seed epoch name bin weights mean std",
    "analysis/mask_differences": "comparison sparsity task other_task learning_rate seed other_seed epoch name entries"
    " difference chance_difference jaccard chance_jaccard",
    "analysis/settling": "task learning_rate seed epoch sparsity further_epochs dev_accuracy train_loss",
    "analysis/head_sparsity": "criterion sparsity layer head weights head_sparsity",
    "analysis/features": "criterion sparsity layer cosine cosine_std cka tokens",
    "analysis/information": "task points left_out slope slope_low slope_high intercept r2 r2_low r2_high",
    "analysis/averages": "arm sparsity quantity value ci_low ci_high tasks method",
    "analysis/differences": "quantity task arm sparsity reference_arm reference_sparsity difference ci_low ci_high method"
    " degrees_of_freedom",
}


@pytest.mark.parametrize("name, columns", COLUMNS.items(), ids=str)
def test_tables_have_the_columns_that_others_rely_on(finished_project, name, columns):
    table = pd.read_csv(finished_project.folder / f"results/miniature/{name}.csv")
    assert list(table.columns) == columns.split()
    assert len(table)


@pytest.mark.parametrize("number", range(1, 10))
def test_every_figure_is_there_with_what_it_draws(finished_project, number):
    folder = finished_project.folder / "results/miniature/figures"
    assert (folder / f"figure{number}.png").read_bytes().startswith(b"\x89PNG")
    assert (folder / f"figure{number}.pdf").read_bytes().startswith(b"%PDF")
    assert len(pd.read_csv(folder / f"figure{number}.csv"))


def test_every_claim_has_a_verdict(finished_project):
    claims = pd.read_csv(finished_project.folder / "results/miniature/tables/claims.csv")
    assert {int(re.match(r"\d+", claim)[0]) for claim in claims["claim"].astype(str)} == set(range(1, 12))
    assert set(claims["verdict"]) <= {"holds", "fails", "undecided"}


def test_every_arm_has_a_row_at_every_sparsity(finished_project):
    table = pd.read_csv(finished_project.folder / "results/miniature/tables/table1.csv")
    rows = set(zip(table["arm"], table["sparsity"], table["task"], strict=True))
    tasks = ("acceptability", "inference")
    pruned = {
        (arm, sparsity, task)
        for arm in ("prune_pretrain", "information_deletion", "prune_downstream", "random")
        for sparsity in (0, 50)
        for task in tasks
    }
    assert rows == pruned | {("from_scratch", 0, task) for task in tasks}
    assert table["dev_accuracy"].notna().all()


def test_checkpoints_have_exactly_the_sparsity_asked_for(finished_project):
    table = pd.read_csv(finished_project.folder / "results/miniature/tables/pretraining.csv")
    assert set(zip(table["criterion"], table["sparsity"], strict=True)) == {
        ("dense", 0),
        ("magnitude", 50),
        ("random", 50),
    }
    # Each matrix is rounded to whole entries; the smallest has 64 x 64.
    assert (table["achieved_sparsity"] - table["sparsity"]).abs().max() < 100 / 4096


def test_nothing_is_left_to_resume(finished_project):
    state = finished_project.folder / "results/miniature/.state"
    assert not [path for path in state.rglob("*") if path.is_file()]


def test_every_result_is_verified(finished_project):
    project = finished_project
    folder = project.folder / "results/miniature"
    assert "all are as they were written" in project.run("prunetransfer", "verify", "results/miniature").stdout
    manifests = [path for path in folder.rglob("*.json") if "sha256" in json.loads(path.read_text())]
    listed = {manifest.parent / name for manifest in manifests for name in json.loads(manifest.read_text())["files"]}
    results = {folder / name for name in project.hashes()}
    assert results - listed - set(manifests) == set()


def test_a_damaged_result_is_named(finished_project):
    project = finished_project
    name = "results/miniature/finetuned/random/50/inference/lr1e-3/seed0/predictions.npy"
    path = project.folder / name
    whole = path.read_bytes()
    path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    done = project.run("prunetransfer", "verify", "results/miniature", check=False)
    path.write_bytes(whole)
    assert done.returncode == 1
    assert f"{name}: has {len(whole):,} bytes, as written, but another SHA-256" in done.stderr


def test_making_a_file_again_gives_the_same_bytes_and_retrains_nothing(finished_project):
    before = finished_project.hashes()
    made_again = [
        "results/miniature/pretrained/magnitude/50/manifest.json",
        "results/miniature/finetuned/prune_pretrain/50/inference/lr1e-3/seed0/metrics.json",
    ]
    finished_project.run("snakemake", "--cores", "2", "--force", *made_again)
    assert finished_project.hashes() == before
    # The two tables with measured times are made again, and the tables and figures that are made from them.
    planned = finished_project.planned()
    assert {"pretraining", "runs", "table1", "figure1"} <= set(planned)
    assert not {"pretrain", "finetune", "trajectory_movement"} & set(planned)
    finished_project.run("snakemake", "--cores", "2")
    assert finished_project.hashes() == before


def test_snapshots_that_are_not_kept_are_deleted_when_all_jobs_have_read_them(project):
    trajectories = project.folder / "results/miniature/trajectories"
    before = project.hashes()
    passing = {file for file in before if re.search(r"trajectories/.*/epoch[13]/", file)}
    assert len(passing) == 2 * 2 * 2, "of 2 runs 2 epochs, each a manifest and weights"

    def keep(value):
        project.configure(lambda content: content["analyses"]["trajectory"].update(keep_snapshots=value))

    keep(False)
    project.run("snakemake", "--cores", "2", "--forcerun", "followed_trajectory")
    assert {path.parent.name for path in trajectories.rglob("manifest.json")} == {"epoch2"}
    assert project.hashes().keys() == before.keys() - passing
    assert project.planned() == {}, "nothing is trained again for files that have done their work"
    keep(True)
    project.run("snakemake", "--cores", "2", "--forcerun", "followed_trajectory")
    assert project.hashes() == before
