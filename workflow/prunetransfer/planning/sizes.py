"""The sizes of an encoder that is not on this machine yet."""

from prunetransfer.config.base import PositiveCount, Settings


class EncoderSizes(Settings):
    """What decides the number of weights. Defaults are BERT-Base's (Devlin et al. 2019)."""

    architecture: str = "bert"
    vocabulary_size: PositiveCount = 30_522
    layers: PositiveCount = 12
    hidden_size: PositiveCount = 768
    heads: PositiveCount = 12
    intermediate_size: PositiveCount = 3072
    max_length: PositiveCount = 512
    """The longest sequence, in tokens, that the position embeddings allow."""
    embedding_size: PositiveCount | None = None
    """ELECTRA's; by default the hidden size."""
