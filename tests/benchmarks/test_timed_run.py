from timed_run import run_until, time_steps

from prunetransfer.config.optimization import OptimizerSettings
from prunetransfer.data.tokenized import TokenizedTask
from prunetransfer.jobs.settings.finetune import FinetuneJobSettings
from prunetransfer.training.finetuning import finetune

SETTINGS = FinetuneJobSettings(
    arm="from_scratch",
    task="task",
    fresh_weights=True,
    sparsity=0,
    epochs=4,
    learning_rate=1e-4,
    seed=0,
    classifier_dropout=0.1,
    optimizer=OptimizerSettings(batch_size=10),
)


def test_the_steps_after_the_warm_up_are_timed(tiny_encoders, tiny_task):
    """30 examples are three steps. So the second epoch is timed, in which every token occurs once."""
    folders = []

    def stage(folder, execution):
        folders.append(folder)
        outputs = (folder / "metrics.json", folder / "scores.npy")
        finetune(SETTINGS, tiny_encoders["bert"], tiny_task, *outputs, execution, None)
        assert all(output.is_file() for output in outputs)

    timing = time_steps(stage, threads=1, warm_up=3, steps=3)

    assert timing.steps == 3
    assert timing.tokens == len(TokenizedTask.open(tiny_task, "train").tokens)
    assert not folders[0].exists()


def test_no_step_is_trained_after_the_stop(tiny_encoders, tiny_task):
    done = []

    def stage(folder, execution):
        outputs = (folder / "metrics.json", folder / "scores.npy")
        finetune(SETTINGS, tiny_encoders["bert"], tiny_task, *outputs, execution, None)

    run_until(stage, 1, lambda step, state: done.append(step) or step == 5)

    assert done == [1, 2, 3, 4, 5]
