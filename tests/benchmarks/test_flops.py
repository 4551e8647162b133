import numpy as np
import pytest
import torch
from flops import training_flops
from torch.utils.flop_counter import FlopCounterMode
from transformers import BertConfig, BertForMaskedLM


@pytest.mark.parametrize("layers", [1, 3])
def test_a_training_step_has_the_operations_that_torch_counts(layers):
    config = BertConfig(
        vocab_size=50, hidden_size=16, num_hidden_layers=layers, num_attention_heads=2, intermediate_size=24
    )
    model = BertForMaskedLM._from_config(config, attn_implementation="eager")
    tokens = torch.randint(50, (4, 7))
    with FlopCounterMode(display=False) as counter:
        model(input_ids=tokens, labels=tokens).loss.backward()

    assert training_flops(config, np.full(4, 7), predicted=28) == counter.get_total_flops()
