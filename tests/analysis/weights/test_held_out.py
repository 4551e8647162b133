from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from prunetransfer.analysis.weights.held_out import held_out_spans, packed_text
from prunetransfer.data.special_tokens import SpecialTokens
from prunetransfer.data.tokenized import TokenizedCorpus

SPECIAL = SpecialTokens(cls=2, sep=3, mask=4, pad=0, unk=1)

documents = st.lists(st.lists(st.integers(1, 12), min_size=1, max_size=8), min_size=1, max_size=8)
"""The lengths of the sentences of each document."""


def corpus_of(documents) -> TokenizedCorpus:
    lengths = np.concatenate(documents)
    return TokenizedCorpus(
        tokens=np.arange(100, 100 + lengths.sum(), dtype=np.uint16),
        sentences=np.concatenate(([0], np.cumsum(lengths))),
        documents=np.concatenate(([0], np.cumsum([len(document) for document in documents]))),
        sources=(),
    )


@given(documents, st.integers(1, 40))
def test_all_spans_together_cover_the_documents(documents, room):
    """Each token of a sentence that fits into a span is in exactly one span, and no span crosses a document's end."""
    corpus = corpus_of(documents)
    spans = held_out_spans(corpus, room, 1000)
    sentence_starts = set(corpus.sentences.tolist())
    document_ends = corpus.sentences[corpus.documents[1:]]
    for start, end in spans:
        assert start in sentence_starts
        assert end in sentence_starts or end - start == room
        assert 0 < end - start <= room
        assert np.searchsorted(document_ends, start, side="right") == np.searchsorted(document_ends, end - 1, "right")
    covered = np.concatenate([np.arange(start, end) for start, end in spans])
    expected = np.concatenate(
        [
            np.arange(start, min(end, start + room))
            for start, end in zip(corpus.sentences[:-1], corpus.sentences[1:], strict=True)
        ]
    )
    assert covered.tolist() == expected.tolist()
    # There are as few spans as possible: the sentence that follows a span in its document would not fit in it.
    for (start, middle), _ in pairwise(spans):
        if middle in sentence_starts and middle not in document_ends:
            following = corpus.sentences[np.searchsorted(corpus.sentences, middle, side="right")]
            assert following - start > room


@given(documents, st.integers(1, 40), st.integers(1, 60))
def test_a_selection_of_spans_stands_at_even_distances(documents, room, sequences):
    corpus = corpus_of(documents)
    every = held_out_spans(corpus, room, 1000)
    some = held_out_spans(corpus, room, sequences)
    assert len(some) == min(sequences, len(every))
    places = [every.index(span) for span in some]
    steps = np.diff(places)
    assert len(steps) == 0 or (steps.min() >= 1 and steps.max() - steps.min() <= 1)
    assert abs(places[0] - (len(every) - 1 - places[-1])) <= 1


def test_longer_documents_have_more_spans():
    corpus = corpus_of([[5] * 90, [5] * 10])
    boundary = 5 * 90
    spans = held_out_spans(corpus, 5, 10)
    assert [start < boundary for start, _ in spans] == [True] * 9 + [False]


def test_no_documents_give_no_spans():
    empty = TokenizedCorpus(tokens=np.zeros(0), sentences=np.array([0]), documents=np.array([0]), sources=())
    assert held_out_spans(empty, 10, 5) == []


@pytest.mark.parametrize("batch", [1, 2, 3])
def test_the_text_is_packed_unmasked_between_special_tokens(batch):
    corpus = corpus_of([[3, 4], [2]])
    batches = list(packed_text(corpus, [(0, 7), (7, 9)], SPECIAL, batch))
    assert len(batches) == -(-2 // batch)
    tokens = np.concatenate([packed.tokens for packed in batches])
    assert tokens.tolist() == [2, *range(100, 107), 3, 2, 107, 108, 3]
    assert not np.concatenate([packed.token_types for packed in batches]).any()
    assert sum(packed.sequences for packed in batches) == 2
