"""The colour and label of each part of an encoder, the same in every figure."""

from prunetransfer.analysis.weights.mask_overlap import ALL

from . import style

PART_STYLES = {
    ALL: ("All", style.INK),
    "embeddings": ("Embeddings", "#E69F00"),
    "attention": ("Attention", "#0072B2"),
    "feed_forward": ("Feed-forward", "#009E73"),
    "pooler": ("Pooler", "#CC79A7"),
}
"""By name in the tables: label and colour. Colours are from Okabe and Ito's palette."""
