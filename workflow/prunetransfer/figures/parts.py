"""The same colour and name for each part of an encoder in every figure."""

from . import style

PART_STYLES = {
    "all": ("All", style.INK),
    "embeddings": ("Embeddings", "#E69F00"),
    "attention": ("Attention", "#0072B2"),
    "feed_forward": ("Feed-forward", "#009E73"),
    "pooler": ("Pooler", "#CC79A7"),
}
"""Label and colour (of Okabe and Ito's palette) by name in the tables."""
