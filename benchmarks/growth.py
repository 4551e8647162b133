"""Measures how the time of a step grows with the tokens in its batch, and the time of analyses with the encoder's size.

    python benchmarks/growth.py [--precision bf16] [--sizes tiny mini ...] [--runs N] [--steps N] [--output FILE]

Steps: `prunetransfer pretrain` with MiniLM on WikiText-2 at 128 tokens, with batches of 1 to 64 sequences. Batch sizes
alternate, and medians over runs are shown. Analyses: those of `analyses.py`, as whole processes, on fresh encoders pruned to
60 %. It prints Markdown tables. With --output it also writes plots of both beside that file, as <name>-steps.png and
<name>-analyses.png.
"""

import argparse
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import pandas as pd
import seaborn as sns
from analyses import SIZES, analyses, make_inputs, run_analysis
from contenders import in_a_process_of_its_own
from inputs import DATA, prepare_minilm, prepare_text, require, text_file
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullLocator
from pretraining import Work, ours
from reporting import publish

from prunetransfer.analysis.tables.markdown import pipe_table

SEQUENCES = (1, 2, 4, 8, 16, 32, 64)
STEPS = 8
TOKENS, STEP_SECONDS = "tokens in a batch", "seconds of a step"
WEIGHTS, ANALYSIS_SECONDS, ANALYSIS = "weights (million)", "seconds", "analysis"


def step_times(work: Work, runs: int, steps: int) -> pd.DataFrame:
    """Returns a row for each batch size, with medians over runs."""
    rows = []
    for _ in range(runs):
        for sequences in SEQUENCES:
            timing = ours(work._replace(batch_size=sequences), steps)
            rows.append({"sequences": sequences, TOKENS: timing.tokens / steps, STEP_SECONDS: timing.seconds / steps})
    return pd.DataFrame(rows).groupby("sequences", as_index=False).median()


def analysis_times(sizes: list[str], folder: Path, runs: int) -> pd.DataFrame:
    """Returns a row for each size and analysis, with medians over runs."""
    rows = []
    for size in sizes:
        place = folder / size
        weights = in_a_process_of_its_own(make_inputs, place, size)
        for name, (inputs, settings) in analyses(place).items():
            output = place / "analysis" / f"{name}.csv"
            spent = median(run_analysis(name, inputs, settings, output).seconds for _ in range(runs))
            rows.append({"size": size, WEIGHTS: weights / 1e6, ANALYSIS: name, ANALYSIS_SECONDS: spent})
    return pd.DataFrame(rows)


def draw(file: Path, times: pd.DataFrame, **columns: str) -> None:
    """Draws a line for each hue. Both axes are logarithmic."""
    figure = Figure(figsize=(5.5, 3.6), layout="constrained")
    axes: Axes = figure.subplots()
    sns.lineplot(times, marker="o", ax=axes, **columns)
    axes.set(xscale="log", yscale="log")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axis.set_major_formatter("{x:g}")
        axis.set_minor_locator(NullLocator())
    figure.savefig(file, dpi=150)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA, help="the folder that has wikitext2/")
    parser.add_argument("--sizes", nargs="+", choices=SIZES, default=list(SIZES))
    parser.add_argument("--precision", choices=["fp32", "bf16"], default="fp32")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--steps", type=int, default=STEPS, help="timed in each run of each batch size")
    parser.add_argument("--output", type=Path, help="a file for the Markdown, besides stdout; plots stand beside it")
    arguments = parser.parse_args()
    require(text_file(arguments.data))
    with TemporaryDirectory() as name:
        folder = Path(name)
        encoder, checkpoint = in_a_process_of_its_own(prepare_minilm, folder)
        corpus = in_a_process_of_its_own(prepare_text, arguments.data, encoder, folder)
        work = Work(encoder, checkpoint, corpus, arguments.precision, arguments.threads)
        steps = step_times(work, arguments.runs, arguments.steps)
        spent = analysis_times(arguments.sizes, folder, arguments.runs)
    step_rows = [
        [
            f"{row.sequences:.0f}",
            f"{row[TOKENS]:.0f}",
            f"{row[STEP_SECONDS]:.3f}",
            f"{row[TOKENS] / row[STEP_SECONDS]:.0f}",
        ]
        for _, row in steps.iterrows()
    ]
    wide = spent.pivot(index=ANALYSIS, columns=WEIGHTS, values=ANALYSIS_SECONDS)
    tables = [
        pipe_table(["sequences", TOKENS, STEP_SECONDS, "tokens/s"], step_rows),
        pipe_table(
            ["Seconds of each analysis", *(f"{weights:.1f} M weights" for weights in wide.columns)],
            [[name, *(f"{value:.1f}" for value in row)] for name, row in zip(wide.index, wide.to_numpy(), strict=True)],
        ),
    ]
    publish(tables, arguments.output)
    if arguments.output:
        stem = arguments.output.with_suffix("")
        draw(stem.with_name(f"{stem.name}-steps.png"), steps, x=TOKENS, y=STEP_SECONDS)
        draw(stem.with_name(f"{stem.name}-analyses.png"), spent, x=WEIGHTS, y=ANALYSIS_SECONDS, hue=ANALYSIS)


if __name__ == "__main__":
    main()
