"""Text that no checkpoint was trained on, in sequences as long as pre-training's, the same ones for all checkpoints."""

from collections.abc import Iterator

import numpy as np

from prunetransfer.data.packing import PackedBatch, pack
from prunetransfer.data.special_tokens import SpecialTokens
from prunetransfer.data.tokenized import TokenizedCorpus

Span = tuple[int, int]
"""First token of the corpus, and one after the last."""


def held_out_spans(corpus: TokenizedCorpus, room: int, sequences: int) -> list[Span]:
    """At most `sequences` spans of consecutive sentences of a document, each of at most `room` tokens.

    Every document is cut into as few such spans as its sentences allow, and of all of these some at even distances are
    taken: no token is in two, and a document has a share in them that goes with its length. A longer sentence is cut off.
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
    # In the middle of `count` equal stretches.
    chosen = (2 * np.arange(count) + 1) * len(starts) // (2 * count) if count else []
    return [(starts[place], ends[place]) for place in chosen]


def packed_text(
    corpus: TokenizedCorpus, spans: list[Span], special: SpecialTokens, batch: int
) -> Iterator[PackedBatch]:
    """The spans as unmasked sequences [CLS] ... [SEP], `batch` of them at a time."""
    for first in range(0, len(spans), batch):
        texts = [
            np.concatenate(([special.cls], corpus.tokens[start:end], [special.sep]))
            for start, end in spans[first : first + batch]
        ]
        lengths = np.array([len(text) for text in texts])
        yield pack(np.concatenate(texts), lengths, second_start=lengths)
