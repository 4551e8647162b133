"""Counts of weights equal those of transformers and the pruner. The process that asks for them doesn't import torch."""

import json
import subprocess
import sys

import pytest

from prunetransfer.config.encoder import FreshEncoder
from prunetransfer.models.families import family_named
from prunetransfer.models.matrices import prunable_matrices
from prunetransfer.models.weight_count import count_weights, count_weights_of
from prunetransfer.planning.counting import counted
from prunetransfer.planning.encoder import planned_encoder, sizes_in, sizes_of
from prunetransfer.planning.errors import PlanError
from prunetransfer.planning.model_config import model_config
from prunetransfer.planning.sizes import EncoderSizes
from prunetransfer.storage.files import read_json

WITHOUT_TORCH = """
import sys
from pathlib import Path
from prunetransfer.config.reading import parse_study
from prunetransfer.preflight.problems import preflight
{before}
preflight(parse_study({study!r}), Path({folder!r}), slots=1, gpus=0)
assert "torch" not in sys.modules and "transformers" not in sys.modules
"""
NO_OTHER_PROCESS = """
def refuse(event, arguments):
    assert event != "subprocess.Popen", arguments
sys.addaudithook(refuse)
"""


def counts_of(model):
    return (
        sum(parameter.numel() for parameter in model.parameters()),
        sum(matrix.numel() for matrix in prunable_matrices(model).values()),
    )


def test_counts_of_a_config_are_the_models(make_model):
    """Weights are counted without memory for them."""
    model = make_model()
    assert count_weights_of(model.config) == count_weights(model)
    parameters, prunable = counts_of(model)
    assert count_weights(model) == {"parameters": parameters, "prunable": prunable}


def test_counts_of_sizes_are_the_models(make_model, tmp_path):
    """RoBERTa may have one position more, because its positions begin after its padding token."""
    model = make_model()
    model.config.to_json_file(tmp_path / "config.json", use_diff=False)
    sizes = sizes_in(tmp_path / "config.json")
    found = count_weights_of(model_config(sizes))
    parameters, prunable = counts_of(model)
    assert found["prunable"] == prunable
    assert found["parameters"] - parameters == (sizes.hidden_size if sizes.architecture == "roberta" else 0)


def test_an_embedding_of_another_width_is_counted(tmp_path):
    """The embeddings of ELECTRA's published generators are wider than their layers."""
    from transformers import ElectraConfig, ElectraForMaskedLM

    config = ElectraConfig(
        vocab_size=50,
        hidden_size=8,
        embedding_size=12,
        num_attention_heads=2,
        num_hidden_layers=1,
        intermediate_size=16,
    )
    config.to_json_file(tmp_path / "config.json", use_diff=False)
    expected = count_weights(ElectraForMaskedLM(config))
    assert count_weights_of(config) == count_weights_of(model_config(sizes_in(tmp_path / "config.json"))) == expected


def test_a_fresh_encoder_is_counted_as_it_will_be_made(architecture):
    fresh = FreshEncoder(source="fresh", architecture=architecture, max_length=24, vocabulary={"size": 60})
    family = family_named(architecture)
    model = family.PRETRAINING(family.fresh_config(fresh, 60, 0))
    assert count_weights_of(model_config(sizes_of(fresh))) == count_weights(model)


def test_bert_base_is_the_default():
    """30,522 words of 768; 12 layers with four maps of 768 x 768 and two of 768 x 3,072; a pooler of 768 x 768."""
    found = counted(EncoderSizes().model_dump_json())
    assert found.prunable == 30_522 * 768 + 12 * (4 * 768**2 + 2 * 768 * 3072) + 768**2 == 108_965_376
    assert found.parameters == 110_106_428


def test_a_prepared_encoders_counts_are_in_its_manifest(tiny_encoders, make_study, architecture, tmp_path):
    from prunetransfer.models.checkpoint import load_pretraining_model

    (tmp_path / "encoder").symlink_to(tiny_encoders[architecture].parent)
    found = planned_encoder(make_study(), tmp_path, EncoderSizes())
    model, _ = load_pretraining_model(tiny_encoders[architecture])
    assert found.weights == counts_of(model)
    assert found.sizes.architecture == architecture
    assert found.origin == f"measured: {tmp_path / 'encoder/manifest.json'}"


@pytest.mark.parametrize("source", ["folder", "package", "hub"])
def test_an_encoder_that_isnt_prepared_is_counted_from_its_config(
    tiny_encoders, make_study, source, tmp_path, monkeypatch
):
    origin = tiny_encoders["bert"].parent
    package = tmp_path / "site" / "a_tiny_bert"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "config.json").write_bytes((origin / "config.json").read_bytes())
    monkeypatch.syspath_prepend(str(package.parent))
    monkeypatch.setattr("huggingface_hub.try_to_load_from_cache", lambda *_, **__: str(origin / "config.json"))
    encoder = {"folder": {"path": str(origin)}, "package": {"package": "a_tiny_bert"}, "hub": {"name": "a/tiny-bert"}}
    study = make_study(lambda content: content.update(encoder={"source": source, **encoder[source]}))
    found = planned_encoder(study, tmp_path, None)
    content = read_json(tiny_encoders["bert"])
    assert found.weights == (content["parameters"], content["prunable"])
    assert found.origin == f"measured: config.json of {source} encoder"


@pytest.mark.parametrize("prepared", [True, False])
def test_a_preflight_imports_no_torch(tiny_encoders, prepared, tmp_path, project):
    """The counts of a prepared encoder are in its manifest, so no process counts them."""
    from prunetransfer.config.reading import read_yaml

    if prepared:
        (tmp_path / "encoder").symlink_to(tiny_encoders["bert"].parent)
    code = WITHOUT_TORCH.format(
        study=read_yaml(project / "config.yaml"), folder=str(tmp_path), before=NO_OTHER_PROCESS if prepared else ""
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_the_error_for_an_unknown_encoder_asks_for_its_sizes(bert_base, tmp_path, monkeypatch):
    monkeypatch.setattr("huggingface_hub.try_to_load_from_cache", lambda *_, **__: None)
    with pytest.raises(PlanError, match=r"encoder\.name: found google-bert/bert-base-uncased.*--throughput"):
        planned_encoder(bert_base, tmp_path, None)
    assert planned_encoder(bert_base, tmp_path, EncoderSizes(layers=6)).sizes.layers == 6


def test_a_config_of_another_kind_is_refused(tmp_path):
    (tmp_path / "config.json").write_text('{"model_type": "gpt2"}')
    with pytest.raises(PlanError, match="found 'gpt2'; allowed: bert"):
        sizes_in(tmp_path / "config.json")
    (tmp_path / "config.json").write_text('{"model_type": "bert"}')
    with pytest.raises(PlanError, match="found no vocab_size"):
        sizes_in(tmp_path / "config.json")


@pytest.mark.parametrize(
    ("sizes", "reason"),
    [({"architecture": "gpt2"}, "allowed are bert"), ({"hidden_size": 100}, "hidden_size must be a multiple of heads")],
)
def test_sizes_that_no_encoder_can_have_are_an_error_with_its_reason(sizes, reason):
    with pytest.raises(PlanError, match=f"can't be counted: (?s:.*){reason}"):
        counted(json.dumps(sizes))
