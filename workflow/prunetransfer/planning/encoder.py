"""Finds the sizes of a study's encoder and its number of weights, which a plan needs."""

from pathlib import Path
from typing import NamedTuple

from prunetransfer.config.available import available_families
from prunetransfer.config.encoder import FreshEncoder
from prunetransfer.config.study import Study
from prunetransfer.storage.files import read_json
from prunetransfer.storage.paths import ENCODER, within

from .counting import WeightCount, counted
from .errors import PlanError
from .sizes import EncoderSizes


class PlannedEncoder(NamedTuple):
    sizes: EncoderSizes
    weights: WeightCount
    origin: str
    """The origin of sizes and counts, for readers of the plan: measured or given."""


def planned_encoder(study: Study, folder: Path, given: EncoderSizes | None) -> PlannedEncoder:
    """Returns the encoder's sizes and counts from the first of these sources that exists: the encoder that the study prepared
    in `folder` (results/<study>), `given`, the settings of a fresh encoder, or a config.json that needs no network.

    A prepared encoder's manifest has the counts. Otherwise weights are counted in another process (`counting`). Raises
    PlanError if there is no source. The message says what the user can give.
    """
    manifest = within(folder, ENCODER)
    if manifest.is_file():
        content = read_json(manifest)
        weights = WeightCount(content["parameters"], content["prunable"])
        return PlannedEncoder(sizes_in(manifest.with_name("config.json")), weights, f"measured: {manifest}")
    if given is not None:
        return _of_sizes(given, "given: `encoder` in the throughput file")
    if study.encoder.source == "fresh":
        sizes = sizes_of(study.encoder)
        return _of_sizes(sizes, "given: the configuration (its vocabulary is the most that it may have)")
    file = _config_file(study)
    return PlannedEncoder(
        sizes_in(file), counted(str(file)), f"measured: {file.name} of {study.encoder.source} encoder"
    )


def _of_sizes(sizes: EncoderSizes, origin: str) -> PlannedEncoder:
    return PlannedEncoder(sizes, counted(sizes.model_dump_json()), origin)


def sizes_of(encoder: FreshEncoder) -> EncoderSizes:
    """Returns the sizes of a fresh encoder with the largest vocabulary that the settings allow."""
    return EncoderSizes(
        architecture=encoder.architecture,
        vocabulary_size=encoder.vocabulary.size,
        layers=encoder.layers,
        hidden_size=encoder.hidden_size,
        heads=encoder.heads,
        intermediate_size=encoder.intermediate_size,
        max_length=encoder.max_length,
    )


_KEYS = {
    "vocabulary_size": ("vocab_size",),
    "layers": ("num_hidden_layers", "n_layers"),
    "hidden_size": ("hidden_size", "dim"),
    "heads": ("num_attention_heads", "n_heads"),
    "intermediate_size": ("intermediate_size", "hidden_dim"),
    "max_length": ("max_position_embeddings",),  # for RoBERTa this is one or two more than the longest sequence
}
"""For each size, the keys of a config.json that may have it."""


def sizes_in(file: Path) -> EncoderSizes:
    """Returns the sizes in a config.json of transformers. Raises PlanError if a key is missing or the family is unknown."""
    content = read_json(file)
    architecture = content.get("model_type")
    if architecture not in available_families():
        raise PlanError(f"{file}: model_type: found {architecture!r}; allowed: {', '.join(available_families())}")
    sizes = {}
    for name, keys in _KEYS.items():
        found = [content[key] for key in keys if key in content]
        if not found:
            raise PlanError(f"{file}: found no {' or '.join(keys)}; allowed: a number")
        sizes[name] = found[0]
    return EncoderSizes(architecture=architecture, embedding_size=content.get("embedding_size"), **sizes)


def _config_file(study: Study) -> Path:
    """Returns the config.json of an encoder that isn't fresh. Raises PlanError if it can't be read without a network."""
    encoder = study.encoder
    match encoder.source:
        case "folder":
            file = encoder.path / "config.json"
        case "package":
            location = encoder.location()
            file = location / "config.json" if location else None
        case "hub":
            file = _in_hub_cache(encoder.name, encoder.revision)
    if file is None or not file.is_file():
        origin = {"folder": "path", "package": "package", "hub": "name"}[encoder.source]
        raise PlanError(
            f"encoder.{origin}: found {getattr(encoder, origin)}, whose config.json can't be read without a network; "
            f"allowed: `encoder` with its sizes in the file of --throughput; or prepare it first: "
            f"snakemake {ENCODER.format(study=study.study)}"
        )
    return file


def _in_hub_cache(name: str, revision: str) -> Path | None:
    from huggingface_hub import try_to_load_from_cache

    found = try_to_load_from_cache(name, "config.json", revision=revision)
    return Path(found) if isinstance(found, str) else None
