"""Measures time and memory of each analysis of weights for an encoder of BERT-Base's size. Compares two with torch.sort.

    python benchmarks/analyses.py [--size tiny] [--output FILE]

It makes a fresh encoder (110 M weights), a checkpoint pruned to 60 % by magnitude, and snapshots whose weights differ by
about 5 %. Then it runs `prunetransfer analyse` on them, each analysis in a separate process, and prints a Markdown table.
Peak memory is the largest resident set of the process, Python and torch included. Size `base` takes about 3 GB of disk
space below --folder.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from contenders import in_a_process_of_its_own
from reporting import publish, seconds

from prunetransfer.analysis.tables.markdown import pipe_table

# A child's peak memory includes what its parent used at the fork. So this process imports no torch and holds no matrices.

SIZES = {
    "tiny": {"layers": 2, "hidden_size": 32, "heads": 2, "intermediate_size": 64, "max_length": 128},
    "mini": {"layers": 4, "hidden_size": 256, "heads": 4, "intermediate_size": 1024, "max_length": 512},
    "medium": {"layers": 8, "hidden_size": 512, "heads": 8, "intermediate_size": 2048, "max_length": 512},
    "base": {"layers": 12, "hidden_size": 768, "heads": 12, "intermediate_size": 3072, "max_length": 512},
}
"""Sizes of encoders. Mini, medium and base are those of Turc et al. 2019."""
VOCABULARY = {"tiny": 10_000, "mini": 30_522, "medium": 30_522, "base": 30_522}
SPARSITY = 0.6
SPARSITIES = list(range(10, 100, 10))
SEQUENCES = 64
SENTENCE, DOCUMENT = 13, 10
"""The number of words in a sentence, and of sentences in a document. A document fills a sequence of 128 tokens."""
CHANGE = 0.05
"""A snapshot is a matrix plus normal noise, whose standard deviation is this share of the matrix's standard deviation."""


class Usage(NamedTuple):
    seconds: float
    cpu_seconds: float
    peak_gb: float


def analyses(folder: Path) -> dict[str, tuple[dict[str, list[Path]], dict | None]]:
    """Returns, for the module of each analysis, its inputs by name and its settings."""
    dense, pruned = folder / "dense" / "manifest.json", folder / "pruned" / "manifest.json"
    first, later, other = (folder / name / "manifest.json" for name in ("first1", "first3", "second3"))
    return {
        "movement": ({"snapshots": [first, later]}, {"bins": 100, "sparsities": SPARSITIES}),
        "mask_differences": ({"checkpoints": [pruned], "snapshots": [later, other]}, {"sparsities": SPARSITIES}),
        "attention_heads": ({"checkpoints": [pruned]}, None),
        "pruned_weights": ({"checkpoint": [dense]}, None),
        "weight_statistics": ({"checkpoint": [dense]}, None),
        "weight_maps": ({"checkpoint": [dense]}, {"blocks": 256}),
        "features": (
            {"corpus": [folder / "corpus" / "manifest.json"], "unpruned": [dense], "checkpoints": [pruned]},
            {"sequence_length": 128, "sequences": SEQUENCES},
        ),
    }


def make_inputs(folder: Path, size: str) -> int:
    """Makes the encoder, the corpus, two checkpoints, and three snapshots: two of one run, and one of a run on another task.

    Returns the number of the model's weights.
    """
    folder.mkdir(parents=True, exist_ok=True)
    from prunetransfer.config.corpus import CorpusSettings
    from prunetransfer.data.corpus import prepare_corpus
    from prunetransfer.jobs.settings.encoder import EncoderJobSettings
    from prunetransfer.models.checkpoint import load_pretraining_model, write_checkpoint
    from prunetransfer.models.prepare import prepare_encoder
    from prunetransfer.pruning import magnitude_mask, prunable_matrices

    source = {"source": "files", "files": [str(_write_text(folder / "text.txt", VOCABULARY[size]))]}
    encoder = folder / "encoder" / "manifest.json"
    vocabulary = {"kind": "word", "size": VOCABULARY[size]}
    settings = {"source": "fresh", "architecture": "bert", "vocabulary": vocabulary, **SIZES[size]}
    stage = {"encoder": settings, "corpus": [source], "max_documents": None}
    prepare_encoder(EncoderJobSettings.model_validate(stage), encoder, None)
    corpus = {"sources": [source], "sentence_splitter": "lines", "dev_documents": SEQUENCES}
    prepare_corpus(CorpusSettings.model_validate(corpus), encoder, folder / "corpus" / "manifest.json", None)

    model, _ = load_pretraining_model(encoder)
    matrices = {name: weight.detach() for name, weight in prunable_matrices(model).items()}
    masks = {name: magnitude_mask(weight, SPARSITY) for name, weight in matrices.items()}
    prune = {"criterion": "magnitude", "sparsity": SPARSITY}
    for name, content in (("dense", {"prune": None}), ("pruned", {"prune": prune})):
        path = folder / name / "manifest.json"
        write_checkpoint(path, model, masks if content["prune"] else {}, encoder=encoder, content=content)
    for seed, (task, epoch) in enumerate([("first", 1), ("first", 3), ("second", 3)]):
        _write_snapshot(folder, model, task, epoch, seed)
    return model.num_parameters()


def _write_text(path: Path, vocabulary: int) -> Path:
    """Writes documents that fill the vocabulary with different words of 1 to 12 letters."""
    generator = random.Random(0)
    words: dict[str, None] = {}
    while len(words) < vocabulary - 5:  # there are 5 special tokens
        words["".join(generator.choices("abcdefghijklmnopqrstuvwxyz", k=generator.randint(1, 12)))] = None
    text = list(words)
    sentences = [" ".join(text[first : first + SENTENCE]) for first in range(0, len(text), SENTENCE)]
    documents = ["\n".join(sentences[first : first + DOCUMENT]) for first in range(0, len(sentences), DOCUMENT)]
    path.write_text("\n\n".join(documents) + "\n")
    return path


def _write_snapshot(folder: Path, model, task: str, epoch: int, seed: int) -> None:
    import torch

    from prunetransfer.storage.files import write_manifest
    from prunetransfer.storage.manifests import SNAPSHOT_WEIGHTS
    from prunetransfer.storage.snapshots import save_snapshot

    generator = torch.Generator().manual_seed(seed)
    base = model.state_dict()
    changed = {
        name: weight + CHANGE * weight.std(correction=0) * torch.randn(weight.shape, generator=generator)
        if weight.is_floating_point()
        else weight
        for name, weight in base.items()
    }
    path = folder / f"{task}{epoch}" / SNAPSHOT_WEIGHTS
    save_snapshot(path, changed, base)
    run = {"task": task, "learning_rate": 5e-5, "seed": 0, "epoch": epoch}
    descent = {"base": "../dense/manifest.json", "encoder": "../encoder/manifest.json"}
    write_manifest(path.with_name("manifest.json"), {"kind": "snapshot", **run, **descent}, [path])


def run_analysis(name: str, inputs: dict[str, list[Path]], settings: dict | None, output: Path) -> Usage:
    """Runs an analysis in a separate process. Returns its time and memory. Raises CalledProcessError if it fails."""
    options = [f"--input={name}={path}" for name, paths in inputs.items() for path in paths]
    command = [sys.executable, "-m", "prunetransfer", "analyse", name, *options]
    command += ["--settings", json.dumps(settings), "--output", str(output)]
    start = time.perf_counter()
    process = subprocess.Popen(command)
    _, status, used = os.wait4(process.pid, 0)
    elapsed = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return Usage(elapsed, used.ru_utime + used.ru_stime, 1024 * used.ru_maxrss / 1e9)


def against_torch_sort(folder: Path) -> dict[str, tuple[float, float]]:
    """Times sort-order movement and head sparsity. Returns (our seconds, seconds of torch.sort on the same matrices) for each.

    Sort-order movement sorts two matrices, before and after training. torch.sort sorts only the first one.
    """
    import torch

    from prunetransfer.analysis import head_sparsity, sort_order_movement
    from prunetransfer.analysis.weights.matrices import CheckpointWeights

    torch.set_num_threads(1)
    dense, pruned, snapshot = (
        CheckpointWeights(folder / name / "manifest.json") for name in ("dense", "pruned", "first3")
    )
    movement = movement_sort = heads_sort = 0.0
    masks = {}
    for matrix in dense.matrices:
        before, after = (torch.from_numpy(weights.weight(matrix.name)) for weights in (dense, snapshot))
        flat = before.flatten()
        sorting = seconds(lambda flat=flat: torch.sort(flat))
        movement_sort += sorting
        movement += seconds(lambda before=before, after=after: sort_order_movement(before, after))
        if matrix.part == "attention":
            masks[matrix.layer, matrix.role] = torch.from_numpy(pruned.mask(matrix.name))
            heads_sort += sorting
    heads = seconds(lambda: head_sparsity(masks, dense.layers, dense.heads))
    return {"Sort-order movement": (movement, movement_sort), "Head sparsity": (heads, heads_sort)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", choices=SIZES, default="base")
    parser.add_argument("--folder", type=Path, help="where the temporary folder is made")
    parser.add_argument("--output", type=Path, help="a file for the Markdown, besides stdout")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.folder) as temporary:
        folder = Path(temporary)
        in_a_process_of_its_own(make_inputs, folder, arguments.size)
        rows = []
        for name, (inputs, settings) in analyses(folder).items():
            used = run_analysis(name, inputs, settings, folder / "analysis" / f"{name}.csv")
            rows.append([name, *(f"{value:.1f}" for value in used[:2]), f"{used.peak_gb:.2f}"])
        speed = in_a_process_of_its_own(against_torch_sort, folder)
    tables = [
        pipe_table(["Analysis", "wall (s)", "CPU (s)", "peak memory (GB)"], rows),
        pipe_table(
            ["Same matrices, same process", "ours (s)", "one torch.sort (s)", "ratio"],
            [[name, f"{ours:.2f}", f"{sort:.2f}", f"{ours / sort:.3f}"] for name, (ours, sort) in speed.items()],
        ),
    ]
    publish(tables, arguments.output)


if __name__ == "__main__":
    main()
