# The study, and what its rules ask `prunetransfer.jobs` for: inputs, outputs, settings, code versions. No rules here.
import sys
from pathlib import Path

from prunetransfer.config.local_files import refuse_missing_files
from prunetransfer.config.reading import ConfigError, parse_study, read_yaml
from prunetransfer.jobs.study_jobs import StudyJobs
from prunetransfer.running.run_lock import in_progress
from prunetransfer.storage import paths

# `--config allow_missing=true`: missing runs are left out and named; no job waits for them.
ALLOW_MISSING = bool(config.pop("allow_missing", False))

try:
    for file in workflow.configfiles:
        read_yaml(file)  # Snakemake's own reader accepts a key that stands twice
    STUDY = parse_study(config)
    refuse_missing_files(STUDY)
except ConfigError as error:
    sys.exit(f"error: {error}")
JOBS = StudyJobs(STUDY, ALLOW_MISSING)

# A small encoder's operations are too short to share between threads: two threads train 61,000 tokens/s where one trains
# 46,000 on a quiet machine, and 1,000 where another process wants the cores too.
SMALL = STUDY.encoder.source == "fresh" and STUDY.encoder.hidden_size < 256
FOLLOWED = paths.format_learning_rate(STUDY.followed_learning_rate)


wildcard_constraints:
    criterion="|".join([paths.DENSE, *STUDY.pretraining.criteria]),
    arm="|".join(STUDY.arms),
    task="|".join(STUDY.tasks),
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
    """A function that Snakemake calls with the wildcards of a job; `prunetransfer.jobs` answers."""

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
    """What decides a job's results besides its inputs."""
    return {"settings": ask("settings_as_json", rule), "code": ask("code_version", rule), **further}


def filed(template, rule):
    """A path that is made of the job's name: its log, its benchmark, its saved state."""
    return JOBS[rule].in_study(template, job=JOBS[rule].name)


def log_of(rule):
    return filed(paths.LOG, rule)


def benchmark_of(rule):
    return filed(paths.BENCHMARK, rule)


def training_files(rule):
    """Where a training saves its state and its TensorBoard events. They are no outputs: Snakemake would delete them."""
    return {"state": filed(f"{paths.STATE}.safetensors", rule), "tensorboard": filed(paths.TENSORBOARD, rule)}


def growing(first):
    """A resource that grows with each attempt: a job that was short of memory or time must not meet the same limit again."""

    def of_attempt(wildcards, attempt):
        return first * attempt

    return of_attempt


def before_the_first_job():
    """Snakemake holds the lock on the study's files here."""
    from snakemake.exceptions import WorkflowError

    from prunetransfer.errors import PruneTransferError
    from prunetransfer.preflight.start import prepare_start

    asked = workflow.local_exec and "gpu" in dict(workflow.global_resources.items())
    try:
        prepare_start(STUDY, gpus=workflow.global_resources["gpu"].value if asked else 0)
    except PruneTransferError as error:
        raise WorkflowError(f"error: {error}")
