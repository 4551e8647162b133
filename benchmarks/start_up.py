"""Measures the start-up of a fine-tuning: the seconds from the start of its process to the end of its first step.

    python benchmarks/start_up.py [--runs N] [--output FILE]

Three kinds of process alternate, each with MiniLM, a batch of 32 examples and one thread: `prunetransfer finetune`; the same
with PRUNETRANSFER_WARM=1 and a running worker; and the peer, a script that imports transformers, loads the model with
`from_pretrained` and starts a Trainer. Our processes run to their end, and the time of the first step's TensorBoard event is
the end of that step. Then the parts of a cold process are measured inside it (`start_up_process.py`). It prints Markdown
tables of medians.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from contenders import in_a_process_of_its_own
from inputs import DATA, prepare_minilm, prepare_sentences, require, task_files
from reporting import publish, seconds

from prunetransfer.analysis.tables.markdown import pipe_table

TASK, EXAMPLES = "SST-2", 32
PROCESS = Path(__file__).with_name("start_up_process.py")
SETTINGS = {
    "arm": "prune_pretrain",
    "task": TASK,
    "sparsity": 0,
    "epochs": 1,
    "learning_rate": 5e-5,
    "seed": 0,
    "classifier_dropout": 0.1,
    "optimizer": {"batch_size": EXAMPLES},
}


def finetune(checkpoint: Path, task: Path, warm: int) -> tuple[float, float]:
    """Returns the seconds from the process' start to the end of its first step, and to the end of the process.

    warm: 1 to run in the worker, else 0. Raises CalledProcessError if the process fails.
    """
    with TemporaryDirectory() as name:
        folder = Path(name)
        command = [sys.executable, "-m", "prunetransfer", "finetune"]
        command += ["--settings", json.dumps(SETTINGS), "--checkpoint", f"{checkpoint}", "--task", f"{task}"]
        files = {"metrics": "metrics.json", "predictions": "predictions.npy", "timing": "timing.json", "state": "state"}
        for option, file in {**files, "tensorboard": "tensorboard"}.items():
            command += [f"--{option}", f"{folder / file}"]
        environment = {**os.environ, "PRUNETRANSFER_WARM": f"{warm}"}
        start = time.time()
        whole = seconds(lambda: subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL))
        return _first_event(folder / "tensorboard") - start, whole


def _first_event(folder: Path) -> float:
    """Returns the UNIX time of the first step's report."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(folder))
    events.Reload()
    return events.Scalars("learning_rate")[0].wall_time


def parts(*arguments: str | Path) -> dict[str, float]:
    """Returns the seconds of each part, from a process' start to the end of its first step."""
    start = time.time()
    done = subprocess.run([sys.executable, str(PROCESS), *map(str, arguments)], check=True, stdout=subprocess.PIPE)
    inside = json.loads(done.stdout.splitlines()[-1])
    before = inside.pop("ended") - start - sum(inside.values())
    return {"interpreter": before, **inside}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA, help="the folder that has glue/")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--output", type=Path, help="a file for the Markdown, besides stdout")
    arguments = parser.parse_args()
    require(*task_files(arguments.data, TASK).values())
    with TemporaryDirectory() as name:
        folder = Path(name)
        encoder, checkpoint = in_a_process_of_its_own(prepare_minilm, folder)
        task = in_a_process_of_its_own(prepare_sentences, arguments.data, TASK, EXAMPLES, encoder, folder)
        finetune(checkpoint, task, warm=1)  # starts the worker
        first_step, whole = {"cold": [], "warm": []}, {"cold": [], "warm": []}
        split = {"prunetransfer finetune, cold": [], "Trainer": []}
        for _ in range(arguments.runs):
            for warm, kind in enumerate(first_step):
                begun, ended = finetune(checkpoint, task, warm)
                first_step[kind].append(begun)
                whole[kind].append(ended)
            split["prunetransfer finetune, cold"].append(parts("ours", checkpoint, task))
            split["Trainer"].append(parts("trainer", encoder.parent))
    rows = [
        [f"prunetransfer finetune, {kind}", f"{median(first_step[kind]):.2f}", f"{median(whole[kind]):.2f}"]
        for kind in first_step
    ]
    rows.append(["Trainer", f"{median(sum(run.values()) for run in split['Trainer']):.2f}", "-"])
    names = list(split["Trainer"][0])
    shares = [[kind, *(f"{median(run[name] for run in runs):.2f}" for name in names)] for kind, runs in split.items()]
    tables = [
        pipe_table(["Process", "to the end of the first step (s)", "to its end (s)"], rows),
        pipe_table(["Parts of a process (s)", *names], shares),
    ]
    publish(tables, arguments.output)


if __name__ == "__main__":
    main()
