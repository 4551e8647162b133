"""Loads the encoder's tokenizer for the prepare stages."""

from pathlib import Path

from tokenizers import Tokenizer


def load_tokenizer(encoder: Path) -> Tokenizer:
    """Returns the tokenizer in the folder of an encoder's manifest, without truncation and padding.

    It is read from tokenizer.json, which transformers writes, because importing transformers and torch takes 4 s, longer
    than tokenising the miniature. Where that file is missing, transformers converts the folder's other files.
    """
    file = encoder.parent / "tokenizer.json"
    if file.is_file():
        tokenizer = Tokenizer.from_file(str(file))
    else:
        from transformers import AutoTokenizer

        tokenizer = AutoTokenizer.from_pretrained(encoder.parent).backend_tokenizer
    # Published checkpoints may have both switched on (all-MiniLM-L6-v2 cuts and pads to 128 tokens).
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def vocabulary_size(tokenizer: Tokenizer) -> int:
    """Returns one more than the largest id. Not the number of tokens: a vocabulary may have gaps."""
    return max(tokenizer.get_vocab(with_added_tokens=True).values()) + 1
