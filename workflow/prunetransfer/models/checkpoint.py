"""Loads and writes encoders: ordinary folders of transformers, and this project's sparse checkpoints with manifests."""

import os
from pathlib import Path

import torch
from torch import Tensor, nn
from transformers import AutoConfig, PreTrainedModel
from transformers.initialization import no_init_weights

from prunetransfer.data.special_tokens import SpecialTokens
from prunetransfer.errors import PruneTransferError
from prunetransfer.storage.files import read_json, whole_file, write_manifest
from prunetransfer.storage.manifests import WEIGHTS, config_folder, encoder_of
from prunetransfer.storage.snapshots import load_weights
from prunetransfer.storage.sparse import load_sparse, save_sparse

from .dropout import use_fast_dropout
from .families import family_named
from .unpadded import ATTENTION


class CheckpointError(PruneTransferError):
    """A checkpoint or an encoder can't be used for its purpose. The message says why."""


def special_tokens(manifest: Path) -> SpecialTokens:
    """Returns the ids of the special tokens of a checkpoint's encoder."""
    return SpecialTokens(**read_json(encoder_of(manifest))["special_tokens"])


def load_pretraining_model(manifest: Path) -> tuple[PreTrainedModel, dict[str, Tensor]]:
    """Loads a checkpoint with its pre-training heads, in fp32.

    Returns the model and its masks: bool tensors by parameter name, True where a weight is kept. An encoder's folder and a
    dense checkpoint have none ({}). Raises CheckpointError if the checkpoint lacks weights of the encoder, or if its decoder
    is not tied to the word embeddings.
    """
    config = AutoConfig.from_pretrained(manifest.parent)
    family = family_named(config.model_type)
    if read_json(manifest)["kind"] == "encoder":
        model = family.PRETRAINING.from_pretrained(manifest.parent, dtype="float32", attn_implementation=ATTENTION)
        masks: dict[str, Tensor] = {}
    else:
        model, masks = _load(manifest, config, family.PRETRAINING)
    assert_tied(model)
    use_fast_dropout(model)
    return model, masks


def load_classification_model(
    manifest: Path, labels: int, classifier_dropout: float
) -> tuple[PreTrainedModel, dict[str, Tensor]]:
    """Loads a checkpoint with a classifier, in fp32. Returns the model and its masks, as `load_pretraining_model` does.

    labels: the number of outputs, 1 for a regression. classifier_dropout: the dropout rate before the classifier. If the
    checkpoint has no classifier, random weights are drawn from torch's global generator. Raises CheckpointError if the
    checkpoint lacks weights of the encoder.
    """
    config = AutoConfig.from_pretrained(config_folder(manifest), num_labels=labels)
    # The families have two names for the dropout before the classifier. Each reads the one that it knows.
    config.classifier_dropout = config.seq_classif_dropout = classifier_dropout
    model, masks = _load(manifest, config, family_named(config.model_type).CLASSIFICATION)
    use_fast_dropout(model)
    return model, masks


def fresh_classification_model(encoder: Path, labels: int, classifier_dropout: float) -> PreTrainedModel:
    """Returns a classifier of an encoder's architecture in fp32. All weights are random, from torch's global generator.

    encoder: the encoder's manifest. labels: the number of outputs. classifier_dropout: the rate before the classifier.
    """
    config = AutoConfig.from_pretrained(encoder.parent, num_labels=labels)
    config.classifier_dropout = config.seq_classif_dropout = classifier_dropout
    model_class = family_named(config.model_type).CLASSIFICATION
    model = model_class._from_config(config, attn_implementation=ATTENTION, dtype=torch.float32)
    use_fast_dropout(model)
    return model


def _stored(manifest: Path) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    if read_json(manifest)["kind"] == "snapshot":
        return load_weights(manifest), {}
    return load_sparse(manifest.with_name(WEIGHTS))


def _load(manifest: Path, config, model_class) -> tuple[PreTrainedModel, dict[str, Tensor]]:
    """Loads a checkpoint into a model of this class. Weights that the checkpoint lacks (a classifier) are random."""
    stored, masks = _stored(manifest)
    with no_init_weights():
        model = model_class._from_config(config, attn_implementation=ATTENTION, dtype=torch.float32)
    model.tie_weights()
    wanted = model.state_dict()
    missing = [name for name in wanted if name not in stored or stored[name].shape != wanted[name].shape]
    in_encoder = [name for name in missing if name.startswith(f"{model.base_model_prefix}.")]
    if in_encoder:
        raise CheckpointError(f"{manifest}: has no weights for {', '.join(in_encoder[:5])} ({len(in_encoder)} in all)")
    # Initialise first, then load: initialising a decoder later would overwrite the embeddings to which it is tied.
    for module_name in sorted({name.rpartition(".")[0] for name in missing}):
        model._init_weights(model.get_submodule(module_name))
    model.load_state_dict({name: stored[name] for name in wanted if name not in missing}, strict=False)
    return model, masks


def assert_tied(model: PreTrainedModel) -> None:
    """Raises CheckpointError unless the masked-LM decoder is tied to the word embeddings.

    Gordon et al. 2020 prune both as one matrix. A decoder that is not tied would stay dense.
    """
    decoder = model.get_output_embeddings()
    if decoder is None or decoder.weight is not model.get_input_embeddings().weight:
        raise CheckpointError(
            f"{type(model).__name__}: the masked-LM decoder is not tied to the word embeddings; "
            "set tie_word_embeddings in the encoder's config.json"
        )


def write_checkpoint(
    output: Path,
    model: PreTrainedModel,
    masks: dict[str, Tensor],
    *,
    encoder: Path,
    content: dict,
    files: list[Path] = (),
) -> None:
    """Writes a model's weights, its config.json and, last, the manifest `output`.

    masks: bool tensors by parameter name, True where a weight is kept.
    encoder: the manifest of the encoder from which the model was trained.
    content: further entries of the manifest.
    files: further files that the manifest lists.

    Raises StorageError if masks and weights don't fit, and FullDisk if the disk has no room.
    """
    save_sparse(output.with_name(WEIGHTS), model.state_dict(), masks)
    with whole_file(output.with_name("config.json")) as temporary:
        model.config.to_json_file(temporary)
    relative = os.path.relpath(encoder, output.parent)
    write_manifest(
        output,
        {"kind": "checkpoint", "class": type(model).__name__, "encoder": relative, **content},
        [output.with_name(WEIGHTS), output.with_name("config.json"), *files],
    )


def export(checkpoint: Path, folder: Path) -> None:
    """Writes an ordinary folder of transformers, which `AutoModel.from_pretrained` loads. Pruned weights are 0.

    checkpoint: the manifest of a checkpoint or a snapshot. Raises CheckpointError for another manifest, and if `folder` isn't
    empty.
    """
    content = read_json(checkpoint)
    if content["kind"] not in ("checkpoint", "snapshot"):
        raise CheckpointError(f"{checkpoint}: isn't a checkpoint of this project: its kind is {content['kind']!r}")
    if folder.exists() and any(folder.iterdir()):
        raise CheckpointError(f"{folder}: is not empty, and nothing in it is overwritten")
    from transformers import AutoTokenizer

    config = AutoConfig.from_pretrained(config_folder(checkpoint))
    if content["kind"] == "snapshot":
        config.num_labels = content["labels"]
    family = family_named(config.model_type)
    classes: dict[str, type[nn.Module]] = {c.__name__: c for c in (family.PRETRAINING, family.CLASSIFICATION)}
    model, _ = _load(checkpoint, config, classes[content["class"]])
    model.save_pretrained(folder)
    AutoTokenizer.from_pretrained(encoder_of(checkpoint).parent).save_pretrained(folder)
