"""Estimates the disk space that a study needs at most, in bytes."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from prunetransfer.config.study import Study
from prunetransfer.jobs.analysis_settings import grid
from prunetransfer.jobs.study_jobs import StudyJobs
from prunetransfer.storage.files import read_json
from prunetransfer.storage.manifests import SNAPSHOT_WEIGHTS

from .counting import WeightCount
from .encoder import PlannedEncoder
from .tasks import SUBWORDS_PER_WORD, TaskSize
from .trainings import Training

FLOAT = 4
"""Bytes of a float32 number."""
SNAPSHOT_SHARE = 0.55
"""Size of a snapshot, as a share of its float32 weights (see `storage.snapshots`)."""
STATE_COPIES = 2 * 3
"""A state has the weights and AdamW's two moments. There are the last state and the one before it."""
RECORDS = 50_000
"""Bytes of a training's log, times, TensorBoard events and metrics."""
EXAMPLE_BYTES = 20
"""Bytes of an example besides its tokens: its offset, its label and the place where the second sentence begins."""
BYTES_PER_WORD = 6.0
"""Bytes of a word of English text, spaces included."""
GZIP = 3.0
"""Bytes of text per byte of its gzipped file."""
TOKENS_PER_SENTENCE = 20.0


def disk(
    study: Study,
    jobs: Sequence[Training],
    encoder: PlannedEncoder,
    sizes: Mapping[str, TaskSize],
    corpus_tokens: float | None,
    slots: int,
    folder: Path,
) -> dict[str, float | None]:
    """Returns bytes by purpose, None where they are unknown. The peak is at most their sum.

    jobs: all trainings. sizes: by task. corpus_tokens: None where the number isn't known. slots: the number of trainings that
    run at once. folder: results/<study>.
    """
    weights = FLOAT * encoder.weights.parameters
    token = 2 if encoder.sizes.vocabulary_size <= 2**16 else 4
    checkpoints = [sparse_bytes(encoder.weights, each.sparsity_percent / 100) for each in grid(study).checkpoints()]
    kept, passing = _snapshots(study)
    return {
        "encoder": weights,
        "tasks": sum(token * size.tokens + EXAMPLE_BYTES * size.examples for size in sizes.values()),
        "corpus": _corpus(study, corpus_tokens, token, folder),
        "checkpoints": weights + sum(checkpoints),  # the first is the burn-in's
        "snapshots": SNAPSHOT_SHARE * weights * kept,
        "passing snapshots": SNAPSHOT_SHARE * weights * passing,
        "states of running trainings": STATE_COPIES * weights * min(slots, len(jobs)),
        "predictions": sum(sizes[job.task].dev_examples for job in jobs if job.task is not None),
        "logs and other records": RECORDS * len(jobs),
    }


def sparse_bytes(weights: WeightCount, sparsity: float) -> float:
    """Returns the size of a checkpoint: of prunable weights the kept values and a bit for each, of the others all values.

    sparsity: a fraction.
    """
    rest = FLOAT * (weights.parameters - weights.prunable)
    if sparsity == 0:
        return rest + FLOAT * weights.prunable
    return rest + FLOAT * (1 - sparsity) * weights.prunable + weights.prunable / 8


def _snapshots(study: Study) -> tuple[int, int]:
    """Returns the number of snapshots that are kept, and of those that are deleted when all jobs have read them."""
    outputs = [job.outputs for job in StudyJobs(study).jobs if "snapshot" in job.outputs]
    files = [path for named in outputs for path in named.get("passing", [])]
    passing = sum(Path(path).name == SNAPSHOT_WEIGHTS for path in files)
    if study.analyses.trajectory.keep_snapshots:
        return len(outputs) + passing, 0
    return len(outputs), passing


def _corpus(study: Study, corpus_tokens: float | None, token: int, folder: Path) -> float | None:
    """Returns twice the corpus' size, which it takes while it is prepared: the prepared one's, else an estimate from its
    number of tokens or from its files.
    """
    manifest = folder / "corpus" / "manifest.json"
    if manifest.is_file():
        return 2.0 * sum(file["bytes"] for file in read_json(manifest)["files"].values())
    tokens = corpus_tokens or _tokens_of_files(study)
    return None if tokens is None else 2 * tokens * (token + 8 / TOKENS_PER_SENTENCE)


def _tokens_of_files(study: Study) -> float | None:
    tokens = 0.0
    for source in study.corpus.sources:
        if source.source == "files":
            characters = sum(file.stat().st_size * (GZIP if file.suffix == ".gz" else 1) for file in source.files)
            tokens += SUBWORDS_PER_WORD * characters / BYTES_PER_WORD
        elif source.source == "language":
            language = study.language
            tokens += language.documents * language.sentences_per_document * _LANGUAGE_SENTENCE
        else:
            return None
    return tokens


_LANGUAGE_SENTENCE = 7.0
"""Tokens of a sentence of the artificial language."""
