"""Sentences contain the whole text, and each splitter splits as described."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prunetransfer.data import sentences as module
from prunetransfer.data.sentences import sentence_splitter

TEXT = st.lists(
    st.sampled_from(["One", " two", ". ", "?", "!\n", "\n", "\n \n", "\n\n", "Mr. X", '"', "\u2028", "3.5", "\t"])
).map("".join)


@pytest.fixture(scope="module")
def spacy():
    return sentence_splitter("spacy")


@given(documents=st.lists(TEXT, max_size=4))
def test_no_splitter_loses_or_makes_text(spacy, documents):
    for split in (spacy, sentence_splitter("lines")):
        found = split(documents)
        assert ["".join("".join(sentences).split()) for sentences in found] == ["".join(d.split()) for d in documents]
        assert all(sentence == sentence.strip() != "" for sentences in found for sentence in sentences)


@given(documents=st.lists(TEXT, max_size=4))
def test_documents_of_a_batch_are_independent(spacy, documents):
    assert spacy(documents) == [spacy([document])[0] for document in documents]


def test_lines_splits_at_line_ends_only():
    document = " = Head = \n \nOne. Two.\x0cStill.\u2028Still .\n"
    assert sentence_splitter("lines")([document]) == [["= Head =", "One. Two.\x0cStill.\u2028Still ."]]


def test_spacy_knows_abbreviations_and_paragraphs(spacy):
    document = "A heading\n\nMr. Brown paid $3.50 in the\nU.S. twice. Why? Nobody knows!\n \nThe end"
    expected = ["A heading", "Mr. Brown paid $3.50 in the U.S. twice.", "Why?", "Nobody knows!", "The end"]
    assert spacy([document, ""]) == [expected, []]


def test_starting_spacy_afresh_changes_nothing(spacy, monkeypatch):
    documents = ["Mr. Brown sat. He stood."], ["Mrs. Grey: no! Yes."]
    expected = [spacy(batch) for batch in documents]
    monkeypatch.setattr(module, "MOST_STRINGS", 0)
    assert [spacy(batch) for batch in documents] == expected


def test_spacy_takes_very_long_paragraphs(spacy):
    assert len(spacy(["word " * 250_000 + ". Another one."])[0]) == 2


def test_wikitext_sentences(spacy, real_data):
    from prunetransfer.data.lines import read_lines

    lines = [line for _, line in read_lines(real_data("wikitext2", "valid.raw.gz"))][:200]
    found = spacy(["\n".join(lines)])[0]
    assert "".join("".join(found).split()) == "".join("".join(lines).split())
    assert "= Homarus gammarus =" in found
