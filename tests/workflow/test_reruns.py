"""A change reruns the jobs that depend on it, and no others."""

from collections import Counter

import pytest

pytestmark = pytest.mark.xdist_group("workflow")

DATA = {"language", "encoder", "corpus", "task"}
TRAINING = {"burn_in", "pretrain", "trajectory", "followed_trajectory", "finetune", "prune_after"}


def trained(planned: Counter) -> set[str]:
    """The rules of a plan that train or prepare data. The other rules make analyses, tables and figures."""
    return set(planned) & (DATA | TRAINING)


def test_nothing_is_run_twice(project):
    assert project.planned() == Counter()


@pytest.mark.parametrize(
    "file, old, new",
    [
        ("workflow/prunetransfer/pruning/pruner.py", "import torch\n", "# Why this is so.\nimport torch\n"),
        ("workflow/prunetransfer/pruning/pruner.py", '"""Training under masks', '"""Another docstring'),
        ("workflow/report/table1.rst", "Dev accuracy", "Accuracy on dev"),
        ("workflow/prunetransfer/running/progress.py", "SECONDS_BETWEEN_LINES = 15.0", "SECONDS_BETWEEN_LINES = 7.0"),
    ],
)
def test_comments_docstrings_captions_and_progress_bars_rerun_nothing(project, file, old, new):
    project.edit(file, old, new)
    assert project.planned() == Counter()


def test_editing_a_figure_redraws_it_and_nothing_else(project):
    project.edit("workflow/prunetransfer/figures/figure1.py", "\ndef draw(", "\nEDITED = 1\n\n\ndef draw(")
    assert project.planned() == Counter(figure1=1, study_manifest=1)


def test_a_plotting_setting_redraws_the_figures_and_nothing_else(project):
    project.configure(lambda content: content["figures"].update(dpi=150))
    figures = {f"figure{number}": 1 for number in range(1, 10)}
    assert project.planned() == Counter(figures, resolved_config=1, study_manifest=1)


def test_editing_an_analysis_reruns_it_and_jobs_that_read_its_table(project):
    project.edit("workflow/prunetransfer/analysis/weight_maps.py", "\ndef analyse(", "\nEDITED = 1\n\n\ndef analyse(")
    assert project.planned() == Counter(weight_maps=1, figure8=1, figure9=1, claims=1, study_manifest=1)


def test_a_claims_threshold_reruns_the_verdicts_only(project):
    project.configure(lambda content: content["claims"]["tolerance"].update(accuracy=2.0))
    assert project.planned() == Counter(claims=1, summary=1, resolved_config=1, study_manifest=1)


def test_editing_the_pruner_reruns_jobs_that_prune_and_jobs_that_start_from_them(project):
    project.edit("workflow/prunetransfer/pruning/pruner.py", "bits.mul_(kept)", "bits.mul_(1 * kept)")
    planned = project.planned()
    # At 50 %: a checkpoint per criterion; 2 tasks x (prune_pretrain, information_deletion, prune_downstream, random).
    assert planned["pretrain"] == 2
    assert planned["finetune"] == 8
    assert planned["prune_after"] == 4
    assert trained(planned) == {"pretrain", "finetune", "prune_after"}


def test_editing_a_criterion_reruns_its_own_checkpoints_only(project):
    project.edit(
        "workflow/prunetransfer/pruning/criteria/random.py", "\ndef saliency(", "\nEDITED = 1\n\n\ndef saliency("
    )
    planned = project.planned()
    assert planned["pretrain"] == 1
    assert planned["finetune"] == 2
    assert trained(planned) == {"pretrain", "finetune"}


def test_editing_the_training_loop_reruns_all_training_and_no_preparation(project):
    project.edit(
        "workflow/prunetransfer/training/loop.py", "GPU_STEPS_BETWEEN_CHECKS = 50", "GPU_STEPS_BETWEEN_CHECKS = 51"
    )
    planned = project.planned()
    assert trained(planned) == TRAINING - {"trajectory"}
    assert planned["pretrain"] == 3


def test_a_new_learning_rate_trains_only_its_own_runs(project):
    project.configure(lambda content: content["finetuning"].update(learning_rates=[1e-3, 2e-3]))
    planned = project.planned()
    assert trained(planned) == {"trajectory", "finetune"}
    assert planned["trajectory"] == 2
    # 2 tasks x (4 arms at 50 %, prune_downstream at 0 %, from_scratch)
    assert planned["finetune"] == 2 * 6


def test_a_new_seed_trains_only_its_own_runs(project):
    project.configure(lambda content: content["finetuning"].update(seeds=[0, 1]))
    planned = project.planned()
    assert trained(planned) == {"followed_trajectory", "finetune", "prune_after"}
    assert planned["finetune"] == 2 * 6


def test_a_new_sparsity_trains_only_its_own_checkpoints_and_runs(project):
    project.configure(lambda content: content.update(sparsities=[0, 50, 80]))
    planned = project.planned()
    assert trained(planned) == {"pretrain", "finetune"}
    assert planned["pretrain"] == 2
    assert planned["finetune"] == 2 * 4


def test_a_new_task_trains_only_its_own_runs(project):
    project.configure(lambda content: content["tasks"].append("sentiment"))
    planned = project.planned()
    assert trained(planned) == {"task", "followed_trajectory", "finetune", "prune_after"}
    assert planned["task"] == 1


def test_more_epochs_for_an_arm_rerun_that_arm_only(project):
    project.configure(lambda content: content["arms"]["information_deletion"].update(epochs={"0": 2, "1-99": 3}))
    planned = project.planned()
    assert trained(planned) == {"finetune"}
    assert planned["finetune"] == 2


def test_a_longer_trajectory_trains_the_followed_runs_only(project):
    """Jobs that start from these runs wait for them, and run again only if the weights have changed."""
    project.configure(lambda content: content["analyses"]["trajectory"].update(epochs=4))
    planned = project.planned()
    assert planned["followed_trajectory"] == 2
    assert not set(planned) & (DATA | {"burn_in", "pretrain", "trajectory"})


def test_pruning_after_another_epoch_trains_its_own_runs(project):
    project.configure(lambda content: content["analyses"]["prune_after"].update(epochs=[0, 1, 3]))
    planned = project.planned()
    assert trained(planned) == {"prune_after"}
    assert planned["prune_after"] == 2


def test_a_new_row_of_methods_reruns_no_training(project):
    project.edit(
        "workflow/prunetransfer/config/methods.py",
        "METHODS = {\n",
        """METHODS = {
    "another": Method("Another", Start.DENSE, Mask.NONE),
""",
    )
    assert trained(project.planned()) == set()


def test_a_touched_folder_reruns_nothing(project):
    (project.folder / "results/miniature/encoder/stray.txt").write_text("")
    (project.folder / "results/miniature/encoder/stray.txt").unlink()
    assert project.planned() == Counter()
