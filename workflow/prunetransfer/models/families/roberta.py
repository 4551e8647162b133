"""RoBERTa (Liu et al. 2019): a BERT without token types, next-sentence prediction and pooler."""

from torch import Tensor
from transformers.models.roberta.configuration_roberta import RobertaConfig
from transformers.models.roberta.modeling_roberta import (
    RobertaForMaskedLM,
    RobertaForSequenceClassification,
    RobertaModel,
)

from prunetransfer.config.encoder import FreshEncoder

from ._bert import BERT_LAYER_ROLES, bert_sizes

PRETRAINING = RobertaForMaskedLM
CLASSIFICATION = RobertaForSequenceClassification
LAYER_ROLES = BERT_LAYER_ROLES
HAS_TOKEN_TYPES = False
next_sentence_logits = None


def fresh_config(sizes: FreshEncoder, vocabulary_size: int, pad_token: int) -> RobertaConfig:
    options = bert_sizes(sizes, vocabulary_size, pad_token)
    options["max_position_embeddings"] += pad_token + 1
    return RobertaConfig(**options, type_vocab_size=1)


def first_position(config: RobertaConfig) -> int:
    """Returns the padding token's id plus 1, from which RoBERTa counts positions. In published models this is 2."""
    return config.pad_token_id + 1


def masked_lm_logits(model: RobertaForMaskedLM, hidden: Tensor) -> Tensor:
    return model.lm_head(hidden)


def pool(encoder: RobertaModel, first: Tensor) -> Tensor:
    return first


def classification_logits(model: RobertaForSequenceClassification, pooled: Tensor) -> Tensor:
    return model.classifier(pooled.unsqueeze(1))
