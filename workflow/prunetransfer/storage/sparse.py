"""Sparse checkpoints: safetensors files with the kept values of each pruned matrix, and its mask as packed bits."""

import json
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from prunetransfer.errors import PruneTransferError

from .files import whole_file

_FORMAT = "prunetransfer-sparse-1"
_MASK = "#mask"
_VALUES = "#values"


class StorageError(PruneTransferError):
    """A file isn't a checkpoint of this format, or weights and masks don't fit each other."""


def pack_mask(mask: Tensor) -> Tensor:
    """Packs a bool tensor of n entries into uint8 [ceil(n / 8)], the first entry in the highest bit."""
    return torch.from_numpy(np.packbits(mask.flatten().cpu().numpy()))


def unpack_mask(bits: Tensor, shape: list[int]) -> Tensor:
    """Returns the bool tensor of this shape that `pack_mask` packed."""
    count = int(np.prod(shape))
    return torch.from_numpy(np.unpackbits(bits.numpy(), count=count).astype(bool)).view(shape)


def save_sparse(path: Path, state_dict: dict[str, Tensor], masks: dict[str, Tensor]) -> None:
    """Writes the complete file or none. It has only those entries of a masked matrix at which the mask is True.

    masks: bool tensors, True where an entry is kept, by names in `state_dict`. Other entries will be read as 0.

    Tensors that share memory (tied embeddings) are stored once, and one mask applies to all their names.

    Raises StorageError if a mask has no weight of its name, another shape than its weight, or another type than bool, or if
    two names of one tensor have a mask each. Raises FullDisk if the disk has no room.
    """
    tensors: dict[str, Tensor] = {}
    shapes: dict[str, list[int]] = {}
    aliases: dict[str, str] = {}
    first_name: dict[tuple, str] = {}
    for name in masks:
        if name not in state_dict:
            raise StorageError(f"mask {name!r} has no weight of that name")
        if masks[name].shape != state_dict[name].shape:
            raise StorageError(
                f"mask {name!r} has the shape {list(masks[name].shape)}, its weight {list(state_dict[name].shape)}"
            )
        if masks[name].dtype != torch.bool:
            raise StorageError(f"mask {name!r} is {masks[name].dtype}, allowed: torch.bool")
    # Masked names come first, so that a tensor with several names is stored under the name that has a mask.
    for name, tensor in sorted(state_dict.items(), key=lambda item: item[0] not in masks):
        identity = (tensor.data_ptr(), tensor.shape, tensor.stride(), tensor.dtype)
        if tensor.numel() and identity in first_name:
            if name in masks:
                raise StorageError(f"{first_name[identity]!r} and {name!r} are one tensor and have a mask each")
            aliases[name] = first_name[identity]
            continue
        first_name[identity] = name
        tensor = tensor.detach().cpu().contiguous()
        if name in masks:
            mask = masks[name].cpu()
            shapes[name] = list(tensor.shape)
            tensors[name + _MASK] = pack_mask(mask)
            tensors[name + _VALUES] = tensor[mask]
        else:
            tensors[name] = tensor
    # The metadata has a single entry, because safetensors writes several entries in an order that differs between processes.
    description = {"names": list(state_dict), "shapes": shapes, "aliases": aliases}
    with whole_file(path, sum(tensor.nbytes for tensor in tensors.values())) as temporary:
        save_file(tensors, temporary, {_FORMAT: json.dumps(description)})


def open_described(path: Path, format_name: str, what: str) -> tuple[safe_open, dict]:
    """Opens a safetensors file. Returns it, and the description that its metadata has under `format_name`.

    what: the kind of file that is expected, for the error message. Raises StorageError if the file is of another kind.
    """
    try:
        file = safe_open(path, "pt")
        metadata = file.metadata() or {}
    except (OSError, SafetensorError) as error:
        raise StorageError(f"{path}: {error}") from None
    if format_name not in metadata:
        raise StorageError(f"{path}: is not {what}: its metadata has {sorted(metadata)}, not {format_name!r}")
    return file, json.loads(metadata[format_name])


class SparseFile:
    """Reads a sparse checkpoint, one tensor at a time. Opening the file reads only names.

    Raises StorageError if the file isn't a sparse checkpoint.
    """

    def __init__(self, path: Path):
        self._file, description = open_described(path, _FORMAT, "a sparse checkpoint")
        self.names: list[str] = description["names"]
        self.masked: list[str] = list(description["shapes"])
        """Names of the tensors that have a mask."""
        self._shapes: dict[str, list[int]] = description["shapes"]
        self._aliases: dict[str, str] = description["aliases"]

    def original(self, name: str) -> str:
        """Returns the name under which a tensor is stored. Tied tensors are stored under one name."""
        return self._aliases.get(name, name)

    def tensor(self, name: str) -> Tensor:
        """Returns the weights in their shape, with 0 where the mask is False."""
        name = self.original(name)
        if name not in self._shapes:
            return self._file.get_tensor(name)
        values = self._file.get_tensor(name + _VALUES)
        weights = torch.zeros(self._shapes[name], dtype=values.dtype)
        return weights.masked_scatter_(self.mask(name), values)

    def mask(self, name: str) -> Tensor:
        """Returns a bool tensor, True where an entry is kept. name: one of `masked`."""
        return unpack_mask(self._file.get_tensor(name + _MASK), self._shapes[name])


def load_sparse(path: Path) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """Returns the state dict that was saved, with 0 where a mask is False, and the masks. Raises StorageError."""
    file = SparseFile(path)
    loaded: dict[str, Tensor] = {}
    for name in file.names:
        original = file.original(name)
        if original not in loaded:
            loaded[original] = file.tensor(original)
    return {name: loaded[file.original(name)] for name in file.names}, {name: file.mask(name) for name in file.masked}
