"""The prunable parameters are found by role, in every family, with and without heads."""

import pytest

from prunetransfer.pruning import prunable_matrices

LAYERS = 2
ATTENTION_AND_FEED_FORWARD = 6
HIDDEN, INTERMEDIATE, VOCABULARY = 16, 24, 60


def expected_shapes(pooler: bool) -> list[tuple[int, int]]:
    layer = [(HIDDEN, HIDDEN)] * 4 + [(INTERMEDIATE, HIDDEN), (HIDDEN, INTERMEDIATE)]
    return [(VOCABULARY, HIDDEN), *layer * LAYERS, *([(HIDDEN, HIDDEN)] if pooler else [])]


@pytest.mark.parametrize("head", [None, "PRETRAINING", "CLASSIFICATION"])
def test_roles_and_shapes(make_model, architecture, head):
    model = make_model(head=head)
    matrices = prunable_matrices(model)
    pooler = architecture == "bert" or (architecture == "roberta" and head is None)
    assert [tuple(weight.shape) for weight in matrices.values()] == expected_shapes(pooler)
    names = list(matrices)
    assert "word_embeddings" in names[0]
    assert all(".layer." in name for name in names[1 : 1 + LAYERS * ATTENTION_AND_FEED_FORWARD])
    assert [name for name in names if "pooler" in name] == names[1 + LAYERS * ATTENTION_AND_FEED_FORWARD :]
    forbidden = ("bias", "LayerNorm", "layer_norm", "position", "token_type", "cls.", "lm_head", "classifier", "vocab_")
    assert not [name for name in names if any(part in name for part in forbidden)]


@pytest.mark.parametrize("head", [None, "PRETRAINING", "CLASSIFICATION"])
def test_names_are_the_models(make_model, head):
    model = make_model(head=head)
    parameters = dict(model.named_parameters())
    matrices = prunable_matrices(model)
    assert all(parameters[name] is weight for name, weight in matrices.items())
    assert list(matrices) == [name for name in parameters if name in matrices]


def test_the_decoder_is_the_embeddings(make_model):
    """The decoder is tied to the embeddings. So it is pruned with them, and listed once."""
    model = make_model()
    matrices = prunable_matrices(model)
    decoder = model.get_output_embeddings().weight
    assert [weight is decoder for weight in matrices.values()].count(True) == 1


def test_same_matrices_with_and_without_heads(make_model):
    """Names don't depend on heads, so a mask of pre-training fits its matrix in the classifier."""
    heads = [set(prunable_matrices(make_model(head=head))) for head in ("PRETRAINING", "CLASSIFICATION")]
    assert heads[0] == heads[1]


def test_without_pooler(make_family_model):
    names = prunable_matrices(make_family_model("bert", head=None, add_pooling_layer=False))
    assert len(names) == 1 + LAYERS * ATTENTION_AND_FEED_FORWARD
    assert not any("pooler" in name for name in names)
