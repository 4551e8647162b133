"""A vocabulary as a reader sees it: which entries are subwords, and how many characters each has."""

import json
import re

from tokenizers import Tokenizer, decoders

NEVER_TRAINED = re.compile(r"[\[<]unused_?\d+[\]>]|madeupword\d+")
"""Placeholders that published vocabularies are filled up with: BERT's, Gemma's and fairseq's (RoBERTa)."""


def subword_lengths(tokenizer: Tokenizer) -> dict[int, int]:
    """Characters of each subword, by id, in the order of the ids.

    Without special tokens and placeholders that no text contains. What only says where a word begins or goes on is no
    character: WordPiece's `##`, and the leading space that byte-level BPE writes `Ġ` and SentencePiece `▁`; a subword
    that is nothing else counts as 1.
    """
    special = {token for token, added in tokenizer.get_added_tokens_decoder().items() if added.special}
    text_of = _reader(tokenizer)
    subwords = sorted((place, subword) for subword, place in tokenizer.get_vocab().items() if place not in special)
    return {place: max(1, len(text_of(subword))) for place, subword in subwords if not NEVER_TRAINED.fullmatch(subword)}


def _reader(tokenizer: Tokenizer):
    prefix = getattr(tokenizer.model, "continuing_subword_prefix", None)
    if prefix:
        return lambda subword: subword.removeprefix(prefix)
    kinds = _kinds(json.loads(tokenizer.to_str()))
    if "ByteLevel" in kinds:
        decode = decoders.ByteLevel().decode  # each byte was written as a printable character
        return lambda subword: decode([subword]).removeprefix(" ")
    if "Metaspace" in kinds:
        return lambda subword: subword.removeprefix("▁")
    return str


def _kinds(tokenizer: dict) -> set[str]:
    """Types of the pre-tokenizer and the decoder, of sequences their members'."""
    waiting = [tokenizer["pre_tokenizer"], tokenizer["decoder"]]
    kinds = set()
    while waiting:
        step = waiting.pop()
        if step is not None:
            kinds.add(step["type"])
            waiting += step.get("pretokenizers", []) + step.get("decoders", [])
    return kinds
