"""The settings of the job that makes the encoder's folder."""

from prunetransfer.config.base import PositiveCount, Settings
from prunetransfer.config.corpus import CorpusSource
from prunetransfer.config.encoder import EncoderSettings


class EncoderJobSettings(Settings):
    """Everything that the encoder's folder depends on besides its input files."""

    encoder: EncoderSettings
    corpus: list[CorpusSource] | None
    """The sources of a fresh encoder's vocabulary; None for a pre-trained encoder."""
    max_documents: PositiveCount | None
