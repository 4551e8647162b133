"""What training reads: a tokenised corpus and a tokenised task, memory-mapped from the arrays beside a manifest.

Written by `corpus.py` and `task.py`. Apart from them so that training imports neither tokenizers nor datasets.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from prunetransfer.storage.files import read_json


@dataclass(frozen=True)
class Source:
    """Consecutive documents that came from one source of the corpus."""

    first_document: int
    documents: int
    weight: float
    """Share of the drawn sequences; the weights of a split's sources sum to 1."""


@dataclass(frozen=True)
class TokenizedCorpus:
    """Token ids of a split, without special tokens, and where its sentences and documents begin.

    Sentence s is `tokens[sentences[s]:sentences[s + 1]]`; document d is the sentences `documents[d]` up to, without it,
    `documents[d + 1]`. None of them is empty.
    """

    tokens: np.ndarray
    """[T], uint16, or uint32 where the vocabulary has more than 65,536 entries."""
    sentences: np.ndarray
    """[S + 1], int64, offsets into `tokens`."""
    documents: np.ndarray
    """[D + 1], int64, offsets into `sentences`."""
    sources: tuple[Source, ...]
    """In the order of the documents. A source without a document in this split is there with 0 documents, weight 0."""

    @classmethod
    def open(cls, manifest: Path, split: str) -> "TokenizedCorpus":
        """Maps a split, `train` or `dev`. Raises FileNotFoundError where an array is missing, KeyError for the split."""
        sources = read_json(manifest)["splits"][split]["sources"]
        return cls(
            **_mapped(manifest, split, ("tokens", "sentences", "documents")),
            sources=tuple(Source(**source) for source in sources),
        )


@dataclass(frozen=True)
class TokenizedTask:
    """Token ids of a split's examples, special tokens included, and their labels.

    Example n is `tokens[offsets[n]:offsets[n + 1]]`.
    """

    tokens: np.ndarray
    """[T], uint16, or uint32 where the vocabulary has more than 65,536 entries."""
    offsets: np.ndarray
    """[N + 1], int64, offsets into `tokens`."""
    second_start: np.ndarray
    """[N], int32: within the example, where token type 1 begins; the example's length where it has none."""
    labels: np.ndarray
    """[N]: int64, the place in `label_names`; float32 for a regression."""
    metric: str
    """The task's own metric, as in `config.task.Metric`."""
    label_names: tuple[str | int, ...] | None
    """None for a regression."""

    @classmethod
    def open(cls, manifest: Path, split: str) -> "TokenizedTask":
        """Maps a split, `train` or `dev`. Raises FileNotFoundError where an array is missing."""
        content = read_json(manifest)
        labels = content["labels"]
        return cls(
            **_mapped(manifest, split, ("tokens", "offsets", "second_start", "labels")),
            metric=content["metric"],
            label_names=None if labels is None else tuple(labels),
        )


def _mapped(manifest: Path, split: str, names: tuple[str, ...]) -> dict[str, np.ndarray]:
    folder = Path(manifest).parent / split
    return {name: np.load(folder / f"{name}.npy", mmap_mode="r") for name in names}


def token_dtype(vocabulary_size: int) -> np.dtype:
    """The smallest unsigned type that ids below `vocabulary_size` fit into: uint16 or uint32."""
    return np.dtype(np.uint16 if vocabulary_size <= 2**16 else np.uint32)
