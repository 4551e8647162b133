"""Snapshots of fine-tuned weights, stored as differences from the weights before training: lossless, about half the size.

Fine-tuning changes a weight by about 1 % of its value. So its sign, its exponent and the first bits of its mantissa mostly
stay the same. The bit patterns of two float32 numbers of the same sign, read as integers, differ by the number of float32
numbers between them. These differences are small integers. Their bytes are shuffled and compressed. A snapshot of
all-MiniLM-L6-v2 after two epochs at 1e-4 takes 55 % of the size of its float32 weights. It is written and read at about
300 MB/s.
"""

import json
from pathlib import Path

import numpy as np
import torch
from numcodecs import Blosc, blosc
from safetensors.torch import save_file
from torch import Tensor

from .files import read_json, whole_file
from .manifests import SNAPSHOT_WEIGHTS, WEIGHTS, base_of
from .sparse import SparseFile, open_described

_FORMAT = "prunetransfer-snapshot-1"
_CODEC = Blosc(cname="zstd", clevel=1, shuffle=Blosc.SHUFFLE)
# Several threads would write blocks in the order in which they finish, so the bytes would differ from run to run.
blosc.set_nthreads(1)


def save_snapshot(path: Path, state_dict: dict[str, Tensor], base: dict[str, Tensor]) -> None:
    """Writes the complete file or none.

    A float32 tensor that `base` has in the same shape is stored as a difference. Every other tensor is stored as it is.

    base: the state dict from which training started. The snapshot can't be read without it. Raises FullDisk if the disk has
    no room.
    """
    tensors: dict[str, Tensor] = {}
    changed: dict[str, list[int]] = {}
    for name, tensor in state_dict.items():
        tensor = tensor.detach().cpu().contiguous()
        before = base.get(name)
        if (
            before is not None
            and before.shape == tensor.shape
            and before.dtype == tensor.dtype == torch.float32
            and tensor.numel()
        ):
            changed[name] = list(tensor.shape)
            tensors[name] = torch.frombuffer(bytearray(_encode(before, tensor)), dtype=torch.uint8)
        else:
            tensors[name] = tensor.clone()
    description = {"names": list(state_dict), "changed": changed}
    with whole_file(path, sum(tensor.nbytes for tensor in tensors.values())) as temporary:
        save_file(tensors, temporary, {_FORMAT: json.dumps(description)})


class SnapshotFile:
    """Reads a snapshot, one tensor at a time. base: the weights from which training started.

    Raises StorageError if the file isn't a snapshot.
    """

    def __init__(self, path: Path, base: "SparseFile | SnapshotFile"):
        self._file, description = open_described(path, _FORMAT, "a snapshot")
        self.names: list[str] = description["names"]
        self._changed: dict[str, list[int]] = description["changed"]
        self._base = base

    def tensor(self, name: str) -> Tensor:
        """Returns the weights, bit for bit as they were saved, in the shape in which they were saved."""
        stored = self._file.get_tensor(name)
        if name not in self._changed:
            return stored
        return _decode(self._base.tensor(name), stored.numpy()).view(self._changed[name])


def open_weights(manifest: Path) -> SparseFile | SnapshotFile:
    """Opens the weights of a checkpoint or of a snapshot, to read one tensor at a time. Raises StorageError."""
    if read_json(manifest)["kind"] == "snapshot":
        return SnapshotFile(manifest.with_name(SNAPSHOT_WEIGHTS), open_weights(base_of(manifest)))
    return SparseFile(manifest.with_name(WEIGHTS))


def load_weights(manifest: Path) -> dict[str, Tensor]:
    """Returns the state dict of a checkpoint or of a snapshot. Raises StorageError."""
    file = open_weights(manifest)
    return {name: file.tensor(name) for name in file.names}


def _encode(before: Tensor, after: Tensor) -> bytes:
    difference = _bits(after) - _bits(before)  # may overflow; the sum in `_decode` then overflows back
    # Zigzag encoding: small numbers of either sign become small unsigned numbers.
    return _CODEC.encode((difference << 1) ^ (difference >> 31))


def _decode(before: Tensor, stored: np.ndarray) -> Tensor:
    folded = np.frombuffer(_CODEC.decode(stored), dtype=np.uint32)
    difference = (folded >> 1).view(np.int32) ^ -(folded & 1).view(np.int32)
    return torch.from_numpy((_bits(before) + difference).view(np.float32))


def _bits(tensor: Tensor) -> np.ndarray:
    return tensor.detach().cpu().contiguous().flatten().numpy().view(np.int32)
