"""DistilBERT (Sanh et al. 2019): a BERT without token types, next-sentence prediction and pooler."""

from torch import Tensor
from transformers.models.distilbert.configuration_distilbert import DistilBertConfig
from transformers.models.distilbert.modeling_distilbert import (
    DistilBertForMaskedLM,
    DistilBertForSequenceClassification,
    DistilBertModel,
)

from prunetransfer.config.encoder import FreshEncoder

PRETRAINING = DistilBertForMaskedLM
CLASSIFICATION = DistilBertForSequenceClassification
LAYER_ROLES = {
    "attention.q_lin": "query",
    "attention.k_lin": "key",
    "attention.v_lin": "value",
    "attention.out_lin": "attention_output",
    "ffn.lin1": "intermediate",
    "ffn.lin2": "output",
}
HAS_TOKEN_TYPES = False
next_sentence_logits = None


def fresh_config(sizes: FreshEncoder, vocabulary_size: int, pad_token: int) -> DistilBertConfig:
    return DistilBertConfig(
        vocab_size=vocabulary_size,
        n_layers=sizes.layers,
        dim=sizes.hidden_size,
        n_heads=sizes.heads,
        hidden_dim=sizes.intermediate_size,
        max_position_embeddings=sizes.max_length,
        dropout=sizes.dropout,
        attention_dropout=sizes.dropout,
        initializer_range=sizes.initializer_range,
        pad_token_id=pad_token,
    )


def first_position(config: DistilBertConfig) -> int:
    return 0


def masked_lm_logits(model: DistilBertForMaskedLM, hidden: Tensor) -> Tensor:
    transformed = model.vocab_layer_norm(model.activation(model.vocab_transform(hidden)))
    return model.vocab_projector(transformed)


def pool(encoder: DistilBertModel, first: Tensor) -> Tensor:
    return first


def classification_logits(model: DistilBertForSequenceClassification, pooled: Tensor) -> Tensor:
    return model.classifier(model.dropout(model.pre_classifier(pooled).relu()))
