"""Settings of the encoder: it comes from a folder, the hub or a Python package, or is fresh with given sizes."""

from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from .base import PositiveCount, PositiveFloat, Seed, Settings, Share


class _Encoder(Settings):
    architecture: str = "bert"
    """A `model_type` of transformers that has a file in models/families."""
    seed: Seed = 0
    """The seed of all random weights: those of heads that a checkpoint lacks, or those of a fresh encoder."""


class FolderEncoder(_Encoder):
    source: Literal["folder"]
    path: Path
    """A folder in transformers' format: config.json, model.safetensors, tokenizer files."""


class HubEncoder(_Encoder):
    source: Literal["hub"]
    name: str
    """Repository on the Hugging Face hub, such as google-bert/bert-base-uncased."""
    revision: str = "main"


class PackageEncoder(_Encoder):
    source: Literal["package"]
    package: str
    """An installed Python package that ships a folder in transformers' format."""
    folder: str = "."
    """The folder inside the package."""

    def location(self) -> Path | None:
        """The folder's path, found without running the package; None if the package isn't installed."""
        try:
            spec = find_spec(self.package)
        except ModuleNotFoundError:  # find_spec("a.b") raises it if there is no package `a`
            return None
        if spec is None or not spec.submodule_search_locations:
            return None
        return Path(spec.submodule_search_locations[0]) / self.folder


class Vocabulary(Settings):
    kind: Literal["word", "wordpiece"] = "word"
    """`word`: every word of the corpus is a token. `wordpiece`: BERT's subwords, trained on the corpus."""
    size: PositiveCount = 30_522
    """The largest number of tokens in the vocabulary, special tokens included."""
    lowercase: bool = True


class FreshEncoder(_Encoder):
    source: Literal["fresh"]
    vocabulary: Vocabulary = Vocabulary()
    layers: PositiveCount = 2
    hidden_size: PositiveCount = 64
    heads: PositiveCount = 2
    intermediate_size: PositiveCount = 256
    max_length: PositiveCount = 128
    """The number of position embeddings: the longest sequence, in tokens."""
    dropout: Share = 0.0
    initializer_range: PositiveFloat = 0.02
    """Standard deviation of the initial weights."""

    @model_validator(mode="after")
    def _heads_share_the_hidden_size(self):
        if self.hidden_size % self.heads:
            raise ValueError(f"hidden_size must be a multiple of heads, found {self.hidden_size} and {self.heads}")
        return self


EncoderSettings = Annotated[FolderEncoder | HubEncoder | PackageEncoder | FreshEncoder, Field(discriminator="source")]
