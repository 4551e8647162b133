"""settling.csv: accuracy when a model is pruned after some epochs of fine-tuning (Gordon et al. 2020, Figure 3 right).

Each run fine-tunes for some epochs, prunes in one shot, and fine-tunes for some more.
"""

from pathlib import Path

import pandas as pd

from prunetransfer.storage.files import read_json, whole_file
from prunetransfer.storage.inputs import Inputs

SETTINGS = None
COLUMNS = ["task", "learning_rate", "seed", "epoch", "sparsity", "further_epochs", "dev_accuracy", "train_loss"]


def analyse(inputs: Inputs, settings: None, output: Path) -> None:
    """Writes settling.csv: a row per run. inputs: `metrics`, the metrics.json of each run, in the order of the rows.

    `epoch` is the number of epochs before pruning. Scores are in percent, losses in nats. For a regression
    `dev_accuracy` is the correlation that the task has as its metric.
    """
    rows = [_row(read_json(path)) for path in inputs.files("metrics")]
    with whole_file(output) as temporary:
        pd.DataFrame(rows, columns=COLUMNS).to_csv(temporary, index=False, lineterminator="\n")


def _row(metrics: dict) -> dict:
    accuracy = metrics["dev_accuracy"]
    return metrics | {
        "epoch": metrics["pruned_after_epochs"],
        "further_epochs": metrics["epochs"],
        "dev_accuracy": metrics["dev_score"] if accuracy is None else accuracy,
    }
