"""Loads the encoder's tokenizer for the jobs that prepare data."""

from pathlib import Path

from tokenizers import Tokenizer


def load_tokenizer(encoder: Path) -> Tokenizer:
    """Returns the tokenizer in the folder of an encoder's manifest, without truncation and padding.

    It is read from tokenizer.json, which transformers writes, because importing transformers and torch takes 4 s. This is
    longer than tokenising the miniature. If that file is missing, transformers converts the folder's other files.
    """
    file = encoder.parent / "tokenizer.json"
    if file.is_file():
        tokenizer = Tokenizer.from_file(str(file))
    else:
        from transformers import AutoTokenizer

        tokenizer = AutoTokenizer.from_pretrained(encoder.parent).backend_tokenizer
    # Tokenizers of published checkpoints may cut and pad (all-MiniLM-L6-v2 does both, to 128 tokens).
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def vocabulary_size(tokenizer: Tokenizer) -> int:
    """Returns the largest id plus 1. This may be more than the number of tokens, since a vocabulary may have gaps."""
    return max(tokenizer.get_vocab(with_added_tokens=True).values()) + 1
