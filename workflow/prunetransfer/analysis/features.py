"""features.csv: how similar pruned models' features of held-out text are to the unpruned model's (Figure 2, right)."""

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
from prunetransfer.storage.inputs import Inputs

from .statistics.similarity import SimilarityOfLayers
from .tables.gaps import MissingResultsError
from .weights.criteria import checkpoint_in
from .weights.held_out import held_out_spans, packed_text

SETTINGS = FeaturesSettings
COLUMNS = ["criterion", "sparsity", "layer", "cosine", "cosine_std", "cka", "tokens"]
BATCH = 16
"""Number of sequences that run at once. With 128 tokens each, BERT-Base's 13 hidden states of a batch take 82 MB."""


def analyse(inputs: Inputs, settings: FeaturesSettings, output: Path) -> None:
    """Writes features.csv: a row per checkpoint and layer, the unpruned checkpoint first.

    inputs: manifests of the `corpus`, of the `unpruned` checkpoint, and of the pruned `checkpoints`. All checkpoints must
    have the same architecture.

    Layer 0 is the embeddings' output. The features are those of at most `settings.sequences` sequences of the corpus's
    dev split, unmasked, without dropout, in fp32. `cka` is empty if a layer has the same features for all tokens.

    Each model runs once, and only one model is in memory at a time. The unpruned model's features are kept in a temporary
    file beside the output (330 MB for BERT-Base and 64 sequences of 128 tokens), so memory hardly grows with the text.

    Raises MissingResultsError if the dev split has no text.
    """
    corpus = TokenizedCorpus.open(inputs.file("corpus"), "dev")
    unpruned = inputs.file("unpruned")
    special = special_tokens(unpruned)
    spans = held_out_spans(corpus, settings.sequence_length - 2, settings.sequences)
    if not spans:
        raise MissingResultsError(f"{inputs.file('corpus')}: its dev split has 0 documents; features need at least 1")
    batches = list(packed_text(corpus, spans, special, BATCH))
    ends = np.cumsum([len(batch.tokens) for batch in batches]).tolist()
    parts = [slice(first, end) for first, end in zip([0, *ends], ends, strict=False)]
    output.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryFile(dir=output.parent) as file:
        reference = _store(_features(unpruned, batches), parts, file)
        own = ([torch.from_numpy(layer[part]) for layer in reference] for part in parts)
        rows = _rows(unpruned, own, reference, parts)
        for checkpoint in inputs.files("checkpoints"):
            rows += _rows(checkpoint, _features(checkpoint, batches), reference, parts)
    with whole_file(output) as temporary:
        pd.DataFrame(rows, columns=COLUMNS).to_csv(temporary, index=False, lineterminator="\n")


@torch.no_grad()
def _features(checkpoint: Path, batches: list[PackedBatch]) -> Iterator[list[Tensor]]:
    """The hidden states [tokens, hidden] of every layer, batch by batch."""
    model, _ = load_pretraining_model(checkpoint)
    family = family_named(model.config.model_type)
    encoder = model.base_model.eval()
    del model
    for batch in batches:
        yield hidden_states(encoder, family, batch)


def _store(features: Iterator[list[Tensor]], parts: list[slice], file: BinaryIO) -> np.memmap:
    """Writes the features of all batches to a file, and returns them as an array [layers + 1, tokens, hidden] mapped from it.

    parts: the tokens of each batch.
    """
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
    layers = [SimilarityOfLayers() for _ in reference]
    for part, states in zip(parts, features, strict=True):
        for similarity, state, unpruned in zip(layers, states, reference, strict=True):
            similarity.add(torch.from_numpy(unpruned[part]), state)
    names = checkpoint_in(read_json(checkpoint))
    return [(*names, layer, *similarity.result(), similarity.tokens) for layer, similarity in enumerate(layers)]
