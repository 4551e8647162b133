"""Prepares the corpus: splits it into sentences, tokenises it once, and stores it as plain arrays, with a dev split."""

import hashlib
import heapq
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tqdm import tqdm

from prunetransfer.config.corpus import CorpusSettings, CorpusSource
from prunetransfer.storage.files import full_disk_named, whole_file, write_manifest

from .arrays import ArrayWriter
from .documents import documents, require_files
from .encoding import encode_batches
from .errors import DataError
from .tokenized import token_dtype
from .tokenizer import load_tokenizer, vocabulary_size

BATCH_CHARACTERS = 1_000_000
"""Number of characters that are tokenised at once: about 200,000 tokens, which need about 100 MB of memory."""
COPIED_AT_ONCE = 2**22
"""Number of array elements that are copied at once."""
ARRAYS = ("tokens", "sentences", "documents")

Range = tuple[int, int]
"""The index of the first element, and the index after the last."""


def prepare_corpus(
    settings: CorpusSettings, encoder: Path, output: Path, language: Path | None, threads: int = 1
) -> None:
    """Writes the corpus' arrays, which `TokenizedCorpus` reads, beside the manifest `output`.

    encoder: the manifest of the encoder, whose tokenizer is used.
    language: the manifest of the artificial language, which has corpus.jsonl.gz beside it, or None.
    threads: the number of processes. The bytes written don't depend on it.

    Documents have the order of the sources. Empty documents are left out. All data passes through temporary files, so memory
    doesn't grow with the corpus, but preparation needs twice the disk space of the result.

    Raises DataError for input that can't be used, for a source without a document, and if `dev_documents` leaves no document
    to train on. In all these cases nothing has been written. Raises FullDisk if the disk has no room.
    """
    for source in settings.sources:
        require_files(source)
    size = vocabulary_size(load_tokenizer(encoder))
    staging = output.parent / ".staging"
    shutil.rmtree(staging, ignore_errors=True)  # a killed run may have left it
    staging.mkdir(parents=True)
    try:
        language_file = language.parent / "corpus.jsonl.gz" if language else None
        with full_disk_named(output.parent, staging):
            staged = _tokenise(settings, encoder, language_file, staging, token_dtype(size), threads)
        ranges = _split_documents(settings, staged)
        output.unlink(missing_ok=True)  # while arrays are replaced, no manifest may list the old ones
        weights = [source.weight for source in settings.sources]
        splits = {split: staged.write(output.parent / split, ranges[split], weights) for split in ranges}
    finally:
        shutil.rmtree(staging)
    content = {"kind": "corpus", "vocabulary_size": size, "dtype": token_dtype(size).name, "splits": splits}
    write_manifest(output, content, [output.parent / split / f"{name}.npy" for split in splits for name in ARRAYS])


def held_out_rank(seed: int, source: int, document: int) -> int:
    """Returns a pseudo-random number of 64 bits: a hash of the seed, the source's index and the document's index in it.

    The `dev_documents` documents with the smallest ranks are held out. So one pass over the documents is enough, and the
    choice depends neither on batches nor on the number of processes.
    """
    digest = hashlib.blake2b(f"{seed}/{source}/{document}".encode(), digest_size=8).digest()
    return int.from_bytes(digest)


@dataclass
class _Staged:
    """All documents of the corpus, tokenised, in temporary files. The arrays are those of `TokenizedCorpus`."""

    tokens: np.ndarray
    sentences: np.ndarray
    documents: np.ndarray
    sources: list[Range]
    """The range of documents of each source."""
    held_out: list[int]
    """Indices of the documents of the dev split, in ascending order."""

    def write(self, folder: Path, ranges: list[Range], weights: list[float | None]) -> dict:
        """Copies ranges of documents to a split's arrays. Returns the split's entry in the manifest."""
        sentence_ranges = [(int(self.documents[first]), int(self.documents[end])) for first, end in ranges]
        token_ranges = self._token_ranges(ranges)
        _write(folder / "tokens.npy", self.tokens.dtype, _pieces(self.tokens, token_ranges))
        _write(folder / "sentences.npy", self.sentences.dtype, _offsets(self.sentences, sentence_ranges))
        _write(folder / "documents.npy", self.documents.dtype, _offsets(self.documents, ranges))
        return {
            "tokens": _length(token_ranges),
            "sentences": _length(sentence_ranges),
            "documents": _length(ranges),
            "sources": self._shares(ranges, weights),
        }

    def _token_ranges(self, ranges: list[Range]) -> list[Range]:
        return [
            (int(self.sentences[self.documents[first]]), int(self.sentences[self.documents[end]]))
            for first, end in ranges
        ]

    def _shares(self, ranges: list[Range], weights: list[float | None]) -> list[dict]:
        parts = [_intersection(ranges, source) for source in self.sources]
        # A source without a document in this split gets the share 0, because no sequence can be drawn from it.
        shares = [
            _length(self._token_ranges(part)) if weight is None else weight * bool(part)
            for part, weight in zip(parts, weights, strict=True)
        ]
        counts = [_length(part) for part in parts]
        return [
            {"first_document": sum(counts[:number]), "documents": count, "weight": share / sum(shares)}
            for number, (count, share) in enumerate(zip(counts, shares, strict=True))
        ]


def _tokenise(
    settings: CorpusSettings, encoder: Path, language: Path | None, staging: Path, dtype: np.dtype, threads: int
) -> _Staged:
    batches = (
        (number, batch)
        for number, source in enumerate(settings.sources)
        for batch in _batches(documents(source, language, settings.max_documents))
    )
    held_out: list[tuple[int, int]] = []  # a heap of (-rank, document), whose first element has the largest rank
    read, kept = [0] * len(settings.sources), [0] * len(settings.sources)
    with (
        ArrayWriter(staging / "tokens.npy", dtype) as tokens,
        ArrayWriter(staging / "sentences.npy", np.int64) as sentences,
        ArrayWriter(staging / "documents.npy", np.int64) as document_starts,
        tqdm(desc="corpus", unit=" tokens", unit_scale=True, disable=None) as progress,
    ):
        sentences.append(np.zeros(1))
        document_starts.append(np.zeros(1))
        for number, batch in encode_batches(batches, settings.sentence_splitter, encoder, dtype, threads):
            filled = np.flatnonzero(batch.sentences_per_document)
            for place, document in enumerate(filled, start=sum(kept)):
                rank = held_out_rank(settings.seed, number, read[number] + int(document))
                add = heapq.heappush if len(held_out) < settings.dev_documents else heapq.heappushpop
                add(held_out, (-rank, place))
            read[number] += len(batch.sentences_per_document)
            kept[number] += len(filled)
            document_starts.append(sentences.length - 1 + np.cumsum(batch.sentences_per_document[filled]))
            sentences.append(tokens.length + np.cumsum(batch.sentence_lengths))
            tokens.append(batch.tokens)
            progress.update(len(batch.tokens))
    for number, source in enumerate(settings.sources):
        if not kept[number]:
            found = f"{_described(source)}: found 0 documents with text"
            raise DataError(f"corpus.sources.{number}: {found}; allowed: at least 1")
    ends = np.cumsum(kept).tolist()
    return _Staged(
        **{name: np.load(staging / f"{name}.npy", mmap_mode="r") for name in ARRAYS},
        sources=list(zip([0, *ends], ends, strict=False)),
        held_out=sorted(document for _, document in held_out),
    )


def _batches(texts: Iterable[str]) -> Iterator[list[str]]:
    batch, characters = [], 0
    for text in texts:
        batch.append(text)
        characters += len(text)
        if characters >= BATCH_CHARACTERS:
            yield batch
            batch, characters = [], 0
    if batch:
        yield batch


def _described(source: CorpusSource) -> str:
    match source.source:
        case "files":
            return ", ".join(map(str, source.files))
        case "dataset":
            return f"dataset {source.dataset}"
    return "the artificial language"


def _split_documents(settings: CorpusSettings, staged: _Staged) -> dict[str, list[Range]]:
    """Returns the ranges of documents of each split.

    Raises DataError if no document is left to train on, or no document of a source that has a weight.
    """
    total = staged.sources[-1][1]
    if settings.dev_documents >= total:
        raise DataError(
            f"corpus.dev_documents: found {settings.dev_documents}; allowed: at most {total - 1}, "
            f"since the corpus has {total} documents and one must be left to train on"
        )
    dev = [(document, document + 1) for document in staged.held_out]
    gaps = zip([0, *(end for _, end in dev)], [*(first for first, _ in dev), total], strict=True)
    train = [(first, end) for first, end in gaps if first < end]
    for number, (source, documents_of_it) in enumerate(zip(settings.sources, staged.sources, strict=True)):
        if source.weight is not None and not _intersection(train, documents_of_it):
            raise DataError(
                f"corpus.sources.{number}: found weight {source.weight} for a source whose documents are all held out "
                f"({_length([documents_of_it])}); allowed: a smaller corpus.dev_documents, or a larger source"
            )
    return {"train": train, "dev": dev}


def _intersection(ranges: list[Range], other: Range) -> list[Range]:
    parts = ((max(first, other[0]), min(end, other[1])) for first, end in ranges)
    return [(first, end) for first, end in parts if first < end]


def _length(ranges: list[Range]) -> int:
    return sum(end - first for first, end in ranges)


def _pieces(array: np.ndarray, ranges: list[Range]) -> Iterator[np.ndarray]:
    for first, end in ranges:
        for start in range(first, end, COPIED_AT_ONCE):
            yield array[start : min(start + COPIED_AT_ONCE, end)]


def _offsets(array: np.ndarray, ranges: list[Range]) -> Iterator[np.ndarray]:
    """Yields the offsets of the chosen ranges. They are renumbered as if the ranges followed each other directly."""
    yield np.zeros(1)
    written = 0
    for first, end in ranges:
        for piece in _pieces(array, [(first + 1, end + 1)]):
            yield piece + (written - array[first])
        written += array[end] - array[first]


def _write(path: Path, dtype: np.dtype, pieces: Iterable[np.ndarray]) -> None:
    with whole_file(path) as temporary, ArrayWriter(temporary, dtype) as writer:
        for piece in pieces:
            writer.append(piece)
