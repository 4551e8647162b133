"""pretraining.csv: what every pre-trained checkpoint came to."""

from pathlib import Path

import pandas as pd

from prunetransfer.jobs.grid import GridSettings
from prunetransfer.storage import paths
from prunetransfer.storage.files import read_json, whole_file

from .runs import read_timing
from .tables.gaps import refuse_or_warn

COLUMNS = [
    *("criterion", "sparsity", "seed", "steps", "dev_loss", "mlm_loss", "nsp_loss", "mlm_accuracy"),
    *("achieved_sparsity", "tokens_per_second", "seconds"),
]


SETTINGS = GridSettings


def analyse(inputs: list[Path], grid: GridSettings, output: Path) -> None:
    """Writes pretraining.csv, a row per checkpoint; the unpruned one, shared by all criteria, is the criterion `dense`.

    Losses are in nats, accuracy and sparsities in percent. Missing checkpoints are treated as `runs.analyse` treats
    missing runs.
    """
    found = {
        (criterion, sparsity): _metrics(grid.study, criterion, sparsity) for criterion, sparsity in grid.checkpoints()
    }
    missing = [path for path in found.values() if not path.is_file()]
    refuse_or_warn(missing, len(found), "checkpoints", allow=grid.allow_missing)
    rows = [
        read_json(path)
        | {"criterion": criterion, "sparsity": sparsity}
        | read_timing(grid.study, f"pretrained/{criterion}/{sparsity}")
        for (criterion, sparsity), path in found.items()
        if path.is_file()
    ]
    with whole_file(output) as temporary:
        pd.DataFrame(rows, columns=COLUMNS).to_csv(temporary, index=False, lineterminator="\n")


def _metrics(study: str, criterion: str, sparsity: int) -> Path:
    manifest = paths.PRETRAINED.format(study=study, criterion=criterion, sparsity=sparsity)
    return Path(manifest).with_name("metrics.json")
