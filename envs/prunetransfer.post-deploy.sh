#!/bin/bash
# Snakemake runs this once in the new environment, in the project's folder.
set -euo pipefail
pip install --quiet --editable .
