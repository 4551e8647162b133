# What does pruning an encoder do to everything it is fine-tuned for?
#
#   snakemake                                                      the miniature (config.yaml)
#   snakemake --configfile workflow/studies/minilm.yaml            another study
#   snakemake tables | figures                                     only its tables, or only its figures
import sys
from pathlib import Path

from snakemake.utils import min_version

min_version("9.27")

# Jobs find the command `prunetransfer` beside this Snakemake, even if their environment is not activated. They know the id of
# the process that waits for them, and a training stops when that process has ended. The shell ignores SIGTERM, so that it
# waits until the training has saved its state: otherwise the shell would end at once, and with it the job.
# With the default profile's resource `warm`, commands run in a process that has already imported torch.
defaults = workflow.resource_settings.default_resources or {}
warm = defaults["warm"].value if "warm" in defaults else 0
shell.prefix(
    f"set -euo pipefail; trap : TERM; export PATH=$PATH:{Path(sys.executable).parent} PRUNETRANSFER_SCHEDULER=$PPID"
    f" PRUNETRANSFER_WARM={warm}; "
)

# A study is one complete configuration. The default is read only if no other is given, and it is never merged with another.
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
    print("All finished results are kept. Start again to go on. To make tables and figures without the missing results:")
    print("    snakemake --config allow_missing=true")
