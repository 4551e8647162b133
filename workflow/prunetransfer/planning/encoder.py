"""The sizes of a study's encoder, and how many weights they come to, without building it."""

from pathlib import Path

from prunetransfer.config.base import Count, PositiveCount, Settings
from prunetransfer.config.built_in import available_families
from prunetransfer.config.encoder import FreshEncoder
from prunetransfer.config.study import Study
from prunetransfer.storage.files import read_json
from prunetransfer.storage.paths import ENCODER

from .errors import PlanError


class EncoderSizes(Settings):
    """What decides the number of weights. Defaults are BERT-Base's (Devlin et al. 2019)."""

    architecture: str = "bert"
    vocabulary_size: PositiveCount = 30_522
    layers: PositiveCount = 12
    hidden_size: PositiveCount = 768
    heads: PositiveCount = 12
    intermediate_size: PositiveCount = 3072
    positions: PositiveCount = 512
    token_types: Count = 2
    embedding_size: PositiveCount | None = None
    """ELECTRA's; left out: the hidden size."""

    @property
    def prunable(self) -> int:
        """Weights that are pruned: word embeddings, the layers' linear maps and the pooler's (section 3)."""
        hidden = self.hidden_size
        layer = 4 * hidden**2 + 2 * hidden * self.intermediate_size
        pooler = hidden**2 if self.architecture == "bert" else 0
        return self.vocabulary_size * self._embedding + self.layers * layer + pooler

    @property
    def parameters(self) -> int:
        """All weights of the encoder with its pre-training heads; the tied decoder counts once."""
        hidden, embedding = self.hidden_size, self._embedding
        vectors = (self.positions + self.token_types + 2) * embedding  # the two of LayerNorm
        layer_vectors = 9 * hidden + self.intermediate_size
        project = embedding * hidden + hidden if embedding != hidden else 0
        masked_lm = hidden * embedding + 3 * embedding + self.vocabulary_size
        pooler_bias_and_next_sentence = hidden + 2 * hidden + 2 if self.architecture == "bert" else 0
        return (
            self.prunable + vectors + self.layers * layer_vectors + project + masked_lm + pooler_bias_and_next_sentence
        )

    @property
    def _embedding(self) -> int:
        return self.embedding_size or self.hidden_size


def encoder_sizes(study: Study, folder: Path, given: EncoderSizes | None) -> tuple[EncoderSizes, str]:
    """The sizes and where they are from: what the study prepared in `folder`, `given`, the configuration, or a config.json
    that can be read without a network. Raises PlanError that says what to give."""
    prepared = folder / "encoder" / "config.json"
    if prepared.is_file():
        return sizes_in(prepared), f"measured: {prepared}"
    if given is not None:
        return given, "given: `encoder` in the throughput file"
    encoder = study.encoder
    match encoder.source:
        case "fresh":
            return sizes_of(encoder), "given: the configuration (its vocabulary is the most that it may have)"
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
    return sizes_in(file), f"measured: {file.name} of {encoder.source} encoder"


def sizes_of(encoder: FreshEncoder) -> EncoderSizes:
    """A fresh encoder's sizes, with the most words that its vocabulary may have."""
    kind = _KINDS.get(encoder.architecture, {})
    return EncoderSizes(
        architecture=encoder.architecture,
        vocabulary_size=encoder.vocabulary.size,
        layers=encoder.layers,
        hidden_size=encoder.hidden_size,
        heads=encoder.heads,
        intermediate_size=encoder.intermediate_size,
        positions=encoder.max_length + kind.get("first_position", 0),
        token_types=kind.get("token_types", 2),
    )


_KINDS = {"roberta": {"first_position": 1, "token_types": 1}, "distilbert": {"token_types": 0}}
"""A fresh RoBERTa's positions start behind its padding token, which is 0; its one token type is a row of weights."""

_KEYS = {
    "vocabulary_size": ("vocab_size",),
    "layers": ("num_hidden_layers", "n_layers"),
    "hidden_size": ("hidden_size", "dim"),
    "heads": ("num_attention_heads", "n_heads"),
    "intermediate_size": ("intermediate_size", "hidden_dim"),
    "positions": ("max_position_embeddings",),
}


def sizes_in(file: Path) -> EncoderSizes:
    """The sizes that a transformers config.json has. Raises PlanError for a key that it lacks."""
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
    types = 0 if architecture == "distilbert" else content.get("type_vocab_size", 2)
    return EncoderSizes(
        architecture=architecture, token_types=types, embedding_size=content.get("embedding_size"), **sizes
    )


def _in_hub_cache(name: str, revision: str) -> Path | None:
    from huggingface_hub import try_to_load_from_cache

    found = try_to_load_from_cache(name, "config.json", revision=revision)
    return Path(found) if isinstance(found, str) else None
