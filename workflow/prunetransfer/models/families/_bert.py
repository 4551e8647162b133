"""BERT's names for an encoder's sizes and for the matrices of a layer. Most later architectures use the same names."""

from prunetransfer.config.encoder import FreshEncoder

BERT_LAYER_ROLES = {
    "attention.self.query": "query",
    "attention.self.key": "key",
    "attention.self.value": "value",
    "attention.output.dense": "attention_output",
    "intermediate.dense": "intermediate",
    "output.dense": "output",
}


def bert_sizes(sizes: FreshEncoder, vocabulary_size: int, pad_token: int) -> dict[str, int | float]:
    """Returns keyword arguments of BertConfig, and of the configs that share its names."""
    return {
        "vocab_size": vocabulary_size,
        "num_hidden_layers": sizes.layers,
        "hidden_size": sizes.hidden_size,
        "num_attention_heads": sizes.heads,
        "intermediate_size": sizes.intermediate_size,
        "max_position_embeddings": sizes.max_length,
        "hidden_dropout_prob": sizes.dropout,
        "attention_probs_dropout_prob": sizes.dropout,
        "initializer_range": sizes.initializer_range,
        "pad_token_id": pad_token,
    }
