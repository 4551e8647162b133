# The study, and functions with which rules ask `prunetransfer.jobs` for inputs, outputs, settings and code versions.
import re
import sys
from pathlib import Path

from prunetransfer.config.local_files import refuse_missing_files
from prunetransfer.config.reading import parse_study, read_yaml
from prunetransfer.errors import PruneTransferError
from prunetransfer.jobs.study_jobs import StudyJobs
from prunetransfer.running.run_lock import in_progress
from prunetransfer.storage import paths

# With `--config allow_missing=true`, tables and figures leave out missing runs and name them, and no job waits for them.
ALLOW_MISSING = bool(config.pop("allow_missing", False))

try:
    for file in workflow.configfiles:
        read_yaml(file)  # it refuses a mapping that has a key twice, which Snakemake's reader accepts
    STUDY = parse_study(config)
    refuse_missing_files(STUDY)
    JOBS = StudyJobs(STUDY, ALLOW_MISSING)
except PruneTransferError as error:
    sys.exit(f"error: {error}")

# The operations of a small encoder are too short to share between threads. On an idle machine one thread trains 46,000 tokens/s,
# and two threads 61,000. But two threads train only 1,000 if another process uses the cores too.
SMALL = STUDY.encoder.source == "fresh" and STUDY.encoder.hidden_size < 256
FOLLOWED = paths.format_learning_rate(STUDY.followed_learning_rate)


wildcard_constraints:
    criterion="|".join(map(re.escape, [paths.DENSE, *STUDY.pretraining.criteria])),
    arm="|".join(map(re.escape, STUDY.arms)),
    task="|".join(map(re.escape, STUDY.tasks)),
    sparsity="[0-9]+",
    learning_rate="[0-9.]+e-?[0-9]+",
    seed="[0-9]+",
    epoch="[0-9]+",


# List runs still in progress. Either another Snakemake is active (its lock will stop this one), or one was killed and its
# jobs have not ended yet.
if workflow.is_main_process:
    for lock, holder in in_progress(Path(paths.STATES.format(study=STUDY.study))):
        print(f"in progress: {lock.with_suffix('')}: {holder}", file=sys.stderr)


def ask(question, rule):
    """Returns a function for Snakemake: it asks the method `question` of a kind of jobs about a job's wildcards."""

    def of_job(wildcards):
        return getattr(JOBS[rule], question)(dict(wildcards.items()))

    return of_job


def inputs(rule):
    return unpack(ask("inputs", rule))


def caption_of(rule):
    return f"../report/{rule}.rst" if Path(workflow.basedir, "workflow/report", f"{rule}.rst").is_file() else None


def outputs(rule):
    """Snapshots that pass are temporary unless the study keeps them. Tables for readers and figures go into the report."""
    kind, found = JOBS[rule], JOBS[rule].outputs()
    if "passing" in found and not STUDY.analyses.trajectory.keep_snapshots:
        found["passing"] = [temp(file) for file in found["passing"]]
    if kind.is_for_readers:
        found["table"] = report(found["table"], caption=caption_of(rule), category="Tables")
    if "png" in found:
        found["png"] = report(found["png"], caption=caption_of(rule), category="Figures")
    return found


def parameters(rule, **further):
    """Returns everything that decides a job's results besides its inputs. Snakemake reruns the job if it changes."""
    return {"settings": ask("settings_as_json", rule), "code": ask("code_version", rule), **further}


def filed(template, rule):
    """Fills the job's name into the template of a path: of its log, its benchmark, or its saved state."""
    return JOBS[rule].in_study(template, job=JOBS[rule].name)


def log_of(rule):
    return filed(paths.LOG, rule)


def benchmark_of(rule):
    return filed(paths.BENCHMARK, rule)


def training_files(rule):
    """Returns where a training saves its state and its events. They are no outputs: Snakemake would delete them at a retry."""
    return {"state": filed(f"{paths.STATE}.safetensors", rule), "tensorboard": filed(paths.TENSORBOARD, rule)}


def growing(first):
    """Returns a resource that grows with each attempt, so that a job that ran out of memory or time gets more of it."""

    def of_attempt(wildcards, attempt):
        return first * attempt

    return of_attempt


def before_the_first_job():
    """Checks the start and cancels orphaned SLURM jobs. When this is called, Snakemake holds the lock on the study's files."""
    from snakemake.exceptions import WorkflowError

    from prunetransfer.preflight.start import prepare_start

    asked = workflow.local_exec and "gpu" in dict(workflow.global_resources.items())
    try:
        prepare_start(STUDY, gpus=workflow.global_resources["gpu"].value if asked else 0)
    except PruneTransferError as error:
        raise WorkflowError(f"error: {error}")
