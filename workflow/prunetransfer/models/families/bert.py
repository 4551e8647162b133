"""BERT (Devlin et al. 2019)."""

from torch import Tensor
from transformers.models.bert.configuration_bert import BertConfig
from transformers.models.bert.modeling_bert import BertForPreTraining, BertForSequenceClassification, BertModel

from prunetransfer.config.encoder import FreshEncoder

from ._bert import BERT_LAYER_ROLES, bert_sizes

PRETRAINING = BertForPreTraining
CLASSIFICATION = BertForSequenceClassification
LAYER_ROLES = BERT_LAYER_ROLES
HAS_TOKEN_TYPES = True


def fresh_config(sizes: FreshEncoder, vocabulary_size: int, pad_token: int) -> BertConfig:
    return BertConfig(**bert_sizes(sizes, vocabulary_size, pad_token))


def first_position(config: BertConfig) -> int:
    return 0


def masked_lm_logits(model: BertForPreTraining, hidden: Tensor) -> Tensor:
    return model.cls.predictions(hidden)


def next_sentence_logits(model: BertForPreTraining, pooled: Tensor) -> Tensor:
    return model.cls.seq_relationship(pooled)


def pool(encoder: BertModel, first: Tensor) -> Tensor:
    return encoder.pooler(first.unsqueeze(1))


def classification_logits(model: BertForSequenceClassification, pooled: Tensor) -> Tensor:
    return model.classifier(model.dropout(pooled))
