"""A tiny tokenizer, and functions that write files like those of users."""

import gzip
import json
import os
from pathlib import Path
from types import SimpleNamespace

import hypothesis
import pytest

# Examples take longer when the machine is busy, or when the first of them imports a library.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")
# Tests must not wait for a network. `datasets` reads this when it is first imported.
os.environ["HF_HUB_OFFLINE"] = "1"

REAL_DATA = Path(__file__).parents[3] / "shared" / "data"

WORDS = [f"w{number}" for number in range(40)]
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]


def save_tokenizer(folder: Path, words: list[str]) -> Path:
    """Makes a word-level tokenizer with BERT's special tokens. Returns the path of the manifest beside it."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.WordLevel({word: i for i, word in enumerate(SPECIAL + words)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    # Tokenizers of published checkpoints may cut and pad, so this one does too.
    tokenizer.enable_truncation(4)
    tokenizer.enable_padding()
    names = dict(zip(["pad_token", "unk_token", "cls_token", "sep_token", "mask_token"], SPECIAL, strict=True))
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, **names).save_pretrained(folder)
    manifest = folder / "manifest.json"
    manifest.write_text('{"positions": 128}')
    return manifest


def write(path: Path, content: str | bytes) -> Path:
    """Writes a file, gzipped if its name ends in .gz."""
    path.parent.mkdir(parents=True, exist_ok=True)
    data = content.encode() if isinstance(content, str) else content
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


def write_json_lines(path: Path, rows: list[dict]) -> Path:
    return write(path, "".join(json.dumps(row) + "\n" for row in rows))


def write_hub_folder(folder: Path, configs: dict) -> Path:
    """Writes a folder like the hub's Parquet repositories. configs: {config: {split: datasets.Dataset}}."""
    lines = ["---", "configs:"]
    for name, splits in configs.items():
        lines += [f"- config_name: {name}", "  data_files:"]
        for split, rows in splits.items():
            lines += [f"  - split: {split}", f"    path: {name}/{split}-*"]
            (folder / name).mkdir(parents=True, exist_ok=True)
            rows.to_parquet(folder / name / f"{split}-00000-of-00001.parquet")
    write(folder / "README.md", "\n".join([*lines, "---", ""]))
    return folder


@pytest.fixture(scope="session")
def files() -> SimpleNamespace:
    """The functions of this file that write files."""
    return SimpleNamespace(
        write=write, json_lines=write_json_lines, hub_folder=write_hub_folder, tokenizer=save_tokenizer
    )


@pytest.fixture(scope="session")
def encoder(tmp_path_factory) -> Path:
    """The manifest of an encoder's folder with a tokenizer of 40 words and the full stop."""
    return save_tokenizer(tmp_path_factory.mktemp("encoder"), [*WORDS, ".", "!"])


@pytest.fixture(scope="session")
def auto_tokenizer(encoder):
    """The same tokenizer, loaded by transformers, as the reference."""
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(encoder.parent)


@pytest.fixture
def real_data():
    def find(*parts: str) -> Path:
        path = REAL_DATA.joinpath(*parts)
        if not path.exists():
            pytest.skip(f"needs real input, ../shared/data/{'/'.join(parts)} beside the project, which isn't there")
        return path

    return find
