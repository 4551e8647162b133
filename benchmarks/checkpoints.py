"""Measures the size of a sparse checkpoint, and the time to save and to load it. Compares them with dense safetensors.

    python benchmarks/checkpoints.py [--size tiny] [--threads N] [--folder DIR] [--output FILE]

It prunes a fresh BERT of BERT-Base's size, with pre-training heads (110 M weights), by magnitude to 0, 30, 60 and 90 %.
Ours: `save_sparse` and `load_sparse`. Peer: `safetensors.torch.save_model` and `load_file` on the same weights, in which
pruned weights are zeros, without masks. Both alternate, with files in the page cache. All loaded weights are read once,
because safetensors maps a file without reading it. It prints a Markdown table of medians. Size `base` takes about 1 GB of
disk space below --folder.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import torch
from reporting import publish
from safetensors.torch import load_file, save_model
from torch import Tensor
from transformers import BertConfig, BertForPreTraining

from prunetransfer.analysis.tables.markdown import pipe_table
from prunetransfer.pruning import prunable_matrices
from prunetransfer.pruning.pruner import Pruner
from prunetransfer.pruning.selection import Selection
from prunetransfer.storage.sparse import load_sparse, save_sparse

SIZES = {
    "base": {},
    "tiny": {"num_hidden_layers": 2, "hidden_size": 32, "num_attention_heads": 2, "intermediate_size": 64},
}
SPARSITIES = (0, 30, 60, 90)


def read_through(weights: dict[str, Tensor]) -> None:
    """Reads all weights once."""
    for tensor in {tensor.data_ptr(): tensor for tensor in weights.values()}.values():
        tensor.sum()


def compare(model: BertForPreTraining, pruner: Pruner, percent: int, folder: Path, repeats: int) -> list[str]:
    """Returns a row of the table. Raises AssertionError if both formats load different weights."""
    pruner.prune(percent / 100)
    masks = pruner.masks if percent else {}
    dense, sparse = folder / "dense.safetensors", folder / "sparse.safetensors"
    work: dict[str, Callable[[], None]] = {
        "save dense": lambda: save_model(model, str(dense)),
        "save sparse": lambda: save_sparse(sparse, model.state_dict(), masks),
        "load dense": lambda: read_through(load_file(dense)),
        "load sparse": lambda: read_through(load_sparse(sparse)[0]),
    }
    times = {name: [] for name in work}
    for _ in range(repeats):
        for name, function in work.items():
            start = time.perf_counter()
            function()
            times[name].append(time.perf_counter() - start)
    loaded = load_sparse(sparse)[0]
    assert all(torch.equal(tensor, loaded[name]) for name, tensor in load_file(dense).items())
    sizes = [file.stat().st_size for file in (dense, sparse)]
    megabytes = [f"{size / 1e6:.1f}" for size in sizes]
    return [
        f"{percent} %",
        *megabytes,
        f"{sizes[0] / sizes[1]:.2f}",
        *(f"{statistics.median(t):.2f}" for t in times.values()),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", choices=SIZES, default="base")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--folder", type=Path, help="where the temporary folder is made")
    parser.add_argument("--output", type=Path, help="a file for the Markdown, besides stdout")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(0)
    model = BertForPreTraining(BertConfig(**SIZES[arguments.size]))
    pruner = Pruner(prunable_matrices(model), selection=Selection("magnitude", "matrix", seed=0))
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        rows = [compare(model, pruner, percent, Path(folder), arguments.repeats) for percent in SPARSITIES]
    headers = ["Sparsity", "dense (MB)", "ours (MB)", "times smaller"]
    headers += ["save dense (s)", "save ours (s)", "load dense (s)", "load ours (s)"]
    publish([pipe_table(headers, rows)], arguments.output)


if __name__ == "__main__":
    main()
