"""RoBERTa (Liu et al. 2019): no token types, no next-sentence prediction, no pooler."""

from torch import Tensor
from transformers.models.roberta.configuration_roberta import RobertaConfig
from transformers.models.roberta.modeling_roberta import (
    RobertaForMaskedLM,
    RobertaForSequenceClassification,
    RobertaModel,
)

from prunetransfer.config.encoder import FreshEncoder

PRETRAINING = RobertaForMaskedLM
CLASSIFICATION = RobertaForSequenceClassification
HAS_TOKEN_TYPES = False
next_sentence_logits = None


def fresh_config(sizes: FreshEncoder, vocabulary_size: int, pad_token: int) -> RobertaConfig:
    return RobertaConfig(
        vocab_size=vocabulary_size,
        num_hidden_layers=sizes.layers,
        hidden_size=sizes.hidden_size,
        num_attention_heads=sizes.heads,
        intermediate_size=sizes.intermediate_size,
        max_position_embeddings=sizes.max_length + pad_token + 1,
        type_vocab_size=1,
        hidden_dropout_prob=sizes.dropout,
        attention_probs_dropout_prob=sizes.dropout,
        initializer_range=sizes.initializer_range,
        pad_token_id=pad_token,
    )


def first_position(config: RobertaConfig) -> int:
    """Positions start behind the padding token's id, which is 1 in every published checkpoint."""
    return config.pad_token_id + 1


def masked_lm_logits(model: RobertaForMaskedLM, hidden: Tensor) -> Tensor:
    return model.lm_head(hidden)


def pool(encoder: RobertaModel, first: Tensor) -> Tensor:
    return first


def classification_logits(model: RobertaForSequenceClassification, pooled: Tensor) -> Tensor:
    return model.classifier(pooled.unsqueeze(1))
