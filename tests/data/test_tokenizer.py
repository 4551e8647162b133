"""`load_tokenizer` returns the same tokenizer as transformers."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prunetransfer.data.tokenizer import load_tokenizer, vocabulary_size

TEXT = st.lists(st.sampled_from(["w1", "W2", "wé3", "Unknown", "!", " ", "\n", "[MASK]", "\0", "語"]), max_size=12)


@pytest.fixture(scope="session")
def slow_encoder(tmp_path_factory, files, encoder):
    """An encoder's folder like those of older checkpoints, with a vocabulary and without tokenizer.json."""
    words = sorted(load_tokenizer(encoder).get_vocab().items(), key=lambda item: item[1])
    folder = tmp_path_factory.mktemp("slow_encoder")
    files.write(folder / "vocab.txt", "".join(f"{word}\n" for word, _ in words))
    files.write(folder / "config.json", '{"model_type": "bert"}')
    files.write(folder / "tokenizer_config.json", '{"tokenizer_class": "BertTokenizer", "do_lower_case": true}')
    return folder / "manifest.json"


@settings(max_examples=20)
@given(texts=st.lists(TEXT.map("".join), min_size=1, max_size=4))
def test_is_that_of_transformers_without_truncation_and_padding(encoder, slow_encoder, texts):
    from transformers import AutoTokenizer

    for manifest in (encoder, slow_encoder):
        reference = AutoTokenizer.from_pretrained(manifest.parent)
        tokenizer = load_tokenizer(manifest)
        assert [encoding.ids for encoding in tokenizer.encode_batch(texts)] == reference(texts)["input_ids"]
        assert vocabulary_size(tokenizer) == len(reference) == 47
