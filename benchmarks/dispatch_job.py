#!/usr/bin/env python3
"""Stands in for a SLURM job's Snakemake: writes its jobs' outputs, at once. See `dispatch.py`.

Its arguments are Snakemake's, the file of all jobs' outputs (DISPATCH_OUTPUTS) comes from a dry run.
"""

import json
import os
import sys
from pathlib import Path

arguments = sys.argv[sys.argv.index("--target-jobs") + 1 :]
targets = arguments[: next(place for place, argument in enumerate(arguments) if argument.startswith("--"))]
outputs = json.loads(Path(os.environ["DISPATCH_OUTPUTS"]).read_text())
for target in targets:
    for output in outputs[target]:
        Path(output).parent.mkdir(parents=True, exist_ok=True)
        Path(output).write_text("{}\n")
