#!/usr/bin/env python3
"""Replaces `prunetransfer`, or the Snakemake of a SLURM job, and writes the job's outputs at once. See `dispatch.py`.

The arguments name the job, either by its first output or by Snakemake's target. The environment variable DISPATCH_OUTPUTS
names a JSON file that was made by a dry run. It has the outputs of the job for each of these names.
"""

import json
import os
import sys
from pathlib import Path

BEFORE_A_NAME = ("--output", "--metrics", "--target-jobs")

arguments = sys.argv[1:]
outputs = json.loads(Path(os.environ["DISPATCH_OUTPUTS"]).read_text())
start = next(place for place, argument in enumerate(arguments) if argument in BEFORE_A_NAME) + 1
names = arguments[start:]
end = next((place for place, argument in enumerate(names) if argument.startswith("--")), len(names))
for name in names[:end]:
    for output in outputs[name]:
        Path(output).parent.mkdir(parents=True, exist_ok=True)
        Path(output).write_text(" ".join(arguments))  # contents must differ between jobs: Snakemake compares them too
