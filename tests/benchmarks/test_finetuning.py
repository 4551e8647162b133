import numpy as np
from finetuning import padded_dataset, ragged_dataset

from prunetransfer.data.tokenized import TokenizedTask


def test_the_trainer_gets_the_same_examples(tiny_task):
    ours, ragged, padded = TokenizedTask.open(tiny_task, "train"), ragged_dataset(tiny_task), padded_dataset(tiny_task)
    for number, (row, padded_row) in enumerate(zip(ragged, padded, strict=True)):
        start, end = ours.offsets[number : number + 2]
        types = np.arange(end - start) >= ours.second_start[number]
        assert row["input_ids"] == ours.tokens[start:end].tolist()
        assert row["token_type_ids"] == types.astype(int).tolist()
        assert row["label"] == padded_row["label"] == ours.labels[number]
        real = np.array(padded_row["attention_mask"], bool)
        for name in ("input_ids", "token_type_ids"):
            assert np.array(padded_row[name])[real].tolist() == row[name]
            assert len(padded_row[name]) == 128
            assert not np.array(padded_row[name])[~real].any()
