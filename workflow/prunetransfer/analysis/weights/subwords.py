"""Measures the lengths of a vocabulary's subwords in characters, as a reader would count them."""

import json
import re

from tokenizers import Tokenizer, decoders

NEVER_TRAINED = re.compile(r"[\[<]unused_?\d+[\]>]|madeupword\d+")
"""Unused tokens in the vocabularies of BERT, Gemma and fairseq (RoBERTa)."""


def subword_lengths(tokenizer: Tokenizer) -> dict[int, int]:
    """The number of characters of each subword, by id, in the order of the ids.

    Special tokens and unused tokens are left out. Marks of a word's beginning or continuation don't count as characters:
    WordPiece's `##`, and the leading space, which byte-level BPE writes as `Ġ` and SentencePiece as `▁`. A subword that
    consists only of such a mark has length 1.
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
        decode = decoders.ByteLevel().decode  # a byte-level vocabulary has a printable character for each byte
        return lambda subword: decode([subword]).removeprefix(" ")
    if "Metaspace" in kinds:
        return lambda subword: subword.removeprefix("▁")
    return str


def _kinds(tokenizer: dict) -> set[str]:
    """The types of a tokenizer's pre-tokenizer and decoder, and of the members of each if it is a sequence."""
    waiting = [tokenizer["pre_tokenizer"], tokenizer["decoder"]]
    kinds = set()
    while waiting:
        step = waiting.pop()
        if step is not None:
            kinds.add(step["type"])
            waiting += step.get("pretokenizers", []) + step.get("decoders", [])
    return kinds
