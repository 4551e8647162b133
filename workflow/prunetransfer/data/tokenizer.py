"""The encoder's tokenizer, as the prepare stages use it."""

from pathlib import Path

from tokenizers import Tokenizer


def load_tokenizer(encoder: Path) -> Tokenizer:
    """The tokenizer in the folder of an encoder's manifest, without truncation and padding.

    Read straight from tokenizer.json, as transformers writes it: importing transformers takes 4 s (it imports torch),
    which is more than tokenising the miniature does. A folder without that file is converted by transformers.
    """
    file = encoder.parent / "tokenizer.json"
    if file.is_file():
        tokenizer = Tokenizer.from_file(str(file))
    else:
        from transformers import AutoTokenizer

        tokenizer = AutoTokenizer.from_pretrained(encoder.parent).backend_tokenizer
    # Checkpoints ship these switched on (all-MiniLM-L6-v2 cuts and pads to 128).
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def vocabulary_size(tokenizer: Tokenizer) -> int:
    """One more than the largest id: a vocabulary may have gaps."""
    return max(tokenizer.get_vocab(with_added_tokens=True).values()) + 1
