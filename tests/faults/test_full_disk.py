"""A full disk: the error names path and bytes, and no incomplete file is taken for complete. After room is made, the same command
writes the same bytes as on an empty disk."""

import gzip
import re

import numpy as np
import pandas as pd
import pytest
import torch
from safetensors.torch import load_file, save_file

from prunetransfer.config.corpus import CorpusSettings
from prunetransfer.data.corpus import prepare_corpus
from prunetransfer.jobs.settings.finetune import FinetuneJobSettings
from prunetransfer.jobs.settings.pretrain import PretrainJobSettings
from prunetransfer.running.execution import Execution
from prunetransfer.storage.files import FullDisk, whole_file
from prunetransfer.training.finetuning import finetune
from prunetransfer.training.pretraining import pretrain


def named(error, path) -> tuple[str, int]:
    """The numbers of bytes needed and free in an error's message, which must name the path."""
    found = re.match(rf"{re.escape(str(path))}: no room: (.*) bytes are needed, ([0-9,]+) free", str(error.value))
    assert found, str(error.value)
    return found[1], int(found[2].replace(",", ""))


def write_gzip(path, content):
    with gzip.open(path, "wb") as file:
        file.write(content)


NUMBERS = np.arange(2 * 10**6, dtype=np.float32)
WRITERS = {
    "numpy": lambda path: np.save(path, NUMBERS),
    "safetensors": lambda path: save_file({"a": torch.from_numpy(NUMBERS)}, path),
    "pandas": lambda path: pd.DataFrame(NUMBERS).to_csv(path),
    "gzip": lambda path: write_gzip(path, np.random.default_rng(0).bytes(8 * 10**6)),
    "text": lambda path: path.write_text("a" * 8 * 10**6),
}
"""Ways to write a file. Each raises another error if the disk is full."""


@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS)
@pytest.mark.parametrize("old", [None, "old"])
@pytest.mark.parametrize("size", [None, NUMBERS.nbytes])
def test_every_way_to_write_is_named_and_leaves_the_old_file(disk, write, old, size):
    path = disk.folder / "file"
    if old:
        path.write_text(old)
    with pytest.raises(FullDisk) as error, whole_file(path, size) as temporary:
        write(temporary)
    needed, free = named(error, path)
    assert needed == (f"{size:,}" if size else needed)
    assert size or needed.startswith("more than ")
    assert 0.9 * disk.SIZE < free <= disk.SIZE, "the incomplete file has been removed"
    assert [file.read_text() for file in disk.folder.iterdir()] == ([old] if old else [])


def test_other_errors_are_not_changed(disk):
    with pytest.raises(IsADirectoryError), whole_file(disk.folder / "file"):
        disk.folder.write_text("")


def test_a_corpus(disk, tiny_encoders, corpus_file, tiny_corpus):
    source = {"source": "files", "files": [str(corpus_file)]}
    settings = CorpusSettings.model_validate({"sources": [source], "sentence_splitter": "lines", "dev_documents": 8})
    output = disk.folder / "corpus" / "manifest.json"
    for pages in (2, 7):  # while it is tokenised, and while its arrays are copied
        disk.leave(pages)
        with pytest.raises(FullDisk) as error:
            prepare_corpus(settings, tiny_encoders["bert"], output, None, 1)
        assert str(error.value).startswith(f"{output.parent}")
        assert not output.exists(), "no manifest vouches for it"
        disk.make_room()
    prepare_corpus(settings, tiny_encoders["bert"], output, None, 1)
    assert output.read_bytes() == tiny_corpus.read_bytes()


def test_an_encoder(disk, make_encoder):
    whole = make_encoder()
    disk.leave(3)
    with pytest.raises(FullDisk) as error:
        make_encoder(folder=disk.folder / "encoder")
    named(error, disk.folder / "encoder")
    assert disk.files() == []
    disk.make_room()
    assert make_encoder(folder=disk.folder / "encoder").read_bytes() == whole.read_bytes()


def test_outputs_of_pretraining(disk, tiny_encoders, tiny_corpus, tmp_path):
    phase = {"phase_name": "prune", "phase": {"steps": 3, "learning_rate": 1e-3}, "seed": 0, "prune": None}
    values = {"objective": {"sequence_length": 16, "dev_sequences": 4}, "optimizer": {"batch_size": 2}, **phase}
    stage = PretrainJobSettings.model_validate(values)

    def run(folder):
        output = folder / "here" / "manifest.json"
        made = Execution("test", "code", 1, tmp_path / "state", 0.0, tmp_path / "timing.json")
        pretrain(stage, tiny_encoders["bert"], tiny_corpus, output, made, None)
        return output.parent

    # A checkpoint's manifest has the relative path of its encoder.
    whole = {path.name: path.read_bytes() for path in run(tmp_path / "disc").iterdir()}
    disk.leave(4)
    with pytest.raises(FullDisk) as error:
        run(disk.folder)
    needed, _ = named(error, disk.folder / "here" / "checkpoint.safetensors")
    weights = load_file(tmp_path / "disc" / "here" / "checkpoint.safetensors").values()
    assert needed == f"{sum(weight.nbytes for weight in weights):,}"
    assert not (disk.folder / "here" / "manifest.json").exists()
    assert (tmp_path / "state").exists(), "no step is lost"
    disk.make_room()
    assert {path.name: path.read_bytes() for path in run(disk.folder).iterdir()} == whole


def test_snapshots_and_outputs_of_a_fine_tuning(disk, tiny_encoders, tiny_corpus, tiny_task, tmp_path):
    phase = {"phase_name": "burn_in", "phase": {"steps": 0, "learning_rate": 1e-3}, "seed": 0, "prune": None}
    burn_in = {"objective": {"sequence_length": 16, "dev_sequences": 4}, "optimizer": {}, **phase}
    checkpoint = tmp_path / "checkpoint" / "manifest.json"
    made = Execution("test", "code", 1, tmp_path / "state", 0.0, tmp_path / "timing.json")
    pretrain(PretrainJobSettings.model_validate(burn_in), tiny_encoders["bert"], tiny_corpus, checkpoint, made, None)
    values = {"arm": "prune_pretrain", "task": "task", "sparsity": 0.0, "epochs": 2, "learning_rate": 1e-2}
    values |= {"seed": 0, "classifier_dropout": 0.1, "optimizer": {"batch_size": 8}}

    def run(folder, state, snapshots):
        stage = FinetuneJobSettings.model_validate({**values, "snapshots": snapshots})
        made = Execution("test", "code", 1, state, 1e9, tmp_path / "timing.json")
        files = (folder / "metrics.json", folder / "predictions.npy")
        finetune(stage, checkpoint, tiny_task, *files, made, None, str(folder / "epoch*" / "manifest.json"))
        return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    whole = run(tmp_path / "disc", tmp_path / "disc" / "state", [1, 2])
    disk.leave(2)
    with pytest.raises(FullDisk) as error:
        run(disk.folder, disk.folder / "state", [1, 2])
    named(error, disk.folder / "state.snapshots" / "epoch1.safetensors")
    assert disk.files() == []
    disk.leave(0)
    with pytest.raises(FullDisk) as error:
        run(disk.folder, tmp_path / "state", [])
    named(error, disk.folder / "predictions.npy")
    assert disk.files() == []
    disk.make_room()
    assert run(disk.folder, disk.folder / "state", [1, 2]) == whole
