import gzip

from pretraining import LENGTH, blocks
from transformers import AutoTokenizer


def test_the_trainer_gets_the_text_end_to_end_in_full_blocks(tiny_encoders, tmp_path):
    lines = [" ".join(f"w{(number + word) % 55}" for word in range(number % 7)) for number in range(100)]
    text = tmp_path / "text.gz"
    text.write_bytes(gzip.compress("\n".join(lines).encode()))
    joined = [
        token
        for ids in AutoTokenizer.from_pretrained(tiny_encoders["bert"].parent)(lines)["input_ids"]
        for token in ids
    ]

    found = blocks(text, tiny_encoders["bert"])

    whole = len(joined) - len(joined) % LENGTH
    assert [token for ids in found["input_ids"] for token in ids] == joined[:whole]
    assert {len(column) for row in found for column in row.values()} == {LENGTH}
