"""Estimates the largest disk space that a study needs, in bytes."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from prunetransfer.config.study import Study
from prunetransfer.jobs.study_grid import grid
from prunetransfer.jobs.study_jobs import StudyJobs
from prunetransfer.storage.files import read_json
from prunetransfer.storage.manifests import SNAPSHOT_WEIGHTS
from prunetransfer.storage.paths import CORPUS, within

from .counting import WeightCount
from .encoder import PlannedEncoder
from .tasks import SUBWORDS_PER_WORD, TaskSize
from .trainings import Training

FLOAT = 4
"""The number of bytes of a float32 number."""
SNAPSHOT_SHARE = 0.55
"""The size of a snapshot as a share of the size of its float32 weights (see `storage.snapshots`)."""
STATE_COPIES = 2 * 3
"""The size of a training's states as a multiple of its weights: two states are kept, and each has the weights and AdamW's two
moments."""
RECORDS = 50_000
"""The number of bytes of a training's log, times, TensorBoard events and metrics."""
EXAMPLE_BYTES = 20
"""The number of bytes of an example besides its tokens: its offset, its label and the start of its second sentence."""
BYTES_PER_WORD = 6.0
"""The mean number of bytes of an English word and the space after it."""
GZIP = 3.0
"""The number of bytes of text per byte of its gzipped file."""
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
    """Returns the bytes for each purpose, None if they are unknown. The peak is at most their sum.

    jobs: all trainings. sizes: the size of each task. corpus_tokens: the number of tokens of the corpus, None if it isn't
    known. slots: the number of trainings that run at once. folder: results/<study>.
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
    """Returns the size of a checkpoint in bytes. Prunable weights need a bit each and 4 bytes if they are kept. Other weights
    need 4 bytes each.

    sparsity: a fraction from 0 to 1.
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
    """Returns twice the corpus' size, because its preparation needs as much. The size is measured if the corpus is prepared.
    Otherwise it is estimated from the number of tokens or from the corpus' files; None if neither is known.
    """
    manifest = within(folder, CORPUS)
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
"""The mean number of tokens in a sentence of the artificial language."""
