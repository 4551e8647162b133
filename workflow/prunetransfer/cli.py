"""The command line: one command for each kind of rule in the workflow, and some commands for users.

Each command imports its code when it is called, because `--help` and `check` must not wait until torch is imported.
"""

import logging
import sys
from contextlib import nullcontext
from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer

from .errors import PruneTransferError

app = typer.Typer(
    name="prunetransfer",
    help="What does pruning an encoder do to everything it is fine-tuned for?",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

Settings = Annotated[str, typer.Option(help="The job's settings as JSON.")]
Output = Annotated[Path, typer.Option(help="The manifest to write. The job writes its other files beside it.")]
Language = Annotated[Path | None, typer.Option(help="Manifest of the artificial language.")]
Encoder = Annotated[Path, typer.Option(help="Manifest of the encoder.")]
Checkpoint = Annotated[Path, typer.Option(help="Manifest of the checkpoint to start from.")]
Threads = Annotated[int, typer.Option(min=1, help="CPU threads.")]
State = Annotated[Path, typer.Option(help="File that a killed run resumes from.")]
Timing = Annotated[Path, typer.Option(help="JSON file for measured times.")]
Tensorboard = Annotated[Path | None, typer.Option(help="Folder for TensorBoard events.")]
SaveInterval = Annotated[float, typer.Option(min=0, help="Seconds between two saves of the state.")]
Deadline = Annotated[
    float | None,
    typer.Option(
        envvar="SLURM_JOB_END_TIME", help="UNIX time at which the job will be killed; it saves and stops before this."
    ),
]
Scheduler = Annotated[
    int | None,
    typer.Option(
        envvar="PRUNETRANSFER_SCHEDULER", help="Id of a process; the job saves and stops when that process has ended."
    ),
]


@app.command()
def language(settings: Settings, output: Output) -> None:
    """Write the artificial language: a corpus and five tasks."""
    from .config.language import LanguageSettings
    from .data.language.write import write_language

    write_language(LanguageSettings.model_validate_json(settings), output)


@app.command()
def encoder(settings: Settings, output: Output, language: Language = None) -> None:
    """Download, copy or create the encoder's folder."""
    from .jobs.settings.encoder import EncoderJobSettings
    from .models.prepare import prepare_encoder

    prepare_encoder(EncoderJobSettings.model_validate_json(settings), output, language)


@app.command()
def corpus(
    settings: Settings, encoder: Encoder, output: Output, language: Language = None, threads: Threads = 1
) -> None:
    """Split the corpus into sentences and tokenise it."""
    from .config.corpus import CorpusSettings
    from .data.corpus import prepare_corpus

    prepare_corpus(CorpusSettings.model_validate_json(settings), encoder, output, language, threads)


@app.command()
def task(settings: Settings, encoder: Encoder, output: Output, language: Language = None) -> None:
    """Tokenise a task."""
    from .data.task import prepare_task
    from .jobs.settings.task import TaskJobSettings

    job = TaskJobSettings.model_validate_json(settings)
    prepare_task(job.task, job.name, job.max_length, encoder, output, language)


@app.command()
def pretrain(
    context: typer.Context,
    settings: Settings,
    checkpoint: Checkpoint,
    corpus: Annotated[Path, typer.Option(help="Manifest of the corpus.")],
    output: Output,
    state: State,
    timing: Timing,
    tensorboard: Tensorboard = None,
    threads: Threads = 1,
    save_interval: SaveInterval = 300.0,
    deadline: Deadline = None,
    scheduler: Scheduler = None,
    processes: Annotated[int, typer.Option(min=0, help="Number of processes that train together, each on a GPU.")] = 1,
    compiled: Annotated[int, typer.Option(min=0, max=1, help="1: on a GPU, compile the encoder's layers first.")] = 0,
) -> None:
    """Pre-train: the burn-in, or a checkpoint pruned by a criterion to a sparsity."""
    from .jobs.code import pretrain_modules
    from .jobs.code_version import code_version
    from .jobs.settings.pretrain import PretrainJobSettings
    from .pruning.scheduled import scheduled_pruner
    from .running.distributed import are_started, join_processes, launch
    from .running.execution import Execution
    from .running.gpu_slots import gpus_of_its_own
    from .running.interruption import Interruption
    from .storage.manifests import architecture_of
    from .training.pretraining import pretrain

    if processes > 1 and not are_started():
        with gpus_of_its_own(processes):
            raise typer.Exit(launch(processes, context.obj))
    job = PretrainJobSettings.model_validate_json(settings)
    with gpus_of_its_own(1) if processes <= 1 else nullcontext():
        execution = Execution(
            name=f"{output.parent}",
            code_version=code_version(*pretrain_modules(job, architecture_of(checkpoint))),
            threads=max(1, threads // max(1, processes)),
            state_file=state,
            save_interval=save_interval,
            timing=timing,
            tensorboard=tensorboard,
            interruption=Interruption(deadline, scheduler),
            processes=join_processes(),
            compiled=bool(compiled),
        )
        with execution.exclusive():
            pretrain(job, checkpoint, corpus, output, execution, scheduled_pruner if job.prune else None)
    execution.processes.end()


@app.command()
def finetune(
    settings: Settings,
    checkpoint: Checkpoint,
    task: Annotated[Path, typer.Option(help="Manifest of the task.")],
    metrics: Annotated[Path, typer.Option(help="JSON file for the scores.")],
    predictions: Annotated[Path, typer.Option(help="File for the dev predictions.")],
    state: State,
    timing: Timing,
    snapshots: Annotated[str | None, typer.Option(help="Manifest of a snapshot; * stands for the epoch.")] = None,
    tensorboard: Tensorboard = None,
    threads: Threads = 1,
    save_interval: SaveInterval = 300.0,
    deadline: Deadline = None,
    scheduler: Scheduler = None,
) -> None:
    """Fine-tune on a task and score on its dev set."""
    from .jobs.code import finetune_modules
    from .jobs.code_version import code_version
    from .jobs.settings.finetune import FinetuneJobSettings, OneShotMask
    from .pruning.kept_mask import kept_mask_pruner
    from .pruning.one_shot_mask import one_shot_pruner
    from .running.execution import Execution
    from .running.gpu_slots import gpus_of_its_own
    from .running.interruption import Interruption
    from .storage.manifests import architecture_of
    from .training.finetuning import finetune

    job = FinetuneJobSettings.model_validate_json(settings)
    make_pruner = None
    if job.mask is not None:
        make_pruner = one_shot_pruner if isinstance(job.mask, OneShotMask) else kept_mask_pruner
    execution = Execution(
        name=f"{metrics.parent}",
        code_version=code_version(*finetune_modules(job, architecture_of(checkpoint))),
        threads=threads,
        state_file=state,
        save_interval=save_interval,
        timing=timing,
        tensorboard=tensorboard,
        interruption=Interruption(deadline, scheduler),
    )
    with execution.exclusive(), gpus_of_its_own(1):
        finetune(job, checkpoint, task, metrics, predictions, execution, make_pruner, snapshots)


InputOptions = Annotated[
    list[str] | None, typer.Option("--input", help="name=path of a file to read. A name may be given several times.")
]


@app.command()
def analyse(
    name: Annotated[str, typer.Argument(help="A module of analysis/ that has a function `analyse`.")],
    output: Annotated[Path, typer.Option(help="The table to write. Further tables are written beside it.")],
    inputs: InputOptions = None,
    settings: Annotated[str, typer.Option(help="The analysis' settings as JSON.")] = "null",
    threads: Threads = 1,
) -> None:
    """Analyse checkpoints, runs or tables, and write a table."""
    from .storage.inputs import Inputs

    module = import_module(f"prunetransfer.analysis.{name}")
    if "torch" in sys.modules:  # not every analysis needs torch, and importing it takes 2 s
        sys.modules["torch"].set_num_threads(threads)
    told = module.SETTINGS.model_validate_json(settings) if module.SETTINGS else None
    module.analyse(Inputs.parse(inputs or []), told, output)


@app.command()
def figure(
    number: Annotated[int, typer.Argument(help="The figure's number in the paper.")],
    settings: Settings,
    output: Annotated[Path, typer.Option(help="The .png file to write. A .pdf and a .csv are written beside it.")],
    inputs: InputOptions = None,
) -> None:
    """Draw a figure."""
    from .config.figures import FigureSettings
    from .storage.inputs import Inputs

    module = import_module(f"prunetransfer.figures.figure{number}")
    module.draw(Inputs.parse(inputs or []), FigureSettings.model_validate_json(settings), output.with_suffix(""))


@app.command()
def export(
    checkpoint: Annotated[Path, typer.Argument(help="A checkpoint's folder or manifest.")],
    folder: Annotated[Path, typer.Argument(help="The folder to write.")],
) -> None:
    """Write a checkpoint as an ordinary folder of transformers, in which pruned weights are 0."""
    from .models.checkpoint import export

    export(checkpoint / "manifest.json" if checkpoint.is_dir() else checkpoint, folder)


@app.command()
def resolve(settings: Settings, output: Annotated[Path, typer.Option(help="The file to write.")]) -> None:
    """Write the configuration as YAML, with every default filled in."""
    from .config.study import Study
    from .storage.resolved_config import write_resolved_config

    write_resolved_config(Study.model_validate_json(settings), output)


@app.command()
def manifest(output: Annotated[Path, typer.Option(help="The manifest to write, in the study's folder.")]) -> None:
    """Write the study's manifest: analyses, tables, figures and the configuration, with their digests."""
    from .storage.verification import write_study_manifest

    write_study_manifest(output)


@app.command()
def verify(results: Annotated[Path, typer.Argument(help="A study's folder: results/<study>.")]) -> None:
    """Compare all results with their digests, and name each file that is missing or damaged."""
    from .storage.verification import verify

    typer.echo(verify(results))


@app.command()
def check(config: Annotated[Path, typer.Argument(help="A study's configuration.")]) -> None:
    """Check a configuration, and print how many trainings it would run."""
    from collections import Counter

    from .config.local_files import refuse_missing_files
    from .config.reading import load_study
    from .jobs.study_jobs import StudyJobs

    study = load_study(config)
    refuse_missing_files(study)
    counts = Counter(job.rule for job in StudyJobs(study).jobs)
    fine_tunings = sum(counts[rule] for rule in ("trajectory", "followed_trajectory", "finetune"))
    typer.echo(
        f"{config}: study {study.study}: {counts['pretrain']} pre-trained checkpoints, "
        f"{fine_tunings} fine-tunings, {counts['prune_after']} runs of Figure 3"
    )


@app.command()
def plan(
    config: Annotated[Path, typer.Argument(help="A study's configuration.")],
    gpus: Annotated[int, typer.Option(min=1, help="GPUs to train on.")] = 1,
    runs_per_gpu: Annotated[int, typer.Option(min=1, help="Trainings that share a GPU.")] = 1,
    cores: Annotated[int | None, typer.Option(min=1, help="Train on this many CPU cores, a training on each.")] = None,
    throughput: Annotated[Path | None, typer.Option(help="JSON file with rates. By default measured ones.")] = None,
    results: Annotated[Path | None, typer.Option(help="The study's results. By default results/<study>.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Estimate the costs of a study: jobs, hours, wall-clock time and disk space."""
    from json import dumps

    from .config.local_files import refuse_missing_files
    from .config.reading import load_study
    from .planning.layout import as_json, report
    from .planning.plan import Machine, make_plan
    from .storage.paths import ROOT

    study = load_study(config)
    refuse_missing_files(study)
    machine = Machine(gpus, runs_per_gpu) if cores is None else Machine(cores, unit="core")
    made = make_plan(study, machine, results or Path(ROOT.format(study=study.study)), throughput)
    typer.echo(dumps(as_json(made), indent=2) if json else report(made))


@app.command()
def preflight(
    config: Annotated[Path, typer.Argument(help="A study's configuration.")],
    slots: Annotated[int, typer.Option(min=1, help="Trainings that run at once.")] = 1,
    gpus: Annotated[int, typer.Option(min=0, help="GPUs that a job asks for.")] = 0,
    node: Annotated[
        str | None, typer.Option(help="Prefix that runs a command on a compute node: 'srun --gpus 1'.")
    ] = None,
) -> None:
    """Check in seconds for causes of later failures: permissions, disk, hub, GPUs, a compute node's clock and files."""
    from .config.local_files import refuse_missing_files
    from .config.reading import load_study
    from .preflight.node import node_problems
    from .preflight.problems import PreflightError, preflight
    from .storage.paths import ROOT

    study = load_study(config)
    refuse_missing_files(study)
    folder = Path(ROOT.format(study=study.study))
    preflight(study, folder, slots, 0 if node else gpus)
    if node and (problems := list(node_problems(node, study, folder, gpus))):
        raise PreflightError("\n".join(problems))
    typer.echo(f"{config}: study {study.study} can start")


@app.command()
def orphans(
    config: Annotated[Path, typer.Argument(help="A study's configuration.")],
    cancel: Annotated[bool, typer.Option("--cancel", help="Cancel them, and wait until they have ended.")] = False,
) -> None:
    """List the study's SLURM jobs, which go on running after Snakemake was killed."""
    from .config.reading import load_study
    from .running import slurm

    study = load_study(config)
    jobs = slurm.jobs_of(study.study, Path.cwd())
    for job in jobs:
        typer.echo(f"{job.number}  {job.state}  {job.comment}")
    if cancel and jobs:
        slurm.cancel(jobs)


@app.command()
def schema() -> None:
    """Print the JSON schema of a study's configuration, for editors."""
    import json

    from .config.schema import file_schema

    typer.echo(json.dumps(file_schema(), indent=2))


def run(arguments: list[str]) -> int:
    """Runs a command line in this process and returns its exit status. Prints errors that the user can fix."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", datefmt="%H:%M:%S")
    logging.getLogger("fontTools").setLevel(logging.WARNING)  # fontTools would log dozens of lines for each PDF
    try:
        app(arguments, prog_name="prunetransfer", standalone_mode=True, obj=arguments)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 1
    except PruneTransferError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_status
    return 0
