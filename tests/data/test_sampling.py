"""Pre-training batches depend only on seed and step. They have consecutive text of documents, masked as configured."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from prunetransfer.config.pretraining import Objective
from prunetransfer.data.sampling import PretrainingSampler
from prunetransfer.data.special_tokens import SpecialTokens
from prunetransfer.data.tokenized import Source, TokenizedCorpus

PAD, UNK, CLS, SEP, MASK = range(5)
SPECIAL = SpecialTokens(cls=CLS, sep=SEP, mask=MASK, pad=PAD, unk=UNK)
VOCABULARY = 20_000


def make_corpus(documents: list[list[int]], sources: list[tuple[int, float]] | None = None) -> TokenizedCorpus:
    """Makes a corpus in which every token has a different id, which is its index in the corpus.

    documents: the lengths of the sentences of each document. sources: (number of documents, weight) of each source.
    """
    lengths = [length for document in documents for length in document]
    first, found = 0, []
    for count, weight in sources or [(len(documents), 1.0)]:
        found.append(Source(first, count, weight))
        first += count
    return TokenizedCorpus(
        tokens=np.arange(5, 5 + sum(lengths)).astype(np.uint16),
        sentences=np.cumsum([0, *lengths]),
        documents=np.cumsum([0, *map(len, documents)]),
        sources=tuple(found),
    )


def make_sampler(corpus, *, length=32, next_sentence=True, share=0.15, most=20, vocabulary=VOCABULARY):
    masking = {"share": share, "max_per_sequence": most}
    objective = Objective(sequence_length=length, masking=masking, next_sentence=next_sentence)
    return PretrainingSampler(corpus, objective, SPECIAL, vocabulary)


def unmasked(batch):
    """The sequences before masking, as lists of tokens."""
    tokens = batch.packed.tokens.clone()
    tokens[batch.masked] = batch.targets
    return [part.tolist() for part in tokens.tensor_split(batch.packed.offsets[1:-1])]


def segments(sequence):
    """The parts between [CLS] and [SEP]s."""
    assert sequence[0] == CLS
    assert sequence[-1] == SEP
    places = [place for place, token in enumerate(sequence) if token == SEP]
    return [sequence[start + 1 : end] for start, end in zip([0, *places[:-1]], places, strict=True)]


def is_stretch(tokens):
    """Whether the tokens are consecutive in the corpus."""
    return tokens == list(range(tokens[0], tokens[0] + len(tokens)))


def document_of(corpus, token):
    sentence = np.searchsorted(corpus.sentences, token - 5, side="right") - 1
    return int(np.searchsorted(corpus.documents, sentence, side="right")) - 1


DOCUMENTS = st.lists(st.lists(st.integers(1, 40), min_size=1, max_size=8), min_size=1, max_size=8)
BATCHES = given(
    documents=DOCUMENTS,
    length=st.integers(8, 40),
    next_sentence=st.booleans(),
    share=st.sampled_from([0.01, 0.15, 0.5, 0.99]),
    most=st.integers(1, 20),
    step=st.integers(0, 1000),
)


@settings(max_examples=100)
@BATCHES
def test_sequences_are_stretches_of_documents(documents, length, next_sentence, share, most, step):
    corpus = make_corpus(documents)
    sampler = make_sampler(corpus, length=length, next_sentence=next_sentence, share=share, most=most)
    batch = sampler.batch((1, 2), step, 6)
    assert batch.packed.sequences == 6
    sequences = unmasked(batch)
    first = 0
    for place, sequence in enumerate(sequences):
        assert len(sequence) <= length
        parts = segments(sequence)
        assert len(parts) == 1 + next_sentence
        for part in parts:
            assert part, "no segment is empty"
            assert is_stretch(part)
            assert len({document_of(corpus, token) for token in part}) == 1
        types = batch.packed.token_types[first : first + len(sequence)].tolist()
        assert types == [int(n >= 2 + len(parts[0])) for n in range(len(sequence))]
        first += len(sequence)
        if next_sentence and not batch.random_next[place]:
            assert parts[1][0] == parts[0][-1] + 1, "a true continuation follows at once"
            assert document_of(corpus, parts[0][-1]) == document_of(corpus, parts[1][0])
        if not next_sentence:
            begins = {int(start) + 5 for start in corpus.sentences}
            assert parts[0][0] in begins, "a sequence begins with a sentence"
            last = document_of(corpus, parts[0][-1])
            end = int(corpus.sentences[corpus.documents[last + 1]]) + 4
            assert len(sequence) == length or parts[0][-1] == end, "and goes on until it is full, or its document ends"
    assert (batch.random_next is None) == (not next_sentence)


@settings(max_examples=100)
@BATCHES
def test_masking(documents, length, next_sentence, share, most, step):
    sampler = make_sampler(
        make_corpus(documents), length=length, next_sentence=next_sentence, share=share, most=most, vocabulary=2000
    )
    batch = sampler.batch((0,), step, 6)
    assert batch.masked.tolist() == sorted(set(batch.masked.tolist()))
    sequences = unmasked(batch)
    edges = batch.packed.offsets
    for place, sequence in enumerate(sequences):
        inside = (batch.masked >= edges[place]) & (batch.masked < edges[place + 1])
        ordinary = sum(token not in (CLS, SEP) for token in sequence)
        assert int(inside.sum()) == min(max(1, round(share * ordinary)), most, ordinary)
    assert not {CLS, SEP, MASK, PAD} & set(batch.targets.tolist())
    shown = batch.packed.tokens.clone()
    inputs = shown[batch.masked]
    assert not {CLS, SEP, PAD, UNK} & set(inputs.tolist()), "a random token is an ordinary one"
    assert int((shown == MASK).sum()) == int((inputs == MASK).sum()), "[MASK] stands only where something is predicted"


def test_fates_of_chosen_tokens():
    """80 % become [MASK], 10 % become a random token, which may be any ordinary token, and 10 % stay."""
    small = 5 + 40
    corpus = make_corpus([[10] * 3] * 1)
    sampler = make_sampler(corpus, next_sentence=False, share=0.5, vocabulary=small)
    inputs, targets = [], []
    for step in range(60):
        batch = sampler.batch((0,), step, 32)
        inputs.append(batch.packed.tokens[batch.masked])
        targets.append(batch.targets)
    inputs, targets = torch.cat(inputs), torch.cat(targets)
    count = len(inputs)
    masked, kept = inputs == MASK, inputs == targets
    for found, share in ((masked, 0.8), (kept, 0.1 + 0.1 / 40), (~masked & ~kept, 0.1 - 0.1 / 40)):
        deviation = (count * share * (1 - share)) ** 0.5
        assert abs(int(found.sum()) - count * share) < 5 * deviation
    assert set(inputs[~masked & ~kept].tolist()) == set(range(5, small))


def test_every_place_is_masked_alike():
    corpus = make_corpus([[30]])
    sampler = make_sampler(corpus, next_sentence=False, share=0.2)
    steps, size = 40, 25
    counts = torch.zeros(30)
    for step in range(steps):
        batch = sampler.batch((0,), step, size)
        counts += torch.bincount(batch.targets - 5, minlength=30)
    expected = steps * size * 0.2
    assert ((counts - expected).abs() < 5 * (expected * 0.8) ** 0.5).all()


@pytest.fixture(scope="module")
def long_corpus():
    random = np.random.default_rng(0)
    return make_corpus([random.integers(3, 12, random.integers(2, 12)).tolist() for _ in range(60)])


@pytest.mark.parametrize("next_sentence", [True, False])
def test_batches_depend_on_seed_and_step_alone(long_corpus, next_sentence):
    def draw(seed, step, before=()):
        sampler = make_sampler(long_corpus, next_sentence=next_sentence)
        for other in before:
            sampler.batch((9,), other, 3)
        return sampler.batch(seed, step, 8)

    one = draw((1, 2), 30)
    same = draw((1, 2), 30, before=range(5))
    assert torch.equal(one.packed.tokens, same.packed.tokens)
    assert torch.equal(one.masked, same.masked)
    assert torch.equal(one.targets, same.targets)
    assert torch.equal(one.packed.token_types, same.packed.token_types)
    for seed, step in (((1, 2), 31), ((1, 3), 30), ((2, 2), 30), ((2, 1), 30)):
        other = draw(seed, step)
        assert unmasked(other) != unmasked(one)


def test_next_sentence_labels_are_balanced(long_corpus):
    sampler = make_sampler(long_corpus)
    labels, multiple = [], []
    for step in range(60):
        batch = sampler.batch((0,), step, 16)
        labels += batch.random_next.tolist()
        for label, sequence in zip(batch.random_next.tolist(), unmasked(batch), strict=True):
            first, second = segments(sequence)
            documents = [document_of(long_corpus, part[0]) for part in (first, second)]
            assert (documents[0] != documents[1]) == bool(label), "a random second segment is another document's"
            multiple.append(len(first) != len(second))
    # A document's last sentence is always followed by a random one, so that a little more than half are random.
    starts = len(long_corpus.sentences) - 1
    expected = 0.5 + 0.5 * (len(long_corpus.documents) - 1) / starts
    deviation = (expected * (1 - expected) / len(labels)) ** 0.5
    assert abs(np.mean(labels) - expected) < 5 * deviation
    assert any(multiple)


def test_next_sentence_with_a_single_document_ends():
    sampler = make_sampler(make_corpus([[5, 5, 5]]))
    batch = sampler.batch((0,), 0, 50)
    assert set(batch.random_next.tolist()) == {0, 1}


@pytest.mark.parametrize("next_sentence", [True, False])
def test_sources_are_drawn_by_weight(next_sentence):
    documents = [[5, 5]] * 10 + [[5, 5]] * 80 + [[5, 5]] * 10
    corpus = make_corpus(documents, [(10, 0.6), (80, 0.1), (10, 0.3)])
    sampler = make_sampler(corpus, next_sentence=next_sentence)
    counts = np.zeros(3)
    for step in range(100):
        for sequence in unmasked(sampler.batch((0,), step, 16)):
            document = document_of(corpus, segments(sequence)[0][0])
            counts[0 if document < 10 else 1 if document < 90 else 2] += 1
    expected = np.array([0.6, 0.1, 0.3]) * counts.sum()
    assert (np.abs(counts - expected) < 5 * np.sqrt(expected)).all()


@pytest.mark.parametrize("next_sentence", [True, False])
def test_source_without_documents_is_never_drawn(next_sentence):
    """A small source may have no documents in the dev split."""
    corpus = make_corpus([[5, 5]] * 4, [(2, 0.5), (0, 0.0), (2, 0.5), (0, 0.0)])
    sampler = make_sampler(corpus, next_sentence=next_sentence)
    batch = sampler.batch((0,), 0, 100)
    documents = {document_of(corpus, segments(sequence)[0][0]) for sequence in unmasked(batch)}
    assert documents == {0, 1, 2, 3}


def test_every_sentence_is_a_start(long_corpus):
    sampler = make_sampler(long_corpus, next_sentence=False)
    starts = {segments(sequence)[0][0] for step in range(120) for sequence in unmasked(sampler.batch((0,), step, 32))}
    assert starts == {int(start) + 5 for start in long_corpus.sentences[:-1]}


def test_batch_of_a_prepared_corpus(tiny_corpus):
    """The sampler reads the files of a prepared corpus, and batches can be moved to a device."""
    sampler = make_sampler(TokenizedCorpus.open(tiny_corpus, "train"), length=24, vocabulary=60)
    batch = sampler.batch((0,), 0, 16)
    moved = batch.to(torch.device("cpu"))
    assert torch.equal(moved.packed.tokens, batch.packed.tokens)
    assert torch.equal(moved.random_next, batch.random_next)
    assert torch.equal(moved.masked, batch.masked)
    assert torch.equal(moved.targets, batch.targets)
    assert int(batch.packed.tokens.max()) < 60
