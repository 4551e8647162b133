"""What Snakemake does before its first job."""

import sys
from pathlib import Path

from prunetransfer.config.study import Study
from prunetransfer.running import slurm
from prunetransfer.storage.paths import ROOT

from .problems import preflight


def prepare_start(study: Study, gpus: int) -> None:
    """Raises PreflightError where the study can't run here; cancels its SLURM jobs that an earlier start left running.

    gpus: how many this Snakemake may use at once on this machine; 0 on a cluster. Raises SlurmError where jobs don't end.
    """
    preflight(study, Path(ROOT.format(study=study.study)), slots=1, gpus=gpus)
    left = slurm.jobs_of(study.study, Path.cwd())
    for job in left:
        print(f"cancelled, an earlier start left it: SLURM job {job.number}, {job.comment}", file=sys.stderr)
    if left:
        slurm.cancel(left)
