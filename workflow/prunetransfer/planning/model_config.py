"""Makes the config of transformers for an encoder whose sizes are known. It imports torch."""

from transformers import PreTrainedConfig

from prunetransfer.config.encoder import FreshEncoder
from prunetransfer.models.families import family_named

from .sizes import EncoderSizes


def model_config(sizes: EncoderSizes, dropout: float = 0.0) -> PreTrainedConfig:
    """Returns the config of a fresh encoder of these sizes. dropout: the rate inside the encoder."""
    fresh = FreshEncoder(
        source="fresh",
        architecture=sizes.architecture,
        layers=sizes.layers,
        hidden_size=sizes.hidden_size,
        heads=sizes.heads,
        intermediate_size=sizes.intermediate_size,
        max_length=sizes.max_length,
        dropout=dropout,
    )
    config = family_named(sizes.architecture).fresh_config(fresh, sizes.vocabulary_size, pad_token=0)
    if sizes.embedding_size is not None:
        config.embedding_size = sizes.embedding_size
    return config
