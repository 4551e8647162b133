"""Checkpoints are read bit for bit as written, tied and masked, into each class that can use them. Exports are plain folders."""

import json

import pytest
import torch
from transformers import AutoModel, AutoModelForMaskedLM, AutoModelForSequenceClassification, AutoTokenizer

from prunetransfer.data.packing import pack
from prunetransfer.models.checkpoint import (
    WEIGHTS,
    CheckpointError,
    assert_tied,
    export,
    fresh_classification_model,
    load_classification_model,
    load_pretraining_model,
    special_tokens,
    write_checkpoint,
)
from prunetransfer.models.families import family_named
from prunetransfer.models.unpadded import encode, encode_and_pool
from prunetransfer.pruning import magnitude_mask, prunable_matrices
from prunetransfer.storage.manifests import encoder_of
from prunetransfer.storage.sparse import load_sparse, save_sparse


@pytest.fixture
def encoder(tiny_encoders, architecture):
    return tiny_encoders[architecture]


@pytest.fixture
def uninitialised_memory_is_nan():
    """Fills uninitialised memory with NaN, so that tests notice weights that are neither loaded nor initialised."""
    torch.use_deterministic_algorithms(True, warn_only=True)
    yield
    torch.use_deterministic_algorithms(False)


def prune_and_write(encoder, output, sparsity=0.6):
    """Writes a pruned pre-training checkpoint. Returns the model and its masks."""
    model, masks = load_pretraining_model(encoder)
    assert masks == {}
    masks = {name: magnitude_mask(weight, sparsity) for name, weight in prunable_matrices(model).items()}
    with torch.no_grad():
        for name, weight in prunable_matrices(model).items():
            weight[~masks[name]] = 0
    write_checkpoint(output, model, masks, encoder=encoder, content={"prune": None})
    return model, masks


@pytest.fixture
def checkpoint(encoder, tmp_path):
    """(manifest, model, masks) of a pruned checkpoint of each family."""
    manifest = tmp_path / "pruned" / "manifest.json"
    return manifest, *prune_and_write(encoder, manifest)


def assert_same(one, other):
    """Whether state dicts are equal, bit for bit. They have no NaN."""
    assert one.keys() == other.keys()
    for name, tensor in one.items():
        assert tensor.dtype == torch.float32
        assert torch.equal(tensor.view(torch.int32), other[name].view(torch.int32)), name


def packed_batch():
    return pack(torch.arange(5, 25).numpy(), torch.tensor([9, 11]).numpy(), torch.tensor([4, 11]).numpy())


def test_round_trip_is_exact(checkpoint, encoder, uninitialised_memory_is_nan):
    manifest, model, masks = checkpoint
    loaded, loaded_masks = load_pretraining_model(manifest)
    assert type(loaded) is type(model)
    assert_same(loaded.state_dict(), model.state_dict())
    assert loaded_masks.keys() == masks.keys()
    assert all(torch.equal(loaded_masks[name], mask) for name, mask in masks.items())
    for (name, buffer), expected in zip(loaded.named_buffers(), model.buffers(), strict=True):
        assert torch.equal(buffer, expected), name
    family = family_named(loaded.config.model_type)
    hidden = [encode(one.eval().base_model, family, packed_batch()) for one in (loaded, model)]
    assert torch.equal(*hidden)
    assert encoder_of(manifest).resolve() == encoder_of(encoder).resolve() == encoder.resolve()
    assert special_tokens(manifest) == special_tokens(encoder)


def test_decoder_stays_tied(checkpoint):
    model, _ = load_pretraining_model(checkpoint[0])
    assert model.get_output_embeddings().weight is model.get_input_embeddings().weight
    with torch.no_grad():
        model.get_input_embeddings().weight.fill_(0.5)
    assert (model.get_output_embeddings().weight == 0.5).all()


def test_same_model_same_bytes(checkpoint, encoder, tmp_path):
    manifest, *_ = checkpoint
    again = tmp_path / "again" / "manifest.json"
    prune_and_write(encoder, again)
    for name in ("manifest.json", WEIGHTS, "config.json"):
        assert manifest.with_name(name).read_bytes() == again.with_name(name).read_bytes()
    third = tmp_path / "third" / "manifest.json"
    model, masks = load_pretraining_model(manifest)
    write_checkpoint(third, model, masks, encoder=encoder, content={"prune": None})
    assert manifest.with_name(WEIGHTS).read_bytes() == third.with_name(WEIGHTS).read_bytes()


def test_classifier_has_the_encoders_weights_and_a_fresh_head(checkpoint, uninitialised_memory_is_nan):
    manifest, model, masks = checkpoint

    def load(seed, labels=3):
        torch.manual_seed(seed)
        classifier, found = load_classification_model(manifest, labels, 0.25)
        assert found.keys() == masks.keys()
        return classifier

    classifier, same, other = load(1), load(1), load(2)
    prefix = model.base_model_prefix + "."
    stored = model.state_dict()
    heads = 0
    for name, weight in classifier.state_dict().items():
        assert torch.equal(weight, same.state_dict()[name]), name
        assert weight.isfinite().all(), name
        if name.startswith(prefix):
            assert torch.equal(weight, stored[name]), name
            assert torch.equal(weight, other.state_dict()[name]), name
        elif weight.ndim > 1:
            heads += 1
            assert not torch.equal(weight, other.state_dict()[name]), name
            # The tiny encoders' initializer_range is 0.3.
            assert 0.1 < weight.std() < 0.6
        else:
            assert not weight.any(), name
    assert heads >= 1
    assert load(1, labels=1).num_labels == 1
    assert not classifier.base_model.get_input_embeddings().weight[~masks[next(iter(masks))]].any()


def test_fresh_head_is_as_transformers_draws_it(checkpoint, tmp_path):
    """A head has the same standard deviations as one of `_from_config`, so all of its weights are initialised."""
    manifest, *_ = checkpoint
    classifier, _ = load_classification_model(manifest, 64, 0.0)
    fresh = fresh_classification_model(manifest, 64, 0.0)
    prefix = classifier.base_model_prefix + "."
    for name, weight in fresh.state_dict().items():
        if not name.startswith(prefix):
            found = classifier.state_dict()[name]
            assert found.std().item() == pytest.approx(weight.std().item(), rel=0.25)
            assert found.mean().item() == pytest.approx(weight.mean().item(), abs=0.1)


@pytest.mark.parametrize("load", [load_classification_model, fresh_classification_model])
def test_classifier_dropout(checkpoint, load):
    model = load(checkpoint[0], 3, 0.25)
    model = model[0] if isinstance(model, tuple) else model
    family = family_named(model.config.model_type)
    rates = {module.p for name, module in model.named_modules() if "dropout" in name and "." not in name}
    rates |= {module.p for name, module in model.named_modules() if name == "classifier.dropout"}
    assert rates == {0.25}
    pooled = torch.randn(4, 16)
    assert torch.equal(*(family.classification_logits(model.eval(), pooled) for _ in range(2)))
    model.train()
    assert not torch.equal(*(family.classification_logits(model, pooled) for _ in range(2)))


def test_fresh_model_depends_on_the_seed_alone(encoder, checkpoint):
    def fresh(manifest, seed):
        torch.manual_seed(seed)
        return fresh_classification_model(manifest, 3, 0.1)

    model = fresh(encoder, 1)
    assert_same(model.state_dict(), fresh(checkpoint[0], 1).state_dict())
    other = fresh(encoder, 2).state_dict()
    stored = checkpoint[1].state_dict()
    for name, weight in prunable_matrices(model).items():
        assert not torch.equal(weight, other[name])
        assert not torch.equal(weight, stored[name])


def finetuned_snapshot(checkpoint, encoder, folder):
    """A snapshot from which `prune_downstream` can start: a classifier with a trained head and no mask."""
    torch.manual_seed(0)
    model, _ = load_classification_model(checkpoint, 3, 0.1)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter += torch.randn(parameter.shape)
    write_checkpoint(folder / "manifest.json", model, {}, encoder=encoder, content={})
    return folder / "manifest.json", model


def test_fine_tuned_classifier_comes_back_with_its_head(checkpoint, encoder, tmp_path):
    manifest, model = finetuned_snapshot(checkpoint[0], encoder, tmp_path / "snapshot")
    loaded, masks = load_classification_model(manifest, 3, 0.1)
    assert masks == {}
    assert_same(loaded.state_dict(), model.state_dict())
    other, _ = load_classification_model(manifest, 5, 0.1)
    assert_same(other.base_model.state_dict(), model.base_model.state_dict())
    assert other.num_labels == 5


def test_pre_training_goes_on_from_a_classifier(checkpoint, encoder, tmp_path, uninitialised_memory_is_nan):
    """Initialising fresh heads must not change the embeddings to which the decoder is tied."""
    manifest, model = finetuned_snapshot(checkpoint[0], encoder, tmp_path / "snapshot")
    loaded, _ = load_pretraining_model(manifest)
    assert_same(loaded.base_model.state_dict(), model.base_model.state_dict())
    assert all(weight.isfinite().all() for weight in loaded.state_dict().values())


@pytest.mark.parametrize("change", ["missing", "other shape"])
def test_encoder_weights_must_be_there(checkpoint, change):
    manifest, model, masks = checkpoint
    state_dict = model.state_dict()
    name = list(prunable_matrices(model))[1]
    masks.pop(name)
    weight = state_dict.pop(name)
    if change == "other shape":
        state_dict[name] = weight[:-1].clone()
    save_sparse(manifest.with_name(WEIGHTS), state_dict, masks)
    for load in (load_pretraining_model, lambda path: load_classification_model(path, 3, 0.1)):
        with pytest.raises(CheckpointError, match=name):
            load(manifest)


def test_untied_decoders_are_refused(encoder, tmp_path):
    config = json.loads(encoder.with_name("config.json").read_text())
    model, _ = load_pretraining_model(encoder)
    assert_tied(model)
    untied = type(model).config_class.from_dict({**config, "tie_word_embeddings": False})
    with pytest.raises(CheckpointError, match="not tied to the word embeddings"):
        assert_tied(type(model)(untied))
    with pytest.raises(CheckpointError, match="not tied to the word embeddings"):
        assert_tied(fresh_classification_model(encoder, 3, 0.1))


def zeros_by_name(model):
    return {name: int((weight == 0).sum()) for name, weight in prunable_matrices(model).items()}


def test_export_of_a_pre_trained_checkpoint(checkpoint, encoder, tmp_path):
    manifest, model, masks = checkpoint
    folder = tmp_path / "exported"
    export(manifest, folder)
    assert not list(folder.glob("*.bin"))

    bare = AutoModel.from_pretrained(folder, dtype="auto")
    masked_lm = AutoModelForMaskedLM.from_pretrained(folder, dtype="auto")
    pruned = {name: int((~mask).sum()) for name, mask in masks.items()}
    assert sum(pruned.values()) == sum(round(0.6 * mask.numel()) for mask in masks.values())
    found = zeros_by_name(masked_lm)
    assert found == {name: pruned[name] for name in found}
    # A bare RoBERTa has a pooler that its masked LM doesn't.
    found = {name: zeros for name, zeros in zeros_by_name(bare).items() if name in model.base_model.state_dict()}
    assert found == zeros_by_name(model.base_model)
    for name, weight in bare.state_dict().items():
        if name in model.base_model.state_dict():
            assert torch.equal(weight, model.base_model.state_dict()[name]), name

    family = family_named(model.config.model_type)
    ids = torch.arange(5, 25).unsqueeze(0)
    packed = pack(ids[0].numpy(), torch.tensor([20]).numpy(), torch.tensor([20]).numpy())
    expected = family.masked_lm_logits(model.eval(), encode(model.base_model, family, packed))
    torch.testing.assert_close(masked_lm.eval()(input_ids=ids).logits[0], expected, rtol=1e-5, atol=1e-5)

    tokenizers = [AutoTokenizer.from_pretrained(path) for path in (folder, encoder.parent)]
    assert tokenizers[0]("w3 w1 unknown").input_ids == tokenizers[1]("w3 w1 unknown").input_ids


def test_export_of_a_fine_tuned_checkpoint(checkpoint, encoder, tmp_path):
    manifest, model = finetuned_snapshot(checkpoint[0], encoder, tmp_path / "snapshot")
    export(manifest, tmp_path / "exported")
    loaded = AutoModelForSequenceClassification.from_pretrained(tmp_path / "exported", dtype="auto")
    assert_same(loaded.state_dict(), model.state_dict())
    family = family_named(model.config.model_type)
    ids = torch.arange(5, 25).unsqueeze(0)
    packed = pack(ids[0].numpy(), torch.tensor([20]).numpy(), torch.tensor([20]).numpy())
    _, pooled = encode_and_pool(model.eval().base_model, family, packed)
    expected = family.classification_logits(model, pooled)
    torch.testing.assert_close(loaded.eval()(input_ids=ids).logits, expected, rtol=1e-5, atol=1e-5)


def test_export_overwrites_nothing(tiny_encoders, tmp_path):
    manifest = tmp_path / "checkpoint" / "manifest.json"
    prune_and_write(tiny_encoders["bert"], manifest)
    folder = tmp_path / "exported"
    folder.mkdir()
    (folder / "mine.txt").write_text("keep")
    with pytest.raises(CheckpointError, match="is not empty"):
        export(manifest, folder)
    assert [file.read_text() for file in folder.iterdir()] == ["keep"]
    (folder / "mine.txt").unlink()
    export(manifest, folder)
    assert (folder / "model.safetensors").is_file()


def test_export_of_an_encoder_is_refused(tiny_encoders, tmp_path):
    with pytest.raises(CheckpointError, match="its kind is 'encoder'"):
        export(tiny_encoders["bert"], tmp_path / "exported")
    assert not (tmp_path / "exported").exists()


def test_checkpoint_may_be_read_from_another_folder(checkpoint, tmp_path, monkeypatch):
    """The manifest has the relative path of its encoder, so a study can be moved, and read from any folder."""
    manifest, *_ = checkpoint
    monkeypatch.chdir(tmp_path)
    assert special_tokens(manifest.relative_to(tmp_path)) == special_tokens(manifest)
    assert load_sparse(manifest.with_name(WEIGHTS))[1].keys() == checkpoint[2].keys()
