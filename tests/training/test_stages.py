"""Pre-training and fine-tuning, from manifest to manifest, for every family. Their files agree with what they computed."""

import itertools
import json
import logging
import os

import numpy as np
import pytest
import torch

from prunetransfer.data.tokenized import TokenizedTask
from prunetransfer.jobs.settings.finetune import FinetuneJobSettings
from prunetransfer.jobs.settings.pretrain import PretrainJobSettings
from prunetransfer.models.checkpoint import load_classification_model, load_pretraining_model
from prunetransfer.models.families import family_named
from prunetransfer.pruning import prunable_matrices
from prunetransfer.pruning.kept_mask import kept_mask_pruner
from prunetransfer.pruning.one_shot_mask import one_shot_pruner
from prunetransfer.pruning.scheduled import scheduled_pruner
from prunetransfer.running.execution import Execution
from prunetransfer.running.state import TrainingState
from prunetransfer.storage.files import read_json
from prunetransfer.storage.manifests import encoder_of
from prunetransfer.storage.snapshots import load_weights
from prunetransfer.training.evaluation import split_logits, task_loss
from prunetransfer.training.finetuning import finetune
from prunetransfer.training.pretraining import UnfitEncoder, pretrain

SCHEDULE = {"kind": "cubic", "ramp_steps": 4, "interval": 3}
PRUNE = {"criterion": "mine", "saliency": "magnitude", "scope": "matrix", "schedule": SCHEDULE, "sparsity": 0.7}


def make_execution(folder, save_interval=1e9):
    return Execution("test", "code", 1, folder / "state", save_interval, folder / "timing.json")


def pretrain_settings(architecture, prune=PRUNE, **objective):
    has_next_sentence = family_named(architecture).next_sentence_logits is not None
    objective = {"sequence_length": 16, "next_sentence": has_next_sentence, "dev_sequences": 10} | objective
    values = {"objective": objective, "optimizer": {"batch_size": 4}, "phase_name": "prune", "seed": 0, "prune": prune}
    return PretrainJobSettings.model_validate({**values, "phase": {"steps": 8, "learning_rate": 1e-3}})


def run_pretraining(encoder, corpus, folder, settings):
    output = folder / "pretrained" / "manifest.json"
    pretrain(settings, encoder, corpus, output, make_execution(folder), scheduled_pruner if settings.prune else None)
    return output


@pytest.fixture
def pretrained(tiny_encoders, tiny_corpus, architecture, tmp_path):
    return run_pretraining(tiny_encoders[architecture], tiny_corpus, tmp_path, pretrain_settings(architecture))


METHODS = {
    "prune_pretrain": {"mask": "kept"},
    "information_deletion": {},
    "from_scratch": {"fresh_weights": True},
    "prune_downstream": {"mask": {"saliency": "magnitude"}},
}


def run_finetuning(checkpoint, task, folder, method, sparsity=0.7, save_interval=1e9, **changes):
    values = {"arm": method, "task": "task", "sparsity": sparsity, "epochs": 2, "learning_rate": 1e-2, "seed": 0}
    values |= {"classifier_dropout": 0.1, "optimizer": {"batch_size": 8}, **METHODS[method], **changes}
    if not sparsity:
        values["mask"] = None
    settings = FinetuneJobSettings.model_validate(values)
    make_pruner = {"prune_pretrain": kept_mask_pruner, "prune_downstream": one_shot_pruner}.get(method)
    files = (folder / "metrics.json", folder / "predictions.npy")
    execution = make_execution(folder, save_interval)
    finetune(
        *(settings, checkpoint, task, *files, execution),
        make_pruner if settings.mask else None,
        str(folder / "epoch*" / "manifest.json"),
    )
    return read_json(files[0]), np.load(files[1])


def test_pretraining(pretrained, tiny_encoders, architecture, tmp_path):
    model, masks = load_pretraining_model(pretrained)
    matrices = prunable_matrices(model)
    assert masks.keys() == matrices.keys()
    for name, mask in masks.items():
        assert int((~mask).sum()) == round(0.7 * mask.numel())
        assert not matrices[name][~mask].any()
    metrics = read_json(pretrained.with_name("metrics.json"))
    assert metrics["achieved_sparsity"] == pytest.approx(70, abs=0.5)
    assert metrics["steps"] == 8
    assert (metrics["nsp_loss"] is not None) == (architecture == "bert")
    assert metrics["dev_loss"] == pytest.approx(metrics["mlm_loss"] + (metrics["nsp_loss"] or 0.0))
    assert 0 <= metrics["mlm_accuracy"] <= 100
    assert read_json(pretrained)["prune"] == PRUNE | {"schedule": PRUNE["schedule"] | {"start": 0}}
    assert not (tmp_path / "state").exists()
    assert json.loads((tmp_path / "timing.json").read_text())["tokens_per_second"] > 0
    start, _ = load_pretraining_model(tiny_encoders[architecture])
    changed = [name for name, weight in model.named_parameters() if not torch.equal(weight, start.get_parameter(name))]
    assert len(changed) > 0.9 * len(list(model.parameters()))


def test_dense_pretraining_without_next_sentences(tiny_encoders, tiny_corpus, architecture, tmp_path):
    settings = pretrain_settings(architecture, prune=None, next_sentence=False)
    output = run_pretraining(tiny_encoders[architecture], tiny_corpus, tmp_path, settings)
    assert load_pretraining_model(output)[1] == {}
    metrics = read_json(output.with_name("metrics.json"))
    assert metrics["achieved_sparsity"] == 0.0
    assert metrics["nsp_loss"] is None


def test_no_steps_leave_the_encoder_as_it_is(tiny_encoders, tiny_corpus, architecture, tmp_path):
    """`burn_in: {steps: 0}`."""
    settings = pretrain_settings(architecture, prune=None)
    settings = settings.model_copy(update={"phase": settings.phase.model_copy(update={"steps": 0})})
    output = run_pretraining(tiny_encoders[architecture], tiny_corpus, tmp_path, settings)
    before, after = (load_pretraining_model(path)[0].state_dict() for path in (tiny_encoders[architecture], output))
    assert all(torch.equal(after[name], weight) for name, weight in before.items())


def test_dev_loss_is_the_same_for_every_seed(tiny_encoders, tiny_corpus, tmp_path):
    losses = []
    for seed in (0, 1):
        settings = pretrain_settings("bert", prune=None).model_copy(update={"seed": seed})
        settings = settings.model_copy(update={"phase": settings.phase.model_copy(update={"steps": 0})})
        output = run_pretraining(tiny_encoders["bert"], tiny_corpus, tmp_path / str(seed), settings)
        losses.append(read_json(output.with_name("metrics.json"))["dev_loss"])
    assert losses[0] == losses[1]


@pytest.mark.parametrize(
    ("architecture", "objective", "message"),
    [
        ("bert", {"sequence_length": 25}, "found 25, allowed are at most 24"),
        ("roberta", {"sequence_length": 25}, "found 25, allowed are at most 24"),
        ("electra", {"next_sentence": True}, "found true, allowed is false"),
    ],
)
def test_unfit_encoders_are_refused(tiny_encoders, tiny_corpus, tmp_path, architecture, objective, message):
    settings = pretrain_settings(architecture, **objective)
    with pytest.raises(UnfitEncoder, match=message):
        run_pretraining(tiny_encoders[architecture], tiny_corpus, tmp_path, settings)
    assert not (tmp_path / "pretrained").exists()


def test_scores_are_those_of_the_trained_model(pretrained, tiny_task, tmp_path, architecture):
    metrics, predictions = run_finetuning(pretrained, tiny_task, tmp_path, "prune_pretrain", snapshots=[2])
    model, masks = load_classification_model(tmp_path / "epoch2" / "manifest.json", 3, 0.1)
    assert masks == {}
    family = family_named(architecture)
    train, dev = (TokenizedTask.open(tiny_task, split) for split in ("train", "dev"))
    logits = {
        split: split_logits(model, family, task, "fp32", torch.device("cpu"))
        for split, task in (("train", train), ("dev", dev))
    }
    assert predictions.tolist() == logits["dev"].argmax(-1).tolist()
    assert predictions.dtype == np.uint8
    accuracy = 100 * np.mean(predictions == dev.labels)
    assert metrics["dev_accuracy"] == metrics["dev_score"] == pytest.approx(accuracy)
    labels = torch.from_numpy(np.array(train.labels))
    assert metrics["train_loss"] == pytest.approx(task_loss(logits["train"], labels).item(), rel=1e-5)
    assert (metrics["steps"], metrics["epochs"], metrics["train_examples"], metrics["dev_examples"]) == (8, 2, 30, 21)
    _, before = load_classification_model(pretrained, 3, 0.1)
    for name, weight in prunable_matrices(model).items():
        assert torch.equal(weight != 0, before[name]), "the checkpoint's mask stays"


def zeros(model):
    return sum(int((weight == 0).sum()) for weight in prunable_matrices(model).values())


def test_masks_are_kept_dropped_or_replaced(pretrained, tiny_task, tmp_path, architecture):
    found = {}
    for method in ("information_deletion", "from_scratch", "prune_downstream"):
        folder = tmp_path / method
        start = pretrained
        if method == "prune_downstream":
            start = tmp_path / "information_deletion" / "epoch2" / "manifest.json"
        metrics, _ = run_finetuning(start, tiny_task, folder, method, snapshots=[2])
        model, _ = load_classification_model(folder / "epoch2" / "manifest.json", 3, 0.1)
        found[method] = zeros(model) / sum(weight.numel() for weight in prunable_matrices(model).values())
        expected = 70 if method == "prune_downstream" else 0
        assert metrics["achieved_sparsity"] == pytest.approx(expected, abs=0.5)
    assert found["prune_downstream"] == pytest.approx(0.7, abs=0.005)
    # Weights grow back, except in the embeddings of words that no example has, and of the padding token.
    assert found["information_deletion"] < 0.2
    assert found["from_scratch"] < 0.05


def test_regression(pretrained, tiny_task, tmp_path):
    """Float labels: one output, squared error, correlations."""
    folder = tmp_path / "regression"
    content = read_json(tiny_task)
    for split in ("train", "dev"):
        (folder / split).mkdir(parents=True)
        for file in (tiny_task.parent / split).iterdir():
            array = np.load(file)
            np.save(folder / split / file.name, array.astype(np.float32) if file.stem == "labels" else array)
    (folder / "manifest.json").write_text(json.dumps({**content, "labels": None, "metric": "spearman"}))
    metrics, predictions = run_finetuning(pretrained, folder / "manifest.json", tmp_path, "prune_pretrain")
    assert predictions.dtype == np.float32
    assert metrics["dev_accuracy"] is None
    assert -100 <= metrics["dev_score"] <= 100


def test_a_longer_trajectory_passes_through_the_shorter_one(pretrained, tiny_task, tmp_path, architecture):
    """Scores and weights after `epochs` don't depend on what follows; then the learning rate rises again."""
    short, long = tmp_path / "short", tmp_path / "long"
    scored = [
        run_finetuning(pretrained, tiny_task, folder, "prune_pretrain", sparsity=0.0, snapshots=epochs)
        for folder, epochs in ((short, [2]), (long, [1, 2, 3, 4]))
    ]
    assert scored[0][0] == scored[1][0]
    assert np.array_equal(scored[0][1], scored[1][1])
    same = [folder / "epoch2" / "snapshot.safetensors" for folder in (short, long)]
    assert same[0].read_bytes() == same[1].read_bytes()
    weights = [load_weights(long / f"epoch{epoch}" / "manifest.json") for epoch in (1, 2, 3, 4)]
    moved = [
        sum(float((after[name] - before[name]).abs().sum()) for name in before)
        for before, after in itertools.pairwise(weights)
    ]
    assert min(moved) > 0
    assert not (long / "state.snapshots").exists()
    assert read_json(long / "epoch3" / "manifest.json") | {"files": None, "sha256": None} == {
        "kind": "snapshot",
        "class": type(load_classification_model(pretrained, 3, 0.1)[0]).__name__,
        "labels": 3,
        "task": "task",
        "learning_rate": 1e-2,
        "seed": 0,
        "epoch": 3,
        "encoder": os.path.relpath(encoder_of(pretrained), long / "epoch3"),
        "base": os.path.relpath(pretrained, long / "epoch3"),
        "files": None,
        "sha256": None,
    }


def test_snapshots_of_an_attempt_with_other_settings_are_not_in_the_way(pretrained, tiny_task, tmp_path):
    stale = tmp_path / "state.snapshots" / "epoch9.safetensors"
    stale.parent.mkdir()
    stale.write_text("of a longer run that was killed")
    run_finetuning(pretrained, tiny_task, tmp_path, "prune_pretrain", sparsity=0.0, snapshots=[1, 2])
    assert not stale.parent.exists()
    assert not (tmp_path / "epoch9").exists()


class Interruption(BaseException):
    pass


@pytest.mark.parametrize("architecture", ["bert"])
@pytest.mark.parametrize("steps", [3, 4, 9, 16])
@pytest.mark.parametrize("lost", [False, True])
def test_interrupted_trajectory_writes_the_same_bytes(
    pretrained, tiny_task, tmp_path, monkeypatch, caplog, architecture, steps, lost
):
    """An epoch has four steps. If a snapshot of an epoch that it has passed is missing, the run starts from the beginning."""
    arguments = {"sparsity": 0.0, "snapshots": [1, 2, 3, 4]}
    run_finetuning(pretrained, tiny_task, tmp_path / "whole", "prune_pretrain", **arguments)
    save = TrainingState.save

    def save_and_stop(self, step, *arguments):
        save(self, step, *arguments)
        if step == steps:
            raise Interruption

    resumed = tmp_path / "resumed"
    with monkeypatch.context() as patch, pytest.raises(Interruption):
        patch.setattr(TrainingState, "save", save_and_stop)
        run_finetuning(pretrained, tiny_task, resumed, "prune_pretrain", save_interval=0.0, **arguments)
    staged = sorted((resumed / "state.snapshots").iterdir()) if steps >= 4 else []
    assert [path.stem for path in staged] == [f"epoch{epoch}" for epoch in range(1, steps // 4 + 1)]
    if lost and staged:
        staged[0].unlink()
    with caplog.at_level(logging.INFO, logger="prunetransfer"):
        run_finetuning(pretrained, tiny_task, resumed, "prune_pretrain", **arguments)
    assert (f"resuming at step {steps}" in caplog.text) != bool(lost and staged)
    files = [path.relative_to(tmp_path / "whole") for path in (tmp_path / "whole").rglob("*") if path.is_file()]
    assert len(files) == 2 + 2 * 4 + 1
    for file in files:
        if file.name != "timing.json":
            assert (tmp_path / "whole" / file).read_bytes() == (resumed / file).read_bytes(), file


@pytest.mark.parametrize("steps", [1, 5, 8])
def test_interrupted_pretraining_writes_the_same_bytes(
    tiny_encoders, tiny_corpus, tmp_path, monkeypatch, caplog, steps
):
    settings = pretrain_settings("bert")
    encoder = tiny_encoders["bert"]
    outputs = [tmp_path / name / "manifest.json" for name in ("whole", "resumed")]
    pretrain(settings, encoder, tiny_corpus, outputs[0], make_execution(tmp_path / "a"), scheduled_pruner)
    save = TrainingState.save

    def save_and_stop(self, step, *arguments):
        save(self, step, *arguments)
        if step == steps:
            raise Interruption

    with monkeypatch.context() as patch, pytest.raises(Interruption):
        patch.setattr(TrainingState, "save", save_and_stop)
        pretrain(settings, encoder, tiny_corpus, outputs[1], make_execution(tmp_path / "b", 0.0), scheduled_pruner)
    assert not outputs[1].exists()
    with caplog.at_level(logging.INFO, logger="prunetransfer"):
        pretrain(settings, encoder, tiny_corpus, outputs[1], make_execution(tmp_path / "b", 0.0), scheduled_pruner)
    assert f"resuming at step {steps}" in caplog.text
    for file in outputs[0].parent.iterdir():
        assert file.read_bytes() == (outputs[1].parent / file.name).read_bytes(), file.name
    assert not (tmp_path / "b" / "state").exists()
