# The study, and the functions that rules ask for their inputs and settings. No rules here.
import sys
from pathlib import Path

from prunetransfer.storage.sparse import paths
from prunetransfer.jobs import code as stages
from prunetransfer.jobs import analysis_settings as analysis_stages
from prunetransfer.config.local_files import refuse_missing_files
from prunetransfer.config.reading import ConfigError, parse_study, read_yaml
from prunetransfer.running.run_lock import in_progress

# `--config allow_missing=true`: runs that are missing are left out, and named; nothing waits for them.
ALLOW_MISSING = bool(config.pop("allow_missing", False))

try:
    for file in workflow.configfiles:
        read_yaml(file)  # Snakemake's own reader lets a key stand twice
    STUDY = parse_study(config)
    refuse_missing_files(STUDY)
except ConfigError as error:
    sys.exit(f"error: {error}")
GRID = STUDY.grid().model_copy(update={"allow_missing": ALLOW_MISSING})
ARCHITECTURE = STUDY.encoder.architecture


wildcard_constraints:
    criterion="|".join([paths.DENSE, *STUDY.pretraining.criteria]),
    arm="|".join(STUDY.arms),
    task="|".join(STUDY.tasks),
    sparsity="[0-9]+",
    learning_rate="[0-9.]+e-?[0-9]+",
    seed="[0-9]+",
    epoch="[0-9]+",


def in_study(template, **known):
    """A path of this study; what is not known stays a wildcard."""
    for name, value in {"study": STUDY.study, **known}.items():
        template = template.replace(f"{{{name}}}", str(value))
    return template


# Of another Snakemake, whose lock ends this one, or of one that was killed: its jobs stop soon, or hold their runs.
if workflow.is_main_process:
    for lock, holder in in_progress(Path(in_study(paths.STATES))):
        print(f"in progress: {lock.with_suffix('')}: {holder}", file=sys.stderr)


def learning_rate(wildcards):
    return next(rate for rate in GRID.learning_rates if paths.format_learning_rate(rate) == wildcards.learning_rate)


def language_of(source):
    """The artificial language's manifest, as an input, where a corpus source or a task is made from it."""
    return [in_study(paths.LANGUAGE)] if source.source == "language" else []


def files_of_corpus():
    """Every local file that the corpus is made from."""
    return [
        file
        for source in STUDY.corpus.sources
        for file in (source.files if source.source == "files" else language_of(source))
    ]


def files_of_task(wildcards):
    source = STUDY.task_definitions[wildcards.task].source
    return [source.train, source.dev] if source.source == "files" else language_of(source)


def language_option(files):
    """The command's option for the artificial language, where it is among the inputs."""
    language = in_study(paths.LANGUAGE)
    return f"--language {language}" if language in map(str, files) else ""


def language_option_of_task(wildcards):
    return language_option(files_of_task(wildcards))


# Code versions are asked for by job: all of them at once were a third of a second of each job's start, on its node again.
def language_code(wildcards):
    return stages.language_code()


def encoder_code(wildcards):
    return stages.encoder_code(ARCHITECTURE)


def corpus_code(wildcards):
    return stages.corpus_code()


def task_code(wildcards):
    return stages.task_code()


def burn_in_code(wildcards):
    return stages.pretrain_code(STUDY.burn_in_stage(), ARCHITECTURE)


def analysis_code(name):
    """name: a module of analysis/ or figures/, such as analysis.table1."""

    def of_job(wildcards):
        return stages.analysis_code(name)

    return of_job


def task_settings(wildcards):
    return STUDY.task_stage(wildcards.task).model_dump_json()


def pretrain_stage(wildcards):
    return STUDY.pretrain_stage(wildcards.criterion, int(wildcards.sparsity))


def pretrain_settings(wildcards):
    return pretrain_stage(wildcards).model_dump_json()


def pretrain_code(wildcards):
    return stages.pretrain_code(pretrain_stage(wildcards), ARCHITECTURE)


def finetune_stage(wildcards):
    return STUDY.finetune_stage(
        wildcards.arm, int(wildcards.sparsity), learning_rate(wildcards), int(wildcards.seed)
    )


def finetune_settings(wildcards):
    return finetune_stage(wildcards).model_dump_json()


def finetune_code(wildcards):
    return stages.finetune_code(finetune_stage(wildcards), ARCHITECTURE)


def checkpoint_of_run(wildcards):
    """The manifest of the weights that a run starts from."""
    method = STUDY.arms[wildcards.arm].method
    if method == "from_scratch":
        return in_study(paths.ENCODER)
    if method == "prune_downstream":
        return in_study(paths.SNAPSHOT, epoch=STUDY.unpruned_epochs, **trajectory(wildcards))
    criterion, sparsity = GRID.checkpoint_of(wildcards.arm, int(wildcards.sparsity))
    return in_study(paths.PRETRAINED, criterion=criterion, sparsity=sparsity)


def unpruned_settings(wildcards):
    return unpruned_stage(wildcards).model_dump_json()


def unpruned_stage(wildcards):
    return STUDY.unpruned_stage(learning_rate(wildcards), int(wildcards.seed))


def unpruned_code(wildcards):
    return stages.finetune_code(unpruned_stage(wildcards), ARCHITECTURE)


def trajectory(wildcards):
    """The wildcards that tell one fine-tuning of the unpruned model."""
    return {name: wildcards[name] for name in ("task", "learning_rate", "seed")}


def kept(path):
    """A snapshot's file; it goes when all that read it are done, unless the study keeps it."""
    return path if STUDY.analyses.trajectory.keep_snapshots else temp(path)


def snapshots(template, epochs, **known):
    return [in_study(template, epoch=epoch, **known) for epoch in epochs]


def snapshots_of_trajectory(wildcards):
    epochs = STUDY.snapshot_epochs(learning_rate(wildcards))
    return snapshots(paths.SNAPSHOT, epochs, **trajectory(wildcards))


def weights_of_trajectory(wildcards):
    """What the snapshots' manifests list: inputs, so that these files stay while they are read."""
    epochs = STUDY.snapshot_epochs(learning_rate(wildcards))
    return snapshots(paths.SNAPSHOT_WEIGHTS, epochs, **trajectory(wildcards))


def prune_after_checkpoint(wildcards):
    epoch = int(wildcards.epoch)
    if epoch == 0:
        return in_study(paths.PRETRAINED, criterion=paths.DENSE, sparsity=0)
    return in_study(paths.SNAPSHOT, epoch=epoch, **trajectory(wildcards))


def prune_after_weights(wildcards):
    epoch = int(wildcards.epoch)
    return [in_study(paths.SNAPSHOT_WEIGHTS, epoch=epoch, **trajectory(wildcards))] if epoch else []


def prune_after_settings(wildcards):
    return STUDY.prune_after_stage(int(wildcards.seed)).model_dump_json()


def prune_after_code(wildcards):
    return stages.finetune_code(STUDY.prune_after_stage(int(wildcards.seed)), ARCHITECTURE)


def there(files):
    """All files; where results may be missing, those that are there."""
    return [file for file in files if not ALLOW_MISSING or Path(file).is_file()]


def of_every_run(template):
    return there(in_study(template, **run.fields()) for run in GRID.runs())


def of_every_checkpoint(template, criteria=None):
    """criteria: the ones asked for; left out: all."""
    return there(
        in_study(template, criterion=criterion, sparsity=sparsity)
        for criterion, sparsity in GRID.checkpoints()
        if criteria is None or criterion in criteria
    )


def trajectories():
    """(learning rate, wildcards) of every fine-tuning of the unpruned model."""
    for task in STUDY.tasks:
        for rate in GRID.learning_rates:
            for seed in GRID.seeds:
                yield rate, {"task": task, "learning_rate": paths.format_learning_rate(rate), "seed": seed}


def of_every_trajectory(template, **known):
    return there(in_study(template, **run, **known) for _, run in trajectories())


def movement_of_every_trajectory(name):
    """Tables of `trajectory_movement`; where results may be missing, those that are there or that snapshots are there for."""
    found = []
    for rate, run in trajectories():
        table = in_study(paths.TRAJECTORY_ANALYSIS, name=name, **run)
        needed = snapshots(paths.SNAPSHOT, STUDY.snapshot_epochs(rate), **run)
        if there([table]) or there(needed) == needed:
            found.append(table)
    return found


def of_every_prune_after(template):
    epochs = STUDY.analyses.prune_after.epochs if STUDY.analyses.prune_after is not None else []
    return there(
        in_study(template, task=task, learning_rate=FOLLOWED, seed=seed, epoch=epoch)
        for task in STUDY.tasks
        for seed in GRID.seeds
        for epoch in epochs
    )


def analysis_tables(*names):
    return [in_study(paths.ANALYSIS, name=name) for name in names]


def report_tables(name, *formats):
    """A table for readers: its CSV is in Snakemake's report."""
    csv, *others = (in_study(paths.TABLE, name=name, format=suffix) for suffix in ("csv", *formats))
    return [report(csv, caption=f"../report/{name}.rst", category="Tables"), *others]


def published(name):
    return f"workflow/reference/{name}.csv"


def growing(first):
    """A resource of which each attempt gets so much more: what was short of memory or time must not be sent back to it."""

    def of_attempt(wildcards, attempt):
        return first * attempt

    return of_attempt


def before_the_first_job():
    """Nothing is started in vain, nor beside what an earlier start left running: that is cancelled, and goes on from its
    saved state. Snakemake holds the lock on the study's files here."""
    from snakemake.exceptions import WorkflowError

    from prunetransfer.running import slurm
    from prunetransfer.errors import PruneTransferError
    from prunetransfer.preflight.problems import preflight

    asked = workflow.local_exec and "gpu" in dict(workflow.global_resources.items())
    gpus = workflow.global_resources["gpu"].value if asked else 0
    try:
        preflight(STUDY, Path(in_study(paths.ROOT)), slots=1, gpus=gpus)
        left = slurm.jobs_of(STUDY.study, Path.cwd())
        for job in left:
            print(f"cancelled, an earlier start left it: SLURM job {job.number}, {job.comment}", file=sys.stderr)
        if left:
            slurm.cancel(left)
    except PruneTransferError as error:
        raise WorkflowError(f"error: {error}")


# A small encoder's operations are too short to share: with 2 threads, 61,000 tokens/s in place of one thread's 46,000 on
# a quiet machine, and 1,000 where something else wants the cores too.
SMALL = STUDY.encoder.source == "fresh" and STUDY.encoder.hidden_size < 256
UNPRUNED = "prune_pretrain"
FOLLOWED = paths.format_learning_rate(STUDY.followed_learning_rate)
PASSING_EPOCHS = [epoch for epoch in STUDY.snapshot_epochs(STUDY.followed_learning_rate) if epoch != STUDY.unpruned_epochs]
SNAPSHOT_FILES = (paths.SNAPSHOT, paths.SNAPSHOT_WEIGHTS)
