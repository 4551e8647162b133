"""What a finished study leaves: the contract's files and columns, the same bytes each time, no state."""

import pandas as pd
import pytest

pytestmark = pytest.mark.xdist_group("workflow")

RUNS = "arm sparsity task learning_rate seed epochs metric dev_score dev_accuracy train_loss steps examples_per_second seconds"
PRETRAINING = (
    "criterion sparsity seed steps dev_loss mlm_loss nsp_loss mlm_accuracy achieved_sparsity tokens_per_second seconds"
)
TABLE1 = (
    "arm sparsity pretrain_loss task learning_rate dev_accuracy train_loss mean_dev_accuracy unbiased_dev_accuracy"
    " ci_low ci_high paper_dev_accuracy paper_train_loss"
)


@pytest.mark.parametrize("name, columns", [("runs", RUNS), ("pretraining", PRETRAINING), ("table1", TABLE1)])
def test_tables_have_the_columns_that_others_rely_on(finished_project, name, columns):
    table = pd.read_csv(finished_project.folder / f"results/miniature/tables/{name}.csv")
    assert list(table.columns) == columns.split()
    assert len(table)


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


def test_making_a_file_again_gives_the_same_bytes_and_retrains_nothing(finished_project):
    before = finished_project.hashes()
    made_again = [
        "results/miniature/pretrained/magnitude/50/manifest.json",
        "results/miniature/finetuned/prune_pretrain/50/inference/lr1e-3/seed0/metrics.json",
    ]
    finished_project.run("snakemake", "--cores", "2", "--force", *made_again)
    assert finished_project.hashes() == before
    # The two tables with measured times are made anew, and what is made from them.
    assert set(finished_project.planned()) == {"pretraining", "runs", "table1", "figure1"}
    finished_project.run("snakemake", "--cores", "2")
    assert finished_project.hashes() == before
