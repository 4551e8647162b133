"""Makes the tokenizer of a fresh encoder from the corpus."""

from collections import Counter
from collections.abc import Iterable, Iterator

from tokenizers import Tokenizer, decoders, normalizers, pre_tokenizers, processors
from tokenizers.models import BPE, WordLevel, WordPiece
from tokenizers.trainers import BpeTrainer

from prunetransfer.config.encoder import Vocabulary

SPECIAL_TOKENS = {"pad": "[PAD]", "unk": "[UNK]", "cls": "[CLS]", "sep": "[SEP]", "mask": "[MASK]"}
"""BERT's special tokens. Their ids are 0 to 4, in this order."""


def make_tokenizer(settings: Vocabulary, texts: Iterable[str]) -> Tokenizer:
    """Returns a tokenizer whose vocabulary consists of the most frequent words or subwords of the texts.

    The tokenizer adds [CLS] and [SEP]. The same texts give the same ids.
    """
    tokenizer = Tokenizer(WordLevel({}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=settings.lowercase)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    words = (_words(tokenizer, text) for text in texts)
    if settings.kind == "word":
        tokenizer.model = WordLevel(_word_vocabulary(words, settings.size), unk_token="[UNK]")
    else:
        tokenizer.model = WordPiece(_subword_vocabulary(words, settings.size), unk_token="[UNK]")
        tokenizer.decoder = decoders.WordPiece()
    ids = [(token, tokenizer.token_to_id(token)) for token in ("[CLS]", "[SEP]")]
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=ids
    )
    return tokenizer


def _words(tokenizer: Tokenizer, text: str) -> list[str]:
    return [word for word, _ in tokenizer.pre_tokenizer.pre_tokenize_str(tokenizer.normalizer.normalize_str(text))]


def _word_vocabulary(words: Iterable[list[str]], size: int) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for batch in words:
        counts.update(batch)
    special = list(SPECIAL_TOKENS.values())
    # Equally frequent words are ordered by spelling, so that the ids don't depend on the order of the documents.
    ranked = sorted(counts, key=lambda word: (-counts[word], word))[: size - len(special)]
    return {word: place for place, word in enumerate([*special, *ranked])}


def _subword_vocabulary(words: Iterable[list[str]], size: int) -> dict[str, int]:
    """Returns a WordPiece vocabulary, trained by byte-pair merges.

    The library's WordPieceTrainer isn't deterministic: it numbers the characters inside words (`##a`) in an order that
    differs between processes, and this order decides between equally frequent merges. So this function trains BPE instead,
    which numbers characters by code point. Before training, every character inside a word is shifted to an unassigned code
    point. Afterwards, shifted characters become `##` and the original character.
    """
    trained = Tokenizer(BPE())
    trained.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    trainer = BpeTrainer(vocab_size=size, special_tokens=list(SPECIAL_TOKENS.values()), show_progress=False)
    trained.train_from_iterator(_marked_texts(words), trainer)
    return {_unmarked(token): place for token, place in trained.get_vocab().items()}


def _marked_texts(words: Iterable[list[str]]) -> Iterator[str]:
    seen: set[str] = set()
    for batch in words:
        # Each character is also added once as a word. So the vocabulary can spell words that begin with it. No pair is added.
        new = set("".join(batch)) - seen
        seen |= new
        yield " ".join([*map(_marked, batch), *new])


_SHIFT = 0x80000
_SHIFTED = range(0x50000, 0xC0000)
"""Planes 5 to 11, in which Unicode has no characters. The shift moves every assigned character into them."""


def _shift(character: str, by: int) -> str:
    return chr((ord(character) + by) % 0x110000)


def _marked(word: str) -> str:
    return word[0] + "".join(_shift(character, _SHIFT) for character in word[1:])


def _unmarked(token: str) -> str:
    prefix = "##" if ord(token[0]) in _SHIFTED else ""
    return prefix + "".join(_shift(c, -_SHIFT) if ord(c) in _SHIFTED else c for c in token)
