"""Tiny encoders of every family, and a small corpus and task for them, made by the project's code."""

import json
import os
import random
from collections.abc import Callable
from pathlib import Path

# Set before torch is imported, for this process and those that tests start: at these sizes, several threads are slower.
os.environ["OMP_NUM_THREADS"] = "1"
# Tests must not wait for a network.
os.environ["HF_HUB_OFFLINE"] = "1"

import hypothesis
import pytest

# Examples take longer when the machine is busy, or when the first of them imports a library.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")

pytest_plugins = ["project", "small_disk", "small_loops", "studies", "training_project"]
"""Modules of fixtures that tests in several folders share. A finished study is made only once for all tests that read it."""

FAMILIES = ("bert", "distilbert", "electra", "roberta")
SIZES = {"layers": 2, "hidden_size": 16, "heads": 2, "intermediate_size": 24, "max_length": 24}
VOCABULARY = {"kind": "word", "size": 60}


@pytest.fixture(params=FAMILIES)
def architecture(request) -> str:
    """The test runs once for each family."""
    return request.param


@pytest.fixture(scope="session")
def corpus_file(tmp_path_factory) -> Path:
    """A file of 40 documents of 1 to 7 sentences of 1 to 9 words, with a sentence on each line. Its words are w0 to w54."""
    generator = random.Random(3)
    path = tmp_path_factory.mktemp("text") / "corpus.txt"
    documents = [
        "\n".join(
            " ".join(f"w{generator.randrange(55)}" for _ in range(generator.randint(1, 9)))
            for _ in range(generator.randint(1, 7))
        )
        for _ in range(40)
    ]
    path.write_text("\n\n".join(documents) + "\n")
    return path


@pytest.fixture(scope="session")
def make_encoder(tmp_path_factory, corpus_file) -> Callable[..., Path]:
    """Returns a function that prepares a fresh tiny encoder and returns its manifest.

    Its keywords are settings of `config.encoder.FreshEncoder`.
    """

    def make(architecture: str = "bert", folder: Path | None = None, **settings) -> Path:
        from prunetransfer.jobs.settings.encoder import EncoderJobSettings
        from prunetransfer.models.prepare import prepare_encoder

        folder = folder or tmp_path_factory.mktemp("encoder") / architecture
        encoder = {"source": "fresh", "architecture": architecture, "vocabulary": VOCABULARY, **SIZES, **settings}
        corpus = [{"source": "files", "files": [str(corpus_file)]}]
        stage = EncoderJobSettings.model_validate({"encoder": encoder, "corpus": corpus, "max_documents": None})
        prepare_encoder(stage, folder / "manifest.json", None)
        return folder / "manifest.json"

    return make


@pytest.fixture(scope="session")
def tiny_encoders(make_encoder) -> dict[str, Path]:
    """The manifest of a fresh encoder of each family. Its weights are large, so that each of them changes results."""
    return {name: make_encoder(name, initializer_range=0.3, dropout=0.1) for name in FAMILIES}


@pytest.fixture(scope="session")
def tiny_corpus(tmp_path_factory, corpus_file, tiny_encoders) -> Path:
    """The manifest of the tokenised corpus, for all fresh encoders, which have the same vocabulary."""
    from prunetransfer.config.corpus import CorpusSettings
    from prunetransfer.data.corpus import prepare_corpus

    output = tmp_path_factory.mktemp("corpus") / "manifest.json"
    source = {"source": "files", "files": [str(corpus_file)]}
    settings = CorpusSettings.model_validate({"sources": [source], "sentence_splitter": "lines", "dev_documents": 8})
    prepare_corpus(settings, tiny_encoders["bert"], output, None, 1)
    return output


@pytest.fixture(scope="session")
def tiny_task(tmp_path_factory, tiny_encoders) -> Path:
    """The manifest of a tokenised task with three labels: 30 pairs of sentences for training, and 21 for scoring."""
    from prunetransfer.config.task import TaskSettings
    from prunetransfer.data.task import prepare_task

    folder = tmp_path_factory.mktemp("task")
    generator = random.Random(4)
    for split, examples in (("train", 30), ("dev", 21)):
        rows = [
            {name: " ".join(f"w{generator.randrange(55)}" for _ in range(generator.randint(1, 9))) for name in "ab"}
            | {"label": number % 3}
            for number in range(examples)
        ]
        (folder / f"{split}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    source = {"source": "files", "train": str(folder / "train.jsonl"), "dev": str(folder / "dev.jsonl")}
    settings = TaskSettings.model_validate({"source": source, "text": ["a", "b"], "labels": ["no", "maybe", "yes"]})
    prepare_task(settings, "task", 20, tiny_encoders["bert"], folder / "task" / "manifest.json", None)
    return folder / "task" / "manifest.json"


@pytest.fixture
def make_model(architecture, make_family_model) -> Callable:
    """Like `make_family_model`. The test runs once for each family."""
    return lambda **options: make_family_model(architecture, **options)


@pytest.fixture(scope="session")
def make_family_model() -> Callable:
    """Returns a function that makes a fresh tiny model in eval mode: bare (`head=None`), or with the family's PRETRAINING or
    CLASSIFICATION head."""

    def make(
        architecture: str,
        *,
        head: str | None = "PRETRAINING",
        attention: str = "sdpa",
        dropout: float = 0.0,
        labels: int = 3,
        **options,
    ):
        import torch

        from prunetransfer.config.encoder import FreshEncoder
        from prunetransfer.models.families import family_named

        family = family_named(architecture)
        sizes = FreshEncoder(source="fresh", dropout=dropout, initializer_range=0.3, **SIZES)
        config = family.fresh_config(sizes, VOCABULARY["size"], 0)
        config.num_labels = labels
        model_class = getattr(family, head) if head else type(family.PRETRAINING(config).base_model)
        torch.manual_seed(5)
        model = model_class._from_config(config, attn_implementation=attention, dtype=torch.float32, **options)
        with torch.no_grad():
            for parameter in (
                model.parameters()
            ):  # biases and LayerNorm too, because their initial values (0 and 1) would hide mistakes
                parameter += 0.1 * torch.randn(parameter.shape)
        return model.eval()

    return make
