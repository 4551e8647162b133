#!/usr/bin/env python3
"""Stands in for `prunetransfer`, or for a SLURM job's Snakemake: writes the job's outputs, at once. See `dispatch.py`.

Its arguments name the job: by its first output, or as Snakemake's target. DISPATCH_OUTPUTS is a JSON file of the outputs
under each of these names, from a dry run.
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
        Path(output).write_text(" ".join(arguments))  # another in each job: Snakemake looks at contents too
