import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from prunetransfer.figures.heatmap import draw_blocks


def test_blocks_are_drawn_at_their_positions():
    """Blocks of columns 0-2, 3-5 and 6, and of rows 0-1 and 2. The order of the table's rows doesn't matter."""
    blocks = pd.DataFrame(
        [(row, column, 10 * row + column) for row in (0, 2) for column in (0, 3, 6)],
        columns=["row", "column", "magnitude"],
    )
    blocks["rows_per_block"] = blocks["row"].map({0: 2, 2: 1})
    blocks["columns_per_block"] = blocks["column"].map({0: 3, 3: 3, 6: 1})
    axes = Figure().subplots()
    draw_blocks(axes, blocks.sample(frac=1, random_state=0))
    assert (axes.get_xlim(), axes.get_ylim()) == ((0, 7), (3, 0))
    (mesh,) = axes.collections
    np.testing.assert_array_equal(mesh.get_array(), [[0, 3, 6], [20, 23, 26]])
    np.testing.assert_array_equal(mesh.get_coordinates()[0, :, 0], [0, 3, 6, 7])
    np.testing.assert_array_equal(mesh.get_coordinates()[:, 0, 1], [0, 2, 3])
