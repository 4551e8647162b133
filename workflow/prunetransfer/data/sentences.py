"""Splits documents into sentences."""

import re
from collections.abc import Callable, Sequence

Splitter = Callable[[Sequence[str]], list[list[str]]]
"""Takes documents and returns the sentences of each. No sentence is empty."""

MOST_STRINGS = 500_000
"""The number of strings that spaCy may keep: words, and their shapes, prefixes and suffixes. They take about 250 MB."""

_BLANK_LINE = re.compile(r"\n[^\S\n]*\n")


def sentence_splitter(name: str) -> Splitter:
    """Returns the splitter of a name. Raises KeyError for an unknown one.

    `spacy`: spaCy's rule-based English sentencizer. A blank line always ends a sentence; other line breaks are spaces.
    `lines`: each line is a sentence.
    """
    return {"spacy": _spacy, "lines": lambda: _lines}[name]()


def _lines(documents: Sequence[str]) -> list[list[str]]:
    # splitlines() would also split at form feeds and at U+2028, which don't end a line.
    return [[line.strip() for line in document.split("\n") if line.strip()] for document in documents]


def _spacy() -> Splitter:
    nlp = _sentencizer()

    def split(documents: Sequence[str]) -> list[list[str]]:
        nonlocal nlp
        # spaCy's table of strings grows with each new word, so a new pipeline replaces a large one (0.2 s). spaCy's own
        # remedy, a memory zone around each batch, turns off its cache of words, and then splitting takes 3 times as long.
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
    # spaCy refuses texts of over a million characters to protect its neural components, which are not used here.
    nlp.max_length = 10**9
    return nlp
