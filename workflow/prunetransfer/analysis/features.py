"""How far pruned models' features of held-out text are from the unpruned model's, layer by layer (Figure 2, right)."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from prunetransfer.data.packing import PackedBatch
from prunetransfer.data.tokenized import TokenizedCorpus
from prunetransfer.jobs.settings.analyses import FeaturesSettings
from prunetransfer.models.checkpoint import load_pretraining_model, special_tokens
from prunetransfer.models.families import family_named
from prunetransfer.models.hidden_states import hidden_states
from prunetransfer.storage.files import read_json, whole_file

from .statistics.similarity import SimilarityOfLayers
from .tables.gaps import MissingResultsError
from .weights.held_out import held_out_spans, packed_text

SETTINGS = FeaturesSettings
COLUMNS = ["criterion", "sparsity", "layer", "cosine", "cosine_std", "cka", "tokens"]
BATCH = 16
"""Sequences: 2,048 tokens of 128 each, of which BERT-Base's 13 hidden states are 82 MB."""


def analyse(inputs: list[Path], settings: FeaturesSettings, output: Path) -> None:
    """Writes a row per checkpoint and layer, of which 0 is the embeddings' output, the unpruned model's own first.

    inputs: manifests of the corpus, and of checkpoints of one architecture, exactly one of them unpruned. The features are
    those of at most `settings.sequences` sequences of the corpus' dev split, unmasked, without dropout, in fp32. `cka` is
    empty where a layer gives every token the same.

    One model is in memory at a time, and each runs once. The unpruned one's features wait in a temporary file beside the
    output (BERT-Base, 64 sequences of 128: 330 MB), so that memory grows neither with the text nor with the model twice.

    Raises MissingResultsError where not exactly one checkpoint is unpruned, or where the dev split has no text.
    """
    torch.set_num_threads(settings.threads)
    corpus_manifest, *checkpoints = inputs
    corpus = TokenizedCorpus.open(corpus_manifest, "dev")
    unpruned = _unpruned(checkpoints)
    special = special_tokens(unpruned)
    spans = held_out_spans(corpus, settings.sequence_length - 2, settings.sequences)
    if not spans:
        raise MissingResultsError(f"{corpus_manifest}: its dev split has 0 documents; features need at least 1")
    batches = list(packed_text(corpus, spans, special, BATCH))
    ends = np.cumsum([len(batch.tokens) for batch in batches]).tolist()
    parts = [slice(first, end) for first, end in zip([0, *ends], ends, strict=False)]
    output.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryFile(dir=output.parent) as file:
        reference = _store(_features(unpruned, batches), parts, file)
        own = ([torch.from_numpy(layer[part]) for layer in reference] for part in parts)
        rows = _rows(unpruned, own, reference, parts)
        for checkpoint in checkpoints:
            if checkpoint != unpruned:
                rows += _rows(checkpoint, _features(checkpoint, batches), reference, parts)
    with whole_file(output) as temporary:
        pd.DataFrame(rows, columns=COLUMNS).to_csv(temporary, index=False, lineterminator="\n")


def _unpruned(checkpoints: list[Path]) -> Path:
    found = [checkpoint for checkpoint in checkpoints if read_json(checkpoint)["prune"] is None]
    if len(found) != 1:
        raise MissingResultsError(f"features are compared with one unpruned checkpoint; found {len(found)}: {found}")
    return found[0]


@torch.no_grad()
def _features(checkpoint: Path, batches: list[PackedBatch]) -> Iterator[list[Tensor]]:
    """Of each batch, the hidden states [T, hidden] of every layer."""
    model, _ = load_pretraining_model(checkpoint)
    family = family_named(model.config.model_type)
    encoder = model.base_model.eval()
    del model
    for batch in batches:
        yield hidden_states(encoder, family, batch)


def _store(features: Iterator[list[Tensor]], parts: list[slice], file: BinaryIO) -> np.memmap:
    """[layers + 1, tokens, hidden], mapped from the file; `parts` are the batches' tokens."""
    stored = None
    for part, states in zip(parts, features, strict=True):
        if stored is None:
            shape = (len(states), parts[-1].stop, states[0].shape[1])
            stored = np.memmap(file, np.float32, "w+", shape=shape)
        for layer, state in enumerate(states):
            stored[layer, part] = state.numpy()
    return stored


def _rows(
    checkpoint: Path, features: Iterator[list[Tensor]], reference: np.memmap, parts: list[slice]
) -> list[tuple[str, int, int, float, float, float, int]]:
    prune = read_json(checkpoint)["prune"] or {"criterion": "dense", "sparsity": 0}
    layers = [SimilarityOfLayers() for _ in reference]
    for part, states in zip(parts, features, strict=True):
        for similarity, state, unpruned in zip(layers, states, reference, strict=True):
            similarity.add(torch.from_numpy(unpruned[part]), state)
    return [
        (prune["criterion"], round(100 * prune["sparsity"]), layer, *similarity.result(), similarity.tokens)
        for layer, similarity in enumerate(layers)
    ]
