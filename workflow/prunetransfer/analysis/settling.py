"""When to prune: fine-tune for so many epochs, prune in one shot, fine-tune on (Gordon et al. 2020, Figure 3 right)."""

from pathlib import Path

import pandas as pd

from prunetransfer.jobs.settings.analyses import SettlingSettings
from prunetransfer.storage import paths
from prunetransfer.storage.files import read_json, whole_file

SETTINGS = SettlingSettings
COLUMNS = ["task", "learning_rate", "seed", "epoch", "sparsity", "further_epochs", "dev_accuracy", "train_loss"]


def analyse(inputs: list[Path], settings: SettlingSettings, output: Path) -> None:
    """Writes settling.csv, a row per run; inputs: the runs' metrics.json, a subset of the ones that the settings have.

    Scores are in percent (a regression's is the correlation that is its metric), losses in nats.
    """
    rows = []
    for task in settings.tasks:
        for seed in settings.seeds:
            for epoch in settings.epochs:
                fields = {"task": task, "seed": seed, "epoch": epoch}
                rate = paths.format_learning_rate(settings.learning_rate)
                path = Path(paths.PRUNE_AFTER_METRICS.format(study=settings.study, learning_rate=rate, **fields))
                if path in inputs:
                    rows.append(_row(read_json(path), settings) | fields)
    with whole_file(output) as temporary:
        pd.DataFrame(rows, columns=COLUMNS).to_csv(temporary, index=False, lineterminator="\n")


def _row(metrics: dict, settings: SettlingSettings) -> dict:
    accuracy = metrics["dev_accuracy"]
    return {
        "learning_rate": settings.learning_rate,
        "sparsity": settings.sparsity,
        "further_epochs": settings.further_epochs,
        "dev_accuracy": metrics["dev_score"] if accuracy is None else accuracy,
        "train_loss": metrics["train_loss"],
    }
