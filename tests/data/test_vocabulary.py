"""Tokenizers made from a corpus have the most frequent words or subwords, and the same ids every time."""

import os
import random
import subprocess
import sys
from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, normalizers, pre_tokenizers
from tokenizers.models import WordPiece
from tokenizers.trainers import WordPieceTrainer

from prunetransfer.config.encoder import Vocabulary
from prunetransfer.data.vocabulary import SPECIAL_TOKENS, make_tokenizer

SPECIAL = list(SPECIAL_TOKENS.values())
TEXTS = st.lists(st.text("abcé #[]D𝄞\u0301\U000e0100.", max_size=30), max_size=8)
KINDS = pytest.mark.parametrize("kind", ["word", "wordpiece"])


def make(kind, texts, size=1000, lowercase=True):
    return make_tokenizer(Vocabulary(kind=kind, size=size, lowercase=lowercase), texts)


def words_of(text, lowercase=True):
    text = normalizers.BertNormalizer(lowercase=lowercase).normalize_str(text)
    return [word for word, _ in pre_tokenizers.BertPreTokenizer().pre_tokenize_str(text)]


def by_id(tokenizer):
    vocabulary = tokenizer.get_vocab()
    tokens = sorted(vocabulary, key=vocabulary.get)
    assert [vocabulary[token] for token in tokens] == list(range(len(tokens)))
    return tokens


@KINDS
@settings(max_examples=50)
@given(texts=TEXTS, size=st.integers(6, 40))
def test_special_tokens_first_and_no_more_than_asked_for(kind, texts, size):
    tokens = by_id(make(kind, texts, size))
    assert tokens[:5] == SPECIAL
    letters = {letter for text in texts for word in words_of(text) for letter in word}
    # A subword vocabulary has every character at least, at its word's start or inside.
    assert len(tokens) <= max(size, 5 + 2 * len(letters) if kind == "wordpiece" else 0)


@settings(max_examples=50)
@given(texts=TEXTS, size=st.integers(6, 40))
def test_words_are_the_most_frequent_ones(texts, size):
    counts = Counter(word for text in texts for word in words_of(text))
    expected = sorted(counts, key=lambda word: (-counts[word], word))[: size - 5]
    assert by_id(make("word", texts, size))[5:] == expected


def merge(parts: list[str], pair: tuple[str, str]) -> list[str]:
    merged: list[str] = []
    for part in parts:
        if merged and (merged[-1], part) == pair:
            merged[-1] += part.removeprefix("##")
        else:
            merged.append(part)
    return merged


def subwords(texts: list[str], size: int) -> list[str]:
    """The reference: merges the most frequent pair until the vocabulary is full. Equally frequent pairs are merged by
    ascending ids."""
    counts = Counter(word for text in texts for word in words_of(text))
    splits = {word: [word[0], *(f"##{letter}" for letter in word[1:])] for word in counts}
    letters = {letter for word in counts for letter in word}
    inside = {part for split in splits.values() for part in split[1:]}
    vocabulary = [*SPECIAL, *sorted(letters), *sorted(inside)]
    while len(vocabulary) < size:
        pairs = Counter()
        for word, split in splits.items():
            for pair in pairwise(split):
                pairs[pair] += counts[word]
        if not pairs:
            break
        best = min(pairs, key=lambda pair: (-pairs[pair], *map(vocabulary.index, pair)))
        token = best[0] + best[1].removeprefix("##")
        if token not in vocabulary:
            vocabulary.append(token)
        splits = {word: merge(split, best) for word, split in splits.items()}
    return vocabulary


@settings(max_examples=100)
@given(texts=TEXTS, size=st.integers(30, 60))
def test_subwords_are_the_most_frequent_merges(texts, size):
    assert by_id(make("wordpiece", texts, size)) == subwords(texts, size)


def test_subword_alphabet_is_the_librarys(corpus_file):
    """Only the characters are compared, because WordPieceTrainer's order of equal merges differs between processes."""
    texts = [*corpus_file.read_text().splitlines(), "𝄞a𝄞 é\U000e0100 x\U000e0100y"]
    reference = Tokenizer(WordPiece({}, unk_token="[UNK]"))
    reference.normalizer = normalizers.BertNormalizer(lowercase=False)
    reference.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    reference.train_from_iterator(texts, WordPieceTrainer(vocab_size=10, special_tokens=SPECIAL, show_progress=False))
    assert make("wordpiece", texts, 10, lowercase=False).get_vocab().keys() == reference.get_vocab().keys()


@KINDS
@settings(max_examples=50)
@given(texts=TEXTS)
def test_every_word_of_the_corpus_is_known_whole_where_there_is_room(kind, texts):
    tokenizer = make(kind, texts, 5000)
    for text in texts:
        encoding = tokenizer.encode(text, add_special_tokens=False)
        assert encoding.tokens == words_of(text)
        assert "[UNK]" not in encoding.tokens


@KINDS
def test_pairs_and_special_tokens(kind):
    tokenizer = make(kind, ["one two three", "two"])
    encoding = tokenizer.encode("One", "two THREE")
    assert encoding.tokens == ["[CLS]", "one", "[SEP]", "two", "three", "[SEP]"]
    assert encoding.type_ids == [0, 0, 0, 1, 1, 1]
    assert tokenizer.encode("one").tokens == ["[CLS]", "one", "[SEP]"]
    assert tokenizer.encode("%").tokens == ["[CLS]", "[UNK]", "[SEP]"]
    assert make(kind, ["One one"], lowercase=False).token_to_id("One") is not None


def test_small_subword_vocabularies_split_words():
    tokenizer = make("wordpiece", ["walked walking talked talking"] * 3, 28)
    tokens = tokenizer.encode("walking", add_special_tokens=False).tokens
    assert len(tokens) > 1
    assert tokens[0][0] == "w"
    assert all(token.startswith("##") for token in tokens[1:])
    ids = tokenizer.encode("talked walking", add_special_tokens=False).ids
    assert tokenizer.decode(ids) == "talked walking"


MAKE_ONE = """
import random, sys
from prunetransfer.config.encoder import Vocabulary
from prunetransfer.data.vocabulary import make_tokenizer
generator = random.Random(0)
words = ["".join(generator.choices("abcdefgh", k=generator.randint(1, 6))) for _ in range(300)]
texts = [" ".join(generator.choices(words, k=20)) for _ in range(50)]
print(make_tokenizer(Vocabulary(kind=sys.argv[1], size=150), texts).to_str())
"""


@KINDS
def test_same_ids_in_every_process(kind):
    found = set()
    for seed in ("0", "1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "RAYON_NUM_THREADS": str(1 + int(seed))}
        command = [sys.executable, "-c", MAKE_ONE, kind]
        found.add(subprocess.run(command, check=True, capture_output=True, env=environment).stdout)
    assert len(found) == 1


@KINDS
def test_order_of_the_documents_does_not_matter(kind):
    generator = random.Random(0)
    texts = [" ".join(generator.choices(["ab", "abc", "bc", "cab", "d"], k=5)) for _ in range(20)]
    shuffled = generator.sample(texts, len(texts))
    assert make(kind, texts, 14).to_str() == make(kind, shuffled, 14).to_str()
