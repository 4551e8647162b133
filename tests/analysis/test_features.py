import numpy as np
import pandas as pd
import pytest
import torch

from prunetransfer.analysis.features import COLUMNS, analyse
from prunetransfer.analysis.weights.held_out import held_out_spans
from prunetransfer.data.packing import pack
from prunetransfer.data.tokenized import TokenizedCorpus
from prunetransfer.jobs.settings.analyses import FeaturesSettings
from prunetransfer.models.checkpoint import load_pretraining_model, special_tokens, write_checkpoint
from prunetransfer.models.families import family_named
from prunetransfer.models.hidden_states import hidden_states
from prunetransfer.pruning import magnitude_mask, prunable_matrices
from prunetransfer.storage.inputs import Inputs, InputsError

SETTINGS = FeaturesSettings(sequence_length=12, sequences=20)


@pytest.fixture
def make_checkpoint(tmp_path):
    def make(encoder, criterion="dense", percent=0):
        model, _ = load_pretraining_model(encoder)
        matrices = prunable_matrices(model)
        masks = {name: magnitude_mask(weight, percent / 100) for name, weight in matrices.items()} if percent else {}
        with torch.no_grad():
            for name, mask in masks.items():
                matrices[name][~mask] = 0
        prune = {"criterion": criterion, "schedule": {}, "sparsity": percent / 100} if percent else None
        manifest = tmp_path / criterion / str(percent) / "manifest.json"
        write_checkpoint(manifest, model, masks, encoder=encoder, content={"prune": prune})
        return manifest

    return make


@torch.no_grad()
def features_by_the_sequence(checkpoint, corpus) -> np.ndarray:
    """Features [layers + 1, tokens, hidden], computed for each sequence separately."""
    model, _ = load_pretraining_model(checkpoint)
    special, family = special_tokens(checkpoint), family_named(model.config.model_type)
    text = TokenizedCorpus.open(corpus, "dev")
    found = []
    for start, end in held_out_spans(text, 10, 20):
        tokens = np.array([special.cls, *text.tokens[start:end], special.sep])
        length = np.array([len(tokens)])
        found.append(torch.stack(hidden_states(model.base_model.eval(), family, pack(tokens, length, length))))
    assert len(found) == 20
    return torch.cat(found, dim=1).double().numpy()


def expected_row(one, other):
    cosines = np.sum(one * other, 1) / np.linalg.norm(one, axis=1) / np.linalg.norm(other, axis=1)
    one, other = one - one.mean(0), other - other.mean(0)
    alignment = np.linalg.norm(one.T @ other) ** 2 / np.linalg.norm(one.T @ one) / np.linalg.norm(other.T @ other)
    return cosines.mean(), cosines.std(), alignment


def test_every_family_layer_by_layer(architecture, tiny_encoders, tiny_corpus, make_checkpoint, tmp_path):
    encoder = tiny_encoders[architecture]
    dense = make_checkpoint(encoder)
    checkpoints = [make_checkpoint(encoder, "magnitude", percent) for percent in (29, 90)]
    inputs = Inputs({"corpus": [tiny_corpus], "unpruned": [dense], "checkpoints": checkpoints})
    analyse(inputs, SETTINGS, tmp_path / "features.csv")
    found = pd.read_csv(tmp_path / "features.csv")
    assert found.columns.tolist() == COLUMNS
    assert found["criterion"].tolist() == ["dense"] * 3 + ["magnitude"] * 6
    assert found["sparsity"].tolist() == [0] * 3 + [29] * 3 + [90] * 3
    assert found["layer"].tolist() == [0, 1, 2] * 3
    unpruned = features_by_the_sequence(dense, tiny_corpus)
    assert set(found["tokens"]) == {unpruned.shape[1]}
    measured = found[["cosine", "cosine_std", "cka"]]
    np.testing.assert_allclose(measured[:3], [[1, 0, 1]] * 3, atol=1e-12)
    for first, checkpoint in zip((3, 6), checkpoints, strict=True):
        features = features_by_the_sequence(checkpoint, tiny_corpus)
        expected = [expected_row(*layers) for layers in zip(unpruned, features, strict=True)]
        np.testing.assert_allclose(measured[first : first + 3], expected, rtol=1e-4, atol=1e-5)
    assert (found["cosine"][3:6].to_numpy() > found["cosine"][6:9].to_numpy()).all()


def test_the_same_bytes_every_time_and_nothing_left_behind(tiny_encoders, tiny_corpus, make_checkpoint, tmp_path):
    dense, pruned = make_checkpoint(tiny_encoders["bert"]), make_checkpoint(tiny_encoders["bert"], "random", 50)
    inputs = Inputs({"corpus": [tiny_corpus], "unpruned": [dense], "checkpoints": [pruned]})
    made = []
    for _ in range(2):
        analyse(inputs, SETTINGS, tmp_path / "made" / "features.csv")
        made.append((tmp_path / "made" / "features.csv").read_bytes())
    assert made[0] == made[1]
    assert [path.name for path in (tmp_path / "made").iterdir()] == ["features.csv"]


def test_the_unpruned_checkpoint_must_be_there(tiny_encoders, tiny_corpus, make_checkpoint, tmp_path):
    pruned = make_checkpoint(tiny_encoders["bert"], "magnitude", 50)
    with pytest.raises(InputsError, match="'unpruned'"):
        analyse(Inputs({"corpus": [tiny_corpus], "checkpoints": [pruned]}), SETTINGS, tmp_path / "features.csv")
    assert not (tmp_path / "features.csv").exists()
