import pytest
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers

from prunetransfer.analysis.weights.subwords import subword_lengths


def _lengths(tokenizer: Tokenizer) -> dict[str, int]:
    return {tokenizer.id_to_token(place): length for place, length in subword_lengths(tokenizer).items()}


def _vocabulary(*subwords: str) -> dict[str, int]:
    return {subword: place for place, subword in enumerate(subwords)}


def test_wordpiece():
    vocabulary = _vocabulary("[PAD]", "[unused0]", "[unused993]", "##ing", "sing", "##", "#", "é", "[", "unused")
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[PAD]"))
    tokenizer.add_special_tokens(["[PAD]"])
    assert _lengths(tokenizer) == {"##ing": 3, "sing": 4, "##": 1, "#": 1, "é": 1, "[": 1, "unused": 6}


def test_words():
    tokenizer = Tokenizer(models.WordLevel(_vocabulary("[UNK]", "a", "shepherd", "##"), unk_token="[UNK]"))
    tokenizer.add_special_tokens(["[UNK]"])
    assert _lengths(tokenizer) == {"a": 1, "shepherd": 8, "##": 2}


def test_byte_level_bpe():
    """RoBERTa's vocabulary is byte-level BPE: Ġ is a space, and other characters than ASCII have a character per byte."""
    subwords = ["<s>", "Ġthe", "the", "Ġ", "ĠĠ", "Ã©", "Ã", "ä¸Ń", "madeupword0002"]
    tokenizer = Tokenizer(models.BPE(_vocabulary(*subwords), []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.add_special_tokens(["<s>"])
    assert _lengths(tokenizer) == {"Ġthe": 3, "the": 3, "Ġ": 1, "ĠĠ": 1, "Ã©": 1, "Ã": 1, "ä¸Ń": 1}


@pytest.mark.parametrize("in_sequence", [False, True])
def test_sentencepiece(in_sequence):
    tokenizer = Tokenizer(models.Unigram([("<s>", 0.0), ("▁the", -1.0), ("▁", -2.0), ("ing", -3.0)], unk_id=0))
    metaspace = pre_tokenizers.Metaspace()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([metaspace]) if in_sequence else metaspace
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.add_special_tokens([AddedToken("<s>", special=True)])
    assert _lengths(tokenizer) == {"▁the": 3, "▁": 1, "ing": 3}


def test_in_the_order_of_the_ids():
    tokenizer = Tokenizer(models.WordPiece({"zebra": 3, "ox": 7, "##en": 5, "a": 9}, unk_token="ox"))
    assert list(subword_lengths(tokenizer).items()) == [(3, 5), (5, 2), (7, 2), (9, 1)]
