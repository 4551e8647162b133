"""Sequences of text on which no checkpoint was trained. They are as long as in pre-training, and the same for all checkpoints."""

from collections.abc import Iterator

import numpy as np

from prunetransfer.data.packing import PackedBatch, pack
from prunetransfer.data.special_tokens import SpecialTokens
from prunetransfer.data.tokenized import TokenizedCorpus

Span = tuple[int, int]
"""The index of the first token in the corpus, and the index after the last token."""


def held_out_spans(corpus: TokenizedCorpus, room: int, sequences: int) -> list[Span]:
    """At most `sequences` spans of consecutive sentences of a document, each of at most `room` tokens.

    Each document is cut into as few spans as its sentences allow. `sequences` of all these spans are chosen at equal
    distances. So no token is in two spans, and longer documents have more spans. A sentence that is longer than `room` is
    cut after `room` tokens.
    """
    starts, ends = [], []
    sentences = np.asarray(corpus.sentences)
    for first, end in zip(corpus.documents[:-1], corpus.documents[1:], strict=True):
        while first < end:
            fitting = int(np.searchsorted(sentences[first + 1 : end + 1], sentences[first] + room, side="right"))
            following = first + max(1, fitting)
            starts.append(int(sentences[first]))
            ends.append(min(int(sentences[following]), starts[-1] + room))
            first = following
    count = min(sequences, len(starts))
    # Divide all spans into `count` equal parts, and choose the middle of each.
    chosen = (2 * np.arange(count) + 1) * len(starts) // (2 * count) if count else []
    return [(starts[place], ends[place]) for place in chosen]


def packed_text(
    corpus: TokenizedCorpus, spans: list[Span], special: SpecialTokens, batch: int
) -> Iterator[PackedBatch]:
    """The spans as unmasked sequences [CLS] ... [SEP], packed in batches of at most `batch` sequences."""
    for first in range(0, len(spans), batch):
        texts = [
            np.concatenate(([special.cls], corpus.tokens[start:end], [special.sep]))
            for start, end in spans[first : first + batch]
        ]
        lengths = np.array([len(text) for text in texts])
        yield pack(np.concatenate(texts), lengths, second_start=lengths)
