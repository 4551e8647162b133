"""Several processes train the same model as one: the same batches and masks, and the same numbers up to rounding."""

import multiprocessing
import os
import socket
import subprocess
import sys
from multiprocessing.connection import wait

import numpy as np
import pytest
import torch
from test_stages import pretrain_settings

from prunetransfer.data.sampling import PretrainingSampler
from prunetransfer.data.tokenized import TokenizedCorpus
from prunetransfer.models.checkpoint import load_pretraining_model, special_tokens
from prunetransfer.pruning.scheduled import scheduled_pruner
from prunetransfer.running.distributed import join_processes
from prunetransfer.running.execution import Execution
from prunetransfer.storage.files import read_json
from prunetransfer.training.pretraining import UnfitEncoder, pretrain

STEPS = 8


@pytest.fixture(scope="module")
def encoder(make_encoder):
    """An encoder without dropout, because processes draw different dropout."""
    return make_encoder(initializer_range=0.3, dropout=0.0)


@pytest.fixture(params=[True, False], ids=["next_sentence", "masked_lm_only"])
def settings(request):
    return pretrain_settings("bert", next_sentence=request.param)


def train(encoder, corpus, folder, settings, keep=None):
    """One of the processes, or the only one. keep: where to save the weights and masks that this process ends with."""
    made = []

    def make_pruner(model, settings):
        made.extend([model, scheduled_pruner(model, settings)])
        return made[1]

    processes = join_processes()
    run = Execution("test", "code", 1, folder / "state", 1e9, folder / "timing.json", processes=processes)
    with run.exclusive():
        pretrain(settings, encoder, corpus, folder / "manifest.json", run, make_pruner)
    if keep:
        model, pruner = made
        torch.save([dict(model.named_parameters()), pruner.masks], keep / f"{processes.rank}.pt")


def in_processes(count, port, *arguments):
    """Runs `train` in forks that find each other as torchrun's processes do. Returns their exit codes."""

    def start(rank):
        os.environ |= {"TORCHELASTIC_RUN_ID": "test", "RANK": str(rank), "LOCAL_RANK": str(rank)}
        os.environ |= {"WORLD_SIZE": str(count), "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
        torch.set_num_threads(1)
        train(*arguments)

    context = multiprocessing.get_context("fork")
    processes = [context.Process(target=start, args=(rank,)) for rank in range(count)]
    for process in processes:
        process.start()
    waiting = list(processes)
    while waiting:
        wait([process.sentinel for process in waiting])
        waiting = [process for process in waiting if process.is_alive()]
        if any(process.exitcode for process in processes):  # the others would wait for it, as torchrun knows
            for process in waiting:
                process.kill()
    return [process.exitcode for process in processes]


@pytest.fixture
def port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def assert_same_training(found, expected):
    """Checkpoints' manifests: losses and weights within rounding, the share pruned exactly; few masks' entries differ."""
    one, other = (read_json(manifest.with_name("metrics.json")) for manifest in (found, expected))
    assert one["dev_loss"] == pytest.approx(other["dev_loss"], rel=1e-4)
    assert one["achieved_sparsity"] == other["achieved_sparsity"]
    models, masks = zip(*(load_pretraining_model(manifest) for manifest in (found, expected)), strict=True)
    differing = sum(int((masks[0][name] != mask).sum()) for name, mask in masks[1].items())
    assert differing <= 0.001 * sum(mask.numel() for mask in masks[1].values())
    for (name, weight), reference in zip(models[0].named_parameters(), models[1].parameters(), strict=True):
        # A pruned matrix may differ in an entry on the threshold's edge. Attention doesn't depend on the keys' bias: its
        # gradient is rounding alone, which AdamW makes steps of full length.
        if name not in masks[1] and not name.endswith("key.bias"):
            torch.testing.assert_close(weight, reference, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("count", [2, 3])
def test_several_processes_train_the_same_model_as_one(encoder, tiny_corpus, tmp_path, settings, count, port):
    """Three share the four sequences of a batch as 1, 1 and 2."""
    folders = [tmp_path / name for name in ("one", "several")]
    train(encoder, tiny_corpus, folders[0], settings)
    assert in_processes(count, port, encoder, tiny_corpus, folders[1], settings, tmp_path) == [0] * count
    assert_same_training(*(folder / "manifest.json" for folder in reversed(folders)))
    weights, masks = torch.load(tmp_path / "0.pt")
    assert sum(int((~mask).sum()) for mask in masks.values()) > 0
    for rank in range(1, count):
        others = torch.load(tmp_path / f"{rank}.pt")
        assert all(torch.equal(others[0][name], weight) for name, weight in weights.items())
        assert all(torch.equal(others[1][name], mask) for name, mask in masks.items())


def test_the_parts_of_a_batch_form_the_batch(tiny_corpus, encoder):
    objective = pretrain_settings("bert").objective
    sampler = PretrainingSampler(TokenizedCorpus.open(tiny_corpus, "train"), objective, special_tokens(encoder), 60)
    whole = sampler.batch((0, 1), 5, 7)
    parts = [sampler.batch((0, 1), 5, 7, part=(place, 3)) for place in range(3)]
    assert [part.packed.sequences for part in parts] == [2, 2, 3]
    assert torch.equal(torch.cat([part.packed.tokens for part in parts]), whole.packed.tokens)
    assert torch.equal(torch.cat([part.targets for part in parts]), whole.targets)
    assert torch.equal(torch.cat([part.random_next for part in parts]), whole.random_next)
    starts = np.cumsum([0, *(part.packed.tokens.numel() for part in parts)])
    masked = [part.masked + start for part, start in zip(parts, starts[:-1], strict=True)]
    assert torch.equal(torch.cat(masked), whole.masked)
    assert all(part.predictions == whole.predictions == {"mlm": len(whole.targets), "nsp": 7} for part in parts)


def test_command_line_starts_the_processes(encoder, tiny_corpus, tmp_path):
    """`prunetransfer pretrain --processes 2` through torchrun."""
    settings = pretrain_settings("bert")
    train(encoder, tiny_corpus, tmp_path / "one", settings)
    folder = tmp_path / "two"
    files = {"checkpoint": encoder, "corpus": tiny_corpus, "output": folder / "manifest.json"}
    files |= {"state": folder / "state", "timing": folder / "timing.json"}
    command = [sys.executable, "-m", "prunetransfer", "pretrain", "--settings", settings.model_dump_json()]
    command += [word for name, path in files.items() for word in (f"--{name}", str(path))]
    subprocess.run([*command, "--processes", "2"], check=True, capture_output=True)
    assert_same_training(folder / "manifest.json", tmp_path / "one" / "manifest.json")
    assert not (folder / "state").exists()


def test_a_batch_has_a_sequence_for_each_process(encoder, tiny_corpus, tmp_path, port, capfd):
    settings = pretrain_settings("bert")
    settings = settings.model_copy(update={"optimizer": settings.optimizer.model_copy(update={"batch_size": 1})})
    assert 1 in in_processes(2, port, encoder, tiny_corpus, tmp_path, settings)
    assert UnfitEncoder.__name__ in (error := capfd.readouterr().err)
    assert "pretraining.optimizer.batch_size: found 1, allowed are at least 2" in error
