"""Prepares encoders from every source: fresh, a folder, the hub, a package. Errors say why an encoder can't be used."""

import json
import logging
import shutil
import sys

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModel, AutoTokenizer, PreTrainedTokenizerFast

from prunetransfer.jobs.settings.encoder import EncoderJobSettings
from prunetransfer.models.checkpoint import CheckpointError, load_pretraining_model, special_tokens
from prunetransfer.models.prepare import prepare_encoder
from prunetransfer.storage.files import read_json, sha256


def prepare(output, **encoder):
    stage = EncoderJobSettings.model_validate({"encoder": encoder, "corpus": None, "max_documents": None})
    prepare_encoder(stage, output / "manifest.json", None)
    return output / "manifest.json"


def contents(manifest):
    return {path.name: path.read_bytes() for path in manifest.parent.iterdir()}


@pytest.mark.parametrize("kind", ["word", "wordpiece"])
def test_fresh_encoder(make_encoder, architecture, kind, tmp_path):
    vocabulary = {"kind": kind, "size": 90}
    manifest = make_encoder(architecture, tmp_path / "one", vocabulary=vocabulary)
    again = make_encoder(architecture, tmp_path / "again", vocabulary=vocabulary)
    assert contents(manifest) == contents(again)

    content = read_json(manifest)
    assert content["kind"] == "encoder"
    assert content["files"] == {
        name: {"bytes": len(data), "sha256": sha256(manifest.with_name(name))}
        for name, data in sorted(contents(manifest).items())
        if name != "manifest.json"
    }
    tokenizer = AutoTokenizer.from_pretrained(manifest.parent)
    model, _ = load_pretraining_model(manifest)
    assert model.config.model_type == architecture
    assert model.get_input_embeddings().weight.shape == (len(tokenizer), 16)
    assert content["vocabulary_size"] == len(tokenizer) <= 90
    for name, token in vars(special_tokens(manifest)).items():
        assert token == getattr(tokenizer, f"{name}_token_id") == tokenizer.convert_tokens_to_ids(f"[{name.upper()}]")
    assert tokenizer.decode(tokenizer("w3 w11").input_ids) == "[CLS] w3 w11 [SEP]"


def test_fresh_encoders_seed_decides_the_weights_only(make_encoder, tmp_path):
    files = [contents(make_encoder("bert", tmp_path / str(seed), seed=seed)) for seed in (0, 1)]
    changed = {name for name in files[0] if files[0][name] != files[1][name]}
    assert changed == {"manifest.json", "model.safetensors"}


def test_longest_sequence_fits(make_encoder, architecture, tmp_path):
    manifest = make_encoder(architecture, tmp_path / "encoder", max_length=9)
    model = AutoModel.from_pretrained(manifest.parent)
    model(input_ids=torch.full((1, 9), 7))
    with pytest.raises((IndexError, RuntimeError)):
        model(input_ids=torch.full((1, 10), 7))


@pytest.fixture
def pretrained(tiny_encoders, architecture, tmp_path):
    """A folder with heads like those on the hub, without a manifest."""
    folder = tmp_path / "pretrained"
    shutil.copytree(tiny_encoders[architecture].parent, folder)
    (folder / "manifest.json").unlink()
    (folder / "README.md").write_text("# A model card\n")
    return folder


@pytest.fixture
def bert(tiny_encoders, tmp_path):
    folder = tmp_path / "pretrained"
    shutil.copytree(tiny_encoders["bert"].parent, folder)
    return folder


def test_folder_with_heads(pretrained, architecture, tmp_path, caplog):
    manifest = prepare(tmp_path / "encoder", source="folder", path=str(pretrained), architecture=architecture)
    assert "fresh" not in caplog.text
    stored = load_file(pretrained / "model.safetensors")
    found = load_file(manifest.with_name("model.safetensors"))
    assert stored.keys() == found.keys()
    assert all(torch.equal(found[name], weight) for name, weight in stored.items())


def test_folder_without_heads_gets_fresh_ones(pretrained, architecture, tmp_path, caplog):
    bare = AutoModel.from_pretrained(pretrained)
    (pretrained / "model.safetensors").unlink()
    bare.half().save_pretrained(pretrained)  # float16, as some checkpoints come
    options = {"source": "folder", "path": str(pretrained), "architecture": architecture}
    with caplog.at_level(logging.WARNING, logger="prunetransfer"):
        manifests = [prepare(tmp_path / name, **options, seed=seed) for name, seed in (("a", 1), ("b", 1), ("c", 2))]
    [message, *_] = [record.getMessage() for record in caplog.records if record.name.startswith("prunetransfer")]
    assert "lacks pre-training heads; fresh ones are used" in message
    models = [load_pretraining_model(manifest)[0] for manifest in manifests]
    heads = 0
    for name, weight in models[0].state_dict().items():
        same, other = (model.state_dict()[name] for model in models[1:])
        assert torch.equal(weight, same)
        assert weight.dtype == torch.float32
        inner = name.removeprefix(f"{models[0].base_model_prefix}.")
        if inner in bare.state_dict():
            assert torch.equal(weight, bare.state_dict()[inner].float()), name
        elif weight.ndim > 1 and weight is not models[0].get_output_embeddings().weight:
            heads += not torch.equal(weight, other)
            assert name in message or "decoder" in name or "projector" in name or "generator_lm_head" in name
    assert heads >= 1
    assert contents(manifests[0]) == contents(manifests[1])


def test_hub_cache_offline(bert, tmp_path, monkeypatch):
    """A repository in the hub's cache has blobs, and a snapshot with links to them, as `hf download` makes it."""
    import huggingface_hub.constants

    cache = tmp_path / "cache"
    repository = cache / "models--someone--tiny-bert"
    commit = "0123456789abcdef0123456789abcdef01234567"
    snapshot = repository / "snapshots" / commit
    for folder in (snapshot, repository / "blobs", repository / "refs"):
        folder.mkdir(parents=True)
    (repository / "refs" / "main").write_text(commit)
    for file in bert.iterdir():
        file.rename(repository / "blobs" / file.name)
        (snapshot / file.name).symlink_to(f"../../blobs/{file.name}")
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(cache))
    manifest = prepare(tmp_path / "encoder", source="hub", name="someone/tiny-bert")
    assert manifest.with_name("model.safetensors").read_bytes() == (snapshot / "model.safetensors").read_bytes()
    with pytest.raises(CheckpointError, match="someone/other"):
        prepare(tmp_path / "encoder", source="hub", name="someone/other")
    with pytest.raises(CheckpointError, match="someone/tiny-bert"):
        prepare(tmp_path / "encoder", source="hub", name="someone/tiny-bert", revision="v9")


@pytest.mark.parametrize("folder", [".", "model"])
def test_package(bert, tmp_path, monkeypatch, folder):
    package = tmp_path / "site" / "a_tiny_bert"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("raise ImportError('a package must not be run to find its files')")
    shutil.copytree(bert, package / folder, dirs_exist_ok=True)
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    manifest = prepare(tmp_path / "encoder", source="package", package="a_tiny_bert", folder=folder)
    assert manifest.with_name("model.safetensors").read_bytes() == (bert / "model.safetensors").read_bytes()
    assert "a_tiny_bert" not in sys.modules
    with pytest.raises(CheckpointError, match=r"a_tiny_bert/absent has no config\.json"):
        prepare(tmp_path / "encoder", source="package", package="a_tiny_bert", folder="absent")


@pytest.mark.parametrize("name", ["not_installed_here", "not_installed.inside", "json.decoder"])
def test_package_that_is_not_there(tmp_path, name):
    with pytest.raises(CheckpointError, match=f"'{name}' is not an installed package"):
        prepare(tmp_path / "encoder", source="package", package=name)


def without_config(folder):
    (folder / "config.json").unlink()


def only_a_pickle(folder):
    torch.save(load_file(folder / "model.safetensors"), folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()


def without_weights(folder):
    (folder / "model.safetensors").unlink()


def cut_weights(folder):
    file = folder / "model.safetensors"
    file.write_bytes(file.read_bytes()[:-100])


def weights_of_half_a_layer(folder):
    weights = load_file(folder / "model.safetensors")
    kept = {name: weight for name, weight in weights.items() if "layer.1.attention" not in name}
    save_file(kept, folder / "model.safetensors", {"format": "pt"})


def weights_of_other_shape(folder):
    weights = load_file(folder / "model.safetensors")
    weights["bert.encoder.layer.1.intermediate.dense.weight"] = torch.zeros(23, 16)
    save_file(weights, folder / "model.safetensors", {"format": "pt"})


def without_tokenizer(folder):
    for file in folder.glob("tokenizer*"):
        file.unlink()


def tokenizer_without_mask(folder):
    PreTrainedTokenizerFast(
        tokenizer_file=str(folder / "tokenizer.json"), unk_token="[UNK]", pad_token="[PAD]"
    ).save_pretrained(folder)


def too_many_tokens(folder):
    tokenizer = AutoTokenizer.from_pretrained(folder)
    tokenizer.add_tokens([f"new{number}" for number in range(30)])
    tokenizer.save_pretrained(folder)


def untied(folder):
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "tie_word_embeddings": False}))


def code_of_its_own(folder):
    config = json.loads((folder / "config.json").read_text())
    classes = {
        "AutoConfig": "theirs.Config",
        "AutoModelForPreTraining": "theirs.Model",
        "AutoTokenizer": "theirs.Model",
    }
    (folder / "config.json").write_text(json.dumps({**config, "auto_map": classes}))
    (folder / "theirs.py").write_text("raise SystemExit('code of a repository was run')")


def architecture_of_its_own(folder):
    code_of_its_own(folder)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "model_type": "their_own"}))


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (without_config, r"pretrained has no config\.json"),
        (only_a_pickle, "pretrained can't be loaded: .*safetensors"),
        (without_weights, "pretrained can't be loaded: .*safetensors"),
        (cut_weights, "pretrained can't be loaded"),
        (weights_of_half_a_layer, r"pretrained lacks bert\.encoder\.layer\.1\.attention"),
        (weights_of_other_shape, r"pretrained.*bert\.encoder\.layer\.1\.intermediate\.dense\.weight"),
        (without_tokenizer, "has no tokenizer"),
        (tokenizer_without_mask, "its tokenizer has no cls, sep, mask token"),
        (too_many_tokens, r"the tokenizer has \d+ tokens, the model 60 embeddings"),
        (untied, "not tied to the word embeddings"),
        (code_of_its_own, "pretrained comes with code of its own, which is never run: .*theirs.Model"),
        (architecture_of_its_own, "pretrained can't be loaded: .*trust_remote_code"),
    ],
)
def test_unfit_folders_are_refused(bert, tmp_path, spoil, message):
    manifest = prepare(tmp_path / "encoder", source="folder", path=str(bert))
    before = contents(manifest)
    spoil(bert)
    with pytest.raises(CheckpointError, match=f"(?s){message}"):
        prepare(tmp_path / "encoder", source="folder", path=str(bert))
    assert contents(manifest) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["encoder", "pretrained"]


def test_other_architectures_are_refused(tiny_encoders, tmp_path):
    folder = tiny_encoders["roberta"].parent
    with pytest.raises(CheckpointError, match=r"encoder\.architecture: found 'bert', .* is 'roberta'"):
        prepare(tmp_path / "encoder", source="folder", path=str(folder))
    assert not list(tmp_path.iterdir())


def test_folder_that_is_not_there(tmp_path):
    with pytest.raises(CheckpointError, match=r"absent has no config\.json"):
        prepare(tmp_path / "encoder", source="folder", path=str(tmp_path / "absent"))
