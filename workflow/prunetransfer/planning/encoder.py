"""The encoder of a study, as far as a plan needs it: its sizes, and how many weights it has."""

from pathlib import Path
from typing import NamedTuple

from prunetransfer.config.available import available_families
from prunetransfer.config.encoder import FreshEncoder
from prunetransfer.config.study import Study
from prunetransfer.storage.files import read_json
from prunetransfer.storage.paths import ENCODER

from .counting import WeightCount, counted
from .errors import PlanError
from .sizes import EncoderSizes


class PlannedEncoder(NamedTuple):
    sizes: EncoderSizes
    weights: WeightCount
    origin: str
    """Where sizes and counts are from: measured or given."""


def planned_encoder(study: Study, folder: Path, given: EncoderSizes | None) -> PlannedEncoder:
    """Returns what is known of the encoder, from the first of these that there is: the encoder that the study prepared in
    `folder` (results/<study>), `given`, a fresh encoder's settings, or a config.json that needs no network.

    A prepared encoder's manifest has the counts. For others they are counted in another process (`counting`). Raises
    PlanError, whose message says what to give.
    """
    manifest = folder / "encoder" / "manifest.json"
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
    """Returns a fresh encoder's sizes, with the largest vocabulary that it may have."""
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
    "max_length": ("max_position_embeddings",),  # RoBERTa has one or two positions more than its longest sequence
}
"""The keys of a config.json that may have each of the sizes."""


def sizes_in(file: Path) -> EncoderSizes:
    """Returns the sizes in a transformers config.json. Raises PlanError for a key that it lacks."""
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
    """Returns the config.json of an encoder that isn't fresh. Raises PlanError where it can't be read without a network."""
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
