"""ELECTRA's generator (Clark et al. 2020), which is a masked LM; no next-sentence prediction, no pooler."""

from torch import Tensor
from transformers.models.electra.configuration_electra import ElectraConfig
from transformers.models.electra.modeling_electra import (
    ElectraForMaskedLM,
    ElectraForSequenceClassification,
    ElectraModel,
)

from prunetransfer.config.encoder import FreshEncoder

PRETRAINING = ElectraForMaskedLM
CLASSIFICATION = ElectraForSequenceClassification
HAS_TOKEN_TYPES = True
next_sentence_logits = None


def fresh_config(sizes: FreshEncoder, vocabulary_size: int, pad_token: int) -> ElectraConfig:
    return ElectraConfig(
        vocab_size=vocabulary_size,
        embedding_size=sizes.hidden_size,
        num_hidden_layers=sizes.layers,
        hidden_size=sizes.hidden_size,
        num_attention_heads=sizes.heads,
        intermediate_size=sizes.intermediate_size,
        max_position_embeddings=sizes.max_length,
        hidden_dropout_prob=sizes.dropout,
        attention_probs_dropout_prob=sizes.dropout,
        initializer_range=sizes.initializer_range,
        pad_token_id=pad_token,
    )


def first_position(config: ElectraConfig) -> int:
    return 0


def masked_lm_logits(model: ElectraForMaskedLM, hidden: Tensor) -> Tensor:
    return model.generator_lm_head(model.generator_predictions(hidden))


def pool(encoder: ElectraModel, first: Tensor) -> Tensor:
    return first


def classification_logits(model: ElectraForSequenceClassification, pooled: Tensor) -> Tensor:
    return model.classifier(pooled.unsqueeze(1))
