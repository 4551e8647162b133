"""Weights are counted as transformers and the pruner count them."""

import pytest

from prunetransfer.planning.encoder import EncoderSizes, encoder_sizes, sizes_in, sizes_of
from prunetransfer.planning.errors import PlanError


def test_counts_equal_the_models(make_model, tmp_path):
    from prunetransfer.pruning.matrices import prunable_matrices

    model = make_model()
    model.config.to_json_file(tmp_path / "config.json", use_diff=False)
    sizes = sizes_in(tmp_path / "config.json")
    assert sizes.parameters == sum(parameter.numel() for parameter in model.parameters())
    assert sizes.prunable == sum(matrix.numel() for matrix in prunable_matrices(model).values())


def test_a_fresh_encoders_sizes_are_those_of_its_config(architecture, tmp_path):
    from prunetransfer.config.encoder import FreshEncoder
    from prunetransfer.models.families import family_named

    fresh = FreshEncoder(source="fresh", architecture=architecture, max_length=24, vocabulary={"size": 60})
    config = family_named(architecture).fresh_config(fresh, 60, 0)
    config.to_json_file(tmp_path / "config.json", use_diff=False)
    assert sizes_of(fresh).parameters == sizes_in(tmp_path / "config.json").parameters


def test_bert_base_is_the_default():
    """110 M weights with the heads (Devlin et al. 2019)."""
    assert EncoderSizes().parameters == pytest.approx(110e6, rel=0.01)


def test_an_encoder_that_is_nowhere_asks_for_its_sizes(bert_base, tmp_path, monkeypatch):
    import huggingface_hub

    monkeypatch.setattr(huggingface_hub, "try_to_load_from_cache", lambda *_, **__: None)
    with pytest.raises(PlanError, match=r"encoder\.name: found google-bert/bert-base-uncased.*--throughput"):
        encoder_sizes(bert_base, tmp_path, None)
    assert encoder_sizes(bert_base, tmp_path, EncoderSizes(layers=6))[0].layers == 6


def test_a_config_of_another_kind_is_refused(tmp_path):
    (tmp_path / "config.json").write_text('{"model_type": "gpt2"}')
    with pytest.raises(PlanError, match="found 'gpt2'; allowed: bert"):
        sizes_in(tmp_path / "config.json")
    (tmp_path / "config.json").write_text('{"model_type": "bert"}')
    with pytest.raises(PlanError, match="found no vocab_size"):
        sizes_in(tmp_path / "config.json")
