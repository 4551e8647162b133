"""Opens the tokenised corpus and the tokenised tasks for training: memory-mapped arrays beside a manifest.

`corpus.py` and `task.py` write them. These modules are separate so that training imports neither tokenizers nor datasets.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from prunetransfer.storage.files import read_json


@dataclass(frozen=True)
class Source:
    """Consecutive documents that come from one source of the corpus."""

    first_document: int
    documents: int
    weight: float
    """The share of sequences that are drawn from this source. The weights of a split's sources add up to 1."""


@dataclass(frozen=True)
class TokenizedCorpus:
    """The token ids of a split, without special tokens, and the offsets of its sentences and documents.

    Sentence s is `tokens[sentences[s]:sentences[s + 1]]`. Document d has the sentences from `documents[d]` to
    `documents[d + 1] - 1`. No sentence and no document is empty.
    """

    tokens: np.ndarray
    """[T], uint16, or uint32 where the vocabulary has more than 65,536 entries."""
    sentences: np.ndarray
    """[S + 1], int64, offsets into `tokens`."""
    documents: np.ndarray
    """[D + 1], int64, offsets into `sentences`."""
    sources: tuple[Source, ...]
    """The sources, in the order of their documents. A source without a document in this split has weight 0."""

    @classmethod
    def open(cls, manifest: Path, split: str) -> "TokenizedCorpus":
        """Opens a split, `train` or `dev`. Raises FileNotFoundError for a missing array, KeyError for an unknown split."""
        sources = read_json(manifest)["splits"][split]["sources"]
        return cls(
            **_mapped(manifest, split, ("tokens", "sentences", "documents")),
            sources=tuple(Source(**source) for source in sources),
        )


@dataclass(frozen=True)
class TokenizedTask:
    """The token ids of a split's examples, special tokens included, and the examples' labels.

    Example n is `tokens[offsets[n]:offsets[n + 1]]`.
    """

    tokens: np.ndarray
    """[T], uint16, or uint32 where the vocabulary has more than 65,536 entries."""
    offsets: np.ndarray
    """[N + 1], int64, offsets into `tokens`."""
    second_start: np.ndarray
    """[N], int32: the index in the example at which token type 1 begins; the example's length if all are of type 0."""
    labels: np.ndarray
    """[N]: int64 indices into `label_names`, or float32 for a regression."""
    metric: str
    """The metric of the task's score, one of `config.task.Metric`."""
    label_names: tuple[str | int, ...] | None
    """All labels, in the order of their indices; None for a regression."""

    @classmethod
    def open(cls, manifest: Path, split: str) -> "TokenizedTask":
        """Opens a split, `train` or `dev`. Raises FileNotFoundError for a missing array."""
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
    """Returns the smallest unsigned type for ids below `vocabulary_size`: uint16 or uint32."""
    return np.dtype(np.uint16 if vocabulary_size <= 2**16 else np.uint32)
