"""ELECTRA's generator (Clark et al. 2020): a masked LM without next-sentence prediction and pooler."""

from torch import Tensor
from transformers.models.electra.configuration_electra import ElectraConfig
from transformers.models.electra.modeling_electra import (
    ElectraForMaskedLM,
    ElectraForSequenceClassification,
    ElectraModel,
)

from prunetransfer.config.encoder import FreshEncoder

from ._bert import BERT_LAYER_ROLES, bert_sizes

PRETRAINING = ElectraForMaskedLM
CLASSIFICATION = ElectraForSequenceClassification
LAYER_ROLES = BERT_LAYER_ROLES
HAS_TOKEN_TYPES = True
next_sentence_logits = None


def fresh_config(sizes: FreshEncoder, vocabulary_size: int, pad_token: int) -> ElectraConfig:
    return ElectraConfig(**bert_sizes(sizes, vocabulary_size, pad_token), embedding_size=sizes.hidden_size)


def first_position(config: ElectraConfig) -> int:
    return 0


def masked_lm_logits(model: ElectraForMaskedLM, hidden: Tensor) -> Tensor:
    return model.generator_lm_head(model.generator_predictions(hidden))


def pool(encoder: ElectraModel, first: Tensor) -> Tensor:
    return first


def classification_logits(model: ElectraForSequenceClassification, pooled: Tensor) -> Tensor:
    return model.classifier(pooled.unsqueeze(1))
