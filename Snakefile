# What does pruning an encoder do to everything it is fine-tuned for?
#
#   snakemake                                                      the miniature (config.yaml)
#   snakemake --configfile workflow/studies/minilm.yaml            another study
#   snakemake tables | figures                                     a part of it
import sys
from pathlib import Path

from snakemake.utils import min_version

min_version("9.27")

# Jobs find the command where this Snakemake is installed, also if its environment isn't activated, and know who waits for
# them: trainings stop when it is gone. SIGTERM is theirs to heed: bash would die of it at once, and its job with it.
shell.prefix(f"set -euo pipefail; trap : TERM; export PATH=$PATH:{Path(sys.executable).parent} PRUNETRANSFER_SCHEDULER=$PPID; ")

# A study is one whole configuration: the default is read only where none is given, never merged into another.
if "study" not in config:

    configfile: "config.yaml"


include: "workflow/rules/common.smk"
include: "workflow/rules/data.smk"
include: "workflow/rules/pretrain.smk"
include: "workflow/rules/finetune.smk"
include: "workflow/rules/analysis.smk"
include: "workflow/rules/report.smk"


rule all:
    default_target: True
    input:
        rules.tables.input,
        rules.figures.input,
        rules.study_manifest.output,


onstart:
    before_the_first_job()


onerror:
    print("What was made is kept. Start again to go on. Tables and figures without what is missing:")
    print("    snakemake --config allow_missing=true")
