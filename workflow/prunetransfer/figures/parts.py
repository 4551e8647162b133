"""The label and the colour of each part of an encoder, which are the same in all figures."""

from prunetransfer.analysis.weights.mask_overlap import ALL

from . import style

PART_STYLES = {
    ALL: ("All", style.INK),
    "embeddings": ("Embeddings", "#E69F00"),
    "attention": ("Attention", "#0072B2"),
    "feed_forward": ("Feed-forward", "#009E73"),
    "pooler": ("Pooler", "#CC79A7"),
}
"""The label and the colour of each part, by the part's name in tables. Colours are from Okabe and Ito's palette."""
