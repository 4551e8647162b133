#!/usr/bin/env python3
"""Stands in for `prunetransfer`, or for a SLURM job's Snakemake: writes the job's outputs, at once. See `dispatch.py`.

Its arguments name the job: by one of its outputs, or as Snakemake's target. DISPATCH_OUTPUTS is a JSON file of the outputs
under each of these names, from a dry run.
"""

import json
import os
import sys
from pathlib import Path

outputs = json.loads(Path(os.environ["DISPATCH_OUTPUTS"]).read_text())
jobs = [argument for argument in sys.argv[1:] if argument in outputs]
if not jobs:
    sys.exit(f"no job's output or target is among the arguments: {sys.argv[1:]}")
for job in jobs:
    for output in outputs[job]:
        Path(output).parent.mkdir(parents=True, exist_ok=True)
        Path(output).write_text("{}\n")
