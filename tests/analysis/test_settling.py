import pandas as pd

from prunetransfer.analysis.settling import analyse
from prunetransfer.storage.files import write_json
from prunetransfer.storage.inputs import Inputs

CONTRACT = "task, learning_rate, seed, epoch, sparsity, further_epochs, dev_accuracy, train_loss"


def _metrics(task, epoch, score, accuracy):
    run = {"task": task, "learning_rate": 5e-5, "seed": 1, "sparsity": 60, "pruned_after_epochs": epoch, "epochs": 2}
    return run | {"metric": "any", "dev_score": score, "dev_accuracy": accuracy, "train_loss": epoch / 10, "steps": 9}


def test_a_row_per_run_in_the_order_of_the_inputs(tmp_path):
    runs = [("sst2", 6, 80.0, 81.0), ("sst2", 0, 70.0, 71.0), ("similarity", 1, 55.0, None)]
    files = [tmp_path / str(place) / "metrics.json" for place in range(len(runs))]
    for file, run in zip(files, runs, strict=True):
        write_json(file, _metrics(*run))
    analyse(Inputs({"metrics": files}), None, tmp_path / "settling.csv")
    table = pd.read_csv(tmp_path / "settling.csv")
    assert list(table.columns) == CONTRACT.split(", ")
    assert table.to_numpy().tolist() == [
        ["sst2", 5e-5, 1, 6, 60, 2, 81.0, 0.6],
        ["sst2", 5e-5, 1, 0, 60, 2, 71.0, 0.0],
        ["similarity", 5e-5, 1, 1, 60, 2, 55.0, 0.1],
    ]


def test_no_runs_leave_the_header(tmp_path):
    analyse(Inputs({}), None, tmp_path / "settling.csv")
    assert (tmp_path / "settling.csv").read_text() == CONTRACT.replace(", ", ",") + "\n"
