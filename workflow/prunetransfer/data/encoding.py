"""Splits documents into sentences and tokenises these, batch by batch, in one process or several."""

import multiprocessing
import os
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

import numpy as np

from .sentences import sentence_splitter
from .tokenizer import load_tokenizer


@dataclass
class EncodedBatch:
    """The token ids of D documents with S sentences and T tokens."""

    tokens: np.ndarray
    """[T] ids, without special tokens."""
    sentence_lengths: np.ndarray
    """[S], int64: the number of tokens of each sentence. Sentences without a token are left out."""
    sentences_per_document: np.ndarray
    """[D], int64: the number of sentences of each document. It is 0 for a document without a token."""


class BatchEncoder:
    """Turns a batch of documents into token ids, in this process."""

    def __init__(self, splitter: str, encoder: Path, dtype: np.dtype):
        self._split = sentence_splitter(splitter)
        self._tokenizer = load_tokenizer(encoder)
        self._dtype = dtype

    def __call__(self, texts: list[str]) -> EncodedBatch:
        documents = self._split(texts)
        sentences = list(chain.from_iterable(documents))
        ids = [encoding.ids for encoding in self._tokenizer.encode_batch_fast(sentences, add_special_tokens=False)]
        lengths = np.fromiter(map(len, ids), np.int64, len(ids))
        document = np.repeat(np.arange(len(texts)), list(map(len, documents)))
        return EncodedBatch(
            tokens=np.fromiter(chain.from_iterable(ids), self._dtype, int(lengths.sum())),
            sentence_lengths=lengths[lengths > 0],
            sentences_per_document=np.bincount(document[lengths > 0], minlength=len(texts)),
        )


def encode_batches(
    batches: Iterable[tuple[int, list[str]]], splitter: str, encoder: Path, dtype: np.dtype, threads: int
) -> Iterator[tuple[int, EncodedBatch]]:
    """Encodes (number, documents) pairs in `threads` processes. Yields (number, encoded batch) pairs in the same order.

    At most two batches per process are in progress at once, so that batches don't fill the memory if the consumer is slow.
    """
    if threads == 1:
        encode = BatchEncoder(splitter, encoder, dtype)
        yield from ((number, encode(texts)) for number, texts in batches)
        return
    # Processes are spawned and not forked: a fork would inherit locks that threads of the tokenizer or of pyarrow hold.
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(threads, spawn, _start_worker, (splitter, encoder, dtype)) as pool:
        submitted = ((number, pool.submit(_encode, texts)) for number, texts in batches)
        under_way = deque(islice(submitted, 2 * threads))
        while under_way:
            number, result = under_way.popleft()
            yield number, result.result()
            under_way.extend(islice(submitted, 1))


_encoder: BatchEncoder
"""The encoder of this worker process."""


def _start_worker(splitter: str, encoder: Path, dtype: np.dtype) -> None:
    global _encoder
    os.environ["TOKENIZERS_PARALLELISM"] = "false"  # `threads` counts processes, and each may use one core
    _encoder = BatchEncoder(splitter, encoder, dtype)


def _encode(texts: list[str]) -> EncodedBatch:
    return _encoder(texts)
