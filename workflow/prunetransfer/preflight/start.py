"""Prepares the start of a study. Snakemake calls this before its first job."""

import sys
from pathlib import Path

from prunetransfer.config.study import Study
from prunetransfer.running import slurm
from prunetransfer.storage.paths import ROOT

from .problems import preflight


def prepare_start(study: Study, gpus: int) -> None:
    """Checks whether the study can run here. Then cancels SLURM jobs of the study that an earlier Snakemake left running.

    gpus: the number of GPUs that Snakemake may use on this machine; 0 on a cluster. Raises PreflightError if the study can't
    run here, and SlurmError if the jobs don't end.
    """
    preflight(study, Path(ROOT.format(study=study.study)), slots=1, gpus=gpus)
    left = slurm.jobs_of(study.study, Path.cwd())
    for job in left:
        print(f"cancelled, an earlier start left it: SLURM job {job.number}, {job.comment}", file=sys.stderr)
    if left:
        slurm.cancel(left)
