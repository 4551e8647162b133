"""Splitting documents into sentences."""

import re
from collections.abc import Callable, Sequence

Splitter = Callable[[Sequence[str]], list[list[str]]]
"""From documents to the sentences of each, none of them empty."""

MOST_STRINGS = 500_000
"""Words, with their shapes, prefixes and suffixes: some 250 MB."""

_BLANK_LINE = re.compile(r"\n[^\S\n]*\n")


def sentence_splitter(name: str) -> Splitter:
    """`spacy`: the rule-based English sentencizer; no sentence goes across a blank line, within which line breaks
    are mere spaces. `lines`: each line is a sentence. Raises KeyError for another name."""
    return {"spacy": _spacy, "lines": lambda: _lines}[name]()


def _lines(documents: Sequence[str]) -> list[list[str]]:
    # Not splitlines(): it also splits at form feeds and at U+2028, which stand within a line.
    return [[line.strip() for line in document.split("\n") if line.strip()] for document in documents]


def _spacy() -> Splitter:
    nlp = _sentencizer()

    def split(documents: Sequence[str]) -> list[list[str]]:
        nonlocal nlp
        # spaCy's table of strings grows with the words met: start it afresh (0.2 s) now and then. Its own remedy, a
        # memory zone around each batch, switches its cache of words off and takes three times as long.
        if len(nlp.vocab.strings) > MOST_STRINGS:
            nlp = _sentencizer()
        paragraphs = [
            (" ".join(paragraph.split("\n")).strip(), number)
            for number, document in enumerate(documents)
            for paragraph in _BLANK_LINE.split(document)
        ]
        sentences: list[list[str]] = [[] for _ in documents]
        for parsed, number in nlp.pipe(paragraphs, as_tuples=True):
            sentences[number] += [text for sentence in parsed.sents if (text := sentence.text.strip())]
        return sentences

    return split


def _sentencizer():
    import spacy

    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer")
    # spaCy refuses texts of over a million characters for the sake of its neural components. There are none here.
    nlp.max_length = 10**9
    return nlp
