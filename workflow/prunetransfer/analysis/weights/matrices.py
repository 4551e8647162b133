"""Reads the prunable matrices of a checkpoint one at a time, so that no analysis has a whole model in memory."""

import re
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from transformers import AutoConfig

from prunetransfer.models.families import family_named
from prunetransfer.pruning import prunable_matrices
from prunetransfer.storage.files import read_json
from prunetransfer.storage.manifests import config_folder
from prunetransfer.storage.snapshots import SnapshotFile, open_weights
from prunetransfer.storage.sparse import SparseFile

PARTS = ("embeddings", "attention", "feed_forward", "pooler")
"""The parts of an encoder to which its matrices belong. Some encoders have no pooler."""
_PART = {
    "word_embeddings": "embeddings",
    **dict.fromkeys(("query", "key", "value", "attention_output"), "attention"),
    **dict.fromkeys(("intermediate", "output"), "feed_forward"),
    "pooler": "pooler",
}


class Matrix(NamedTuple):
    """A prunable matrix of an encoder."""

    name: str
    """The parameter's name."""
    role: str
    """word_embeddings, query, key, value, attention_output, intermediate, output or pooler."""
    layer: int | None
    """The number of the matrix's layer, from 0; None for a matrix outside the layers."""
    rows: int
    columns: int

    @property
    def part(self) -> str:
        """One of PARTS."""
        return _PART[self.role]

    @property
    def size(self) -> int:
        return self.rows * self.columns


class CheckpointWeights:
    """The weights of a pre-trained checkpoint or of a snapshot.

    manifest: the path of its manifest, whose content is in the attribute `content`. Raises StorageError if the file of
    weights is neither a checkpoint nor a snapshot.
    """

    def __init__(self, manifest: Path):
        self.manifest = Path(manifest)
        self.content: dict = read_json(manifest)
        self.config = AutoConfig.from_pretrained(config_folder(self.manifest))
        file = self._open()
        self._masked = set(file.masked) if isinstance(file, SparseFile) else set()

    @property
    def layers(self) -> int:
        return self.config.num_hidden_layers

    @property
    def heads(self) -> int:
        return self.config.num_attention_heads

    @cached_property
    def matrices(self) -> list[Matrix]:
        """The prunable matrices, in the order of the model's parameters."""
        family = family_named(self.config.model_type)
        with torch.device("meta"):
            model = family.PRETRAINING._from_config(self.config)
        embeddings = model.get_input_embeddings().weight
        return [
            Matrix(name, *_role_and_layer(name, weight is embeddings, family.LAYER_ROLES), *weight.shape)
            for name, weight in prunable_matrices(model).items()
        ]

    def weight(self, name: str) -> np.ndarray:
        """The weights of a matrix: float32 [rows, columns], 0 where a weight is pruned."""
        return self._open().tensor(name).float().numpy()

    def mask(self, name: str) -> np.ndarray:
        """The mask of a matrix: bool [rows, columns], True where a weight is kept. All are True if it isn't pruned."""
        if name in self._masked:
            return self._open().mask(name).numpy()
        return np.ones(self._open().tensor(name).shape, dtype=bool)

    def _open(self) -> SparseFile | SnapshotFile:
        # The file is opened again for each tensor, which takes 0.1 ms. A file that stays open would keep all pages that
        # were read in memory, and an analysis reads a dozen snapshots at once.
        return open_weights(self.manifest)


def _role_and_layer(name: str, is_embedding: bool, layer_roles: dict[str, str]) -> tuple[str, int | None]:
    if is_embedding:
        return "word_embeddings", None
    in_layer = re.search(r"\.(\d+)\.(.+)\.weight$", name)
    if in_layer is None:
        return "pooler", None
    return layer_roles[in_layer[2]], int(in_layer[1])
