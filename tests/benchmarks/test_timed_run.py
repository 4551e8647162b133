from timed_run import time_steps

from prunetransfer.config.optimization import OptimizerSettings
from prunetransfer.data.tokenized import TokenizedTask
from prunetransfer.jobs.settings.finetune import FinetuneJobSettings
from prunetransfer.training.finetuning import finetune


def test_the_steps_behind_the_warm_up_are_timed_and_nothing_after_them_is_run(tiny_encoders, tiny_task):
    """30 examples are three steps: the second epoch, which has all tokens once, is what is timed."""
    settings = FinetuneJobSettings(
        method="from_scratch",
        criterion="magnitude",
        sparsity=0,
        epochs=4,
        learning_rate=1e-4,
        seed=0,
        classifier_dropout=0.1,
        optimizer=OptimizerSettings(batch_size=10),
    )
    folders = []

    def stage(folder, run):
        folders.append(folder)
        finetune(settings, tiny_encoders["bert"], tiny_task, folder / "metrics.json", folder / "scores.npy", run, None)

    timing = time_steps(stage, threads=1, warm_up=3, steps=3)

    assert timing.steps == 3
    assert timing.tokens == len(TokenizedTask.open(tiny_task, "train").tokens)
    assert not folders[0].exists()
