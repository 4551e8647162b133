# What does pruning an encoder do to everything it is fine-tuned for?
#
#   snakemake                                                      the miniature (config.yaml)
#   snakemake --configfile workflow/studies/minilm.yaml            another study
#   snakemake tables | figures                                     a part of it
import sys
from pathlib import Path

from snakemake.utils import min_version

min_version("9.27")

# Jobs find the command where this Snakemake is installed, even if that environment is not activated. They know which
# process waits for them: a training stops when that process is gone. The shell ignores SIGTERM, which is for the training:
# the shell would die at once, and the job with it.
# The default profile has commands run in a process that has imported torch already, by a default resource `warm`.
defaults = workflow.resource_settings.default_resources or {}
warm = defaults["warm"].value if "warm" in defaults else 0
shell.prefix(
    f"set -euo pipefail; trap : TERM; export PATH=$PATH:{Path(sys.executable).parent} PRUNETRANSFER_SCHEDULER=$PPID"
    f" PRUNETRANSFER_WARM={warm}; "
)

# A study is one whole configuration: the default is read only if none is given, and is never merged into another.
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
