"""pretraining.csv: the losses of every pre-trained checkpoint."""

from pathlib import Path

import pandas as pd

from prunetransfer.jobs.grid import GridSettings
from prunetransfer.storage.files import read_json, whole_file
from prunetransfer.storage.inputs import Inputs

from .tables.gaps import refuse_or_warn
from .tables.timing import read_timing

SETTINGS = GridSettings
COLUMNS = [
    *("criterion", "sparsity", "seed", "steps", "dev_loss", "mlm_loss", "nsp_loss", "mlm_accuracy"),
    *("achieved_sparsity", "tokens_per_second", "seconds"),
]


def analyse(inputs: Inputs, settings: GridSettings, output: Path) -> None:
    """Writes pretraining.csv: a row per checkpoint. The unpruned checkpoint has the criterion `dense`.

    inputs: `checkpoints` and `timing`, templates of each checkpoint's manifest and measured times. metrics.json is beside
    the manifest.

    Losses are in nats, accuracy and sparsities in percent. Raises MissingResultsError if checkpoints are missing. With
    `settings.allow_missing` the table leaves them out, and a warning on stderr names them.
    """
    found = {
        checkpoint: inputs.file("checkpoints", **checkpoint.wildcards()).with_name("metrics.json")
        for checkpoint in settings.checkpoints()
    }
    missing = [path for path in found.values() if not path.is_file()]
    refuse_or_warn(missing, len(found), "checkpoints", allow=settings.allow_missing)
    rows = [
        read_json(path)
        | {"criterion": checkpoint.criterion, "sparsity": checkpoint.sparsity_percent}
        | read_timing(inputs.file("timing", **checkpoint.wildcards()))
        for checkpoint, path in found.items()
        if path.is_file()
    ]
    with whole_file(output) as temporary:
        pd.DataFrame(rows, columns=COLUMNS).to_csv(temporary, index=False, lineterminator="\n")
