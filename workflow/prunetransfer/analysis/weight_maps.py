"""attention_map.csv, embedding_map.csv, embedding_lengths.csv: where the large weights are (Figures 8 and 9).

The maps show the first layer's key projection by head, and the word embeddings by subword length. They have means over
blocks, because BERT has 30,522 embedding rows, more than a figure has pixels.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from prunetransfer.data.tokenizer import load_tokenizer
from prunetransfer.errors import PruneTransferError
from prunetransfer.jobs.settings.analyses import WeightMapsSettings
from prunetransfer.storage.files import whole_file
from prunetransfer.storage.inputs import Inputs
from prunetransfer.storage.manifests import encoder_of

from .statistics.rank_correlation import spearman
from .weights.blocks import block_lengths, block_means, block_starts
from .weights.matrices import CheckpointWeights, Matrix
from .weights.subwords import subword_lengths

SETTINGS = WeightMapsSettings
EMBEDDING_MAP = "embedding_map.csv"
EMBEDDING_LENGTHS = "embedding_lengths.csv"


class VocabularyError(PruneTransferError):
    """The tokenizer has no subword for any row of the embeddings."""


def analyse(inputs: Inputs, settings: WeightMapsSettings, output: Path) -> None:
    """Writes attention_map.csv (`output`) and, beside it, embedding_map.csv and embedding_lengths.csv.

    inputs: `checkpoint`, the manifest of the unpruned checkpoint. The tokenizer is in the folder of its encoder.

    In the maps, `row` and `column` are the first row and column of a block, from 0, and `magnitude` is the block's mean
    |w|, rounded to 6 digits. Raises VocabularyError if the tokenizer has no subword for any row of the embeddings.
    """
    manifest = inputs.file("checkpoint")
    checkpoint = CheckpointWeights(manifest)
    matrices = {(matrix.layer, matrix.role): matrix for matrix in checkpoint.matrices}
    key, embeddings = matrices[0, "key"], matrices[None, "word_embeddings"]
    _write(output, attention_map(checkpoint.weight(key.name), checkpoint.heads, settings.blocks), digits=6)
    lengths = _lengths(manifest, embeddings)
    weight = checkpoint.weight(embeddings.name)
    _write(output.with_name(EMBEDDING_MAP), embedding_map(weight, lengths, settings.blocks), digits=6)
    _write(output.with_name(EMBEDDING_LENGTHS), embedding_lengths(weight, lengths))


def attention_map(key: np.ndarray, heads: int, blocks: int) -> pd.DataFrame:
    """attention_map.csv: a row per block of the first layer's key projection, at most `blocks` to a side.

    key: the weight as torch stores it, [out, in]. In the table, rows are input dimensions and columns are output
    dimensions, so that heads are side by side as in Figure 8. No block contains parts of two heads. If there are more
    heads than `blocks`, each head has one column of blocks. Raises ValueError if `heads` does not divide the output
    dimensions.
    """
    outputs, inputs = key.shape
    if outputs % heads:
        raise ValueError(f"{heads} heads can't share {outputs} output dimensions equally")
    size = outputs // heads
    in_head = block_starts(size, max(1, blocks // heads))
    rows, columns = block_starts(inputs, blocks), np.add.outer(np.arange(0, outputs, size), in_head).ravel()
    table = _blocks(np.abs(key.T), rows, columns)
    table.insert(0, "layer", 0)
    table.insert(1, "head", table["column"] // size)
    return table


def embedding_map(weight: np.ndarray, lengths: dict[int, int], blocks: int) -> pd.DataFrame:
    """embedding_map.csv: a row per block of the word embeddings [vocabulary, dimensions], at most `blocks` to a side.

    lengths: the number of characters of each subword, by id. Rows of `weight` without a length are not shown. Rows are
    sorted by the length of their subword, and then by id. `length` is the mean over the block's rows.
    """
    order = _by_length(lengths)
    table = _blocks(np.abs(weight[order]), block_starts(len(order), blocks), block_starts(weight.shape[1], blocks))
    sorted_lengths = np.array([lengths[place] for place in order])
    starts = table["row"].unique()
    means = np.add.reduceat(sorted_lengths, starts) / block_lengths(starts, len(order))
    table.insert(3, "length", np.repeat(means, len(table) // len(starts)))
    return table


def embedding_lengths(weight: np.ndarray, lengths: dict[int, int]) -> pd.DataFrame:
    """embedding_lengths.csv: a row per length, with the mean and standard deviation of its subwords' mean |w|.

    weight, lengths: as for `embedding_map`. The last columns are the same in every row: Spearman's correlation of length
    with mean |w| over all subwords, its 95 % interval, and the p-value of the hypothesis that there is no correlation.
    They are empty if all lengths, or all means, are equal.
    """
    order = _by_length(lengths)
    magnitudes = np.mean(np.abs(weight[order]), axis=1, dtype=np.float64)
    subwords = pd.DataFrame({"length": [lengths[place] for place in order], "magnitude": magnitudes})
    by_length = subwords.groupby("length")["magnitude"]
    table = pd.DataFrame(
        {"subwords": by_length.size(), "mean_magnitude": by_length.mean(), "std": by_length.std(ddof=0)}
    ).reset_index()
    return table.assign(**spearman(subwords["length"], subwords["magnitude"])._asdict())


def _lengths(manifest: Path, embeddings: Matrix) -> dict[int, int]:
    """The number of characters of each subword, by row of the embeddings. Ids beyond the last row are left out."""
    encoder = encoder_of(manifest)
    lengths = {
        place: length for place, length in subword_lengths(load_tokenizer(encoder)).items() if place < embeddings.rows
    }
    if not lengths:
        raise VocabularyError(
            f"{encoder.parent}: the tokenizer has special tokens and placeholders only, no other subwords"
        )
    return lengths


def _by_length(lengths: dict[int, int]) -> list[int]:
    return sorted(lengths, key=lambda place: (lengths[place], place))


def _blocks(magnitudes: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> pd.DataFrame:
    """A table with a row per block: its first row and column, its mean, and its size.

    magnitudes: [rows, columns]. rows, columns: the first rows and the first columns of blocks.
    """
    means = block_means(magnitudes, rows, columns)
    sizes = [block_lengths(starts, size) for starts, size in zip((rows, columns), magnitudes.shape, strict=True)]
    return pd.DataFrame(
        {
            "row": np.repeat(rows, len(columns)),
            "column": np.tile(columns, len(rows)),
            "magnitude": means.ravel(),
            "rows_per_block": np.repeat(sizes[0], len(columns)),
            "columns_per_block": np.tile(sizes[1], len(rows)),
        }
    )


def _write(path: Path, table: pd.DataFrame, digits: int | None = None) -> None:
    with whole_file(path) as temporary:
        float_format = f"%.{digits}g" if digits else None
        table.to_csv(temporary, index=False, lineterminator="\n", float_format=float_format)
