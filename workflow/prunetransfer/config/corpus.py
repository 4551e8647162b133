"""The corpus that the encoder is pre-trained on."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, field_validator

from .base import PositiveCount, PositiveFloat, Seed, Settings


class FilesCorpus(Settings):
    source: Literal["files"]
    files: Annotated[list[Path], Field(min_length=1)]
    """Plain text or JSON lines (.jsonl, .json). Either may be gzipped (.gz)."""
    text: str = "text"
    """The field that holds a document's text, in JSON lines."""
    document_start: str | None = None
    """For plain text: a regular expression. A line that matches it begins a document. By default blank lines separate
    documents."""
    weight: PositiveFloat | None = None
    """Sequences are drawn from the sources in proportion to their weights. By default the weight is the number of tokens."""

    @field_validator("document_start")
    @classmethod
    def _compiles(cls, pattern: str | None) -> str | None:
        import re

        if pattern is not None:
            try:
                re.compile(pattern)
            except re.error as error:
                raise ValueError(f"must be a regular expression, {pattern!r} is not: {error}") from None
        return pattern


class DatasetCorpus(Settings):
    source: Literal["dataset"]
    dataset: str
    """A hub name or a local folder, as `datasets.load_dataset` takes it."""
    name: str | None = None
    """The dataset's configuration, such as 20231101.en."""
    split: str = "train"
    revision: str | None = None
    text: str = "text"
    rows_per_document: PositiveCount = 1
    """The number of consecutive rows that form a document, for data sets whose rows are sentences (BookCorpus)."""
    weight: PositiveFloat | None = None


class LanguageCorpus(Settings):
    source: Literal["language"]
    """Read the artificial language that the key `language` describes."""
    weight: PositiveFloat | None = None


CorpusSource = Annotated[FilesCorpus | DatasetCorpus | LanguageCorpus, Field(discriminator="source")]


class CorpusSettings(Settings):
    sources: Annotated[list[CorpusSource], Field(min_length=1)]
    sentence_splitter: Literal["spacy", "lines"] = "spacy"
    """`spacy`: spaCy's rule-based English sentencizer. `lines`: each line of a document is a sentence already."""
    dev_documents: PositiveCount = 200
    """Documents held out for the dev loss, drawn at random from all sources."""
    max_documents: PositiveCount | None = None
    """The largest number of documents to read from each source. By default all."""
    seed: Seed = 0
    """The seed that decides which documents are held out."""

    @field_validator("sources")
    @classmethod
    def _all_or_no_weights(cls, sources: list) -> list:
        weighted = [source.weight is not None for source in sources]
        if any(weighted) and not all(weighted):
            raise ValueError(
                f"must give a weight to every source or to none, found {sum(weighted)} of {len(weighted)} with one"
            )
        return sources
