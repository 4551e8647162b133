"""The command line: one subcommand per rule of the workflow, and some for people.

Each imports its stage when it is called: parsing `--help` or a configuration must not wait for torch.
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

Settings = Annotated[str, typer.Option(help="The stage's settings as JSON.")]
Output = Annotated[Path, typer.Option(help="The manifest to write; the stage's other files stand beside it.")]
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
    typer.Option(envvar="SLURM_JOB_END_TIME", help="UNIX time at which the job will be killed: it stops before."),
]
Scheduler = Annotated[
    int | None,
    typer.Option(envvar="PRUNETRANSFER_SCHEDULER", help="Id of a process; when it is gone, this job stops."),
]


@app.command()
def language(settings: Settings, output: Output) -> None:
    """Write the artificial language: a corpus and five tasks."""
    from .config.language import LanguageSettings
    from .data.language.write import write_language

    write_language(LanguageSettings.model_validate_json(settings), output)


@app.command()
def encoder(settings: Settings, output: Output, language: Language = None) -> None:
    """Fetch, copy or make the encoder's folder."""
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

    stage = TaskJobSettings.model_validate_json(settings)
    prepare_task(stage.task, stage.name, stage.max_length, encoder, output, language)


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
    processes: Annotated[int, typer.Option(min=0, help="Train on so many GPUs, a process each; on CPUs too.")] = 1,
    compiled: Annotated[int, typer.Option(min=0, max=1, help="1: compile the encoder's layers first, on a GPU.")] = 0,
) -> None:
    """Pre-train: the burn-in, or a checkpoint pruned by a criterion to a sparsity."""
    from .jobs.code import pretrain_code
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
    stage = PretrainJobSettings.model_validate_json(settings)
    code = pretrain_code(stage, architecture_of(checkpoint))
    with gpus_of_its_own(1) if processes <= 1 else nullcontext():
        run = Execution(
            name=f"{output.parent}",
            code_version=code,
            threads=max(1, threads // max(1, processes)),
            state_file=state,
            save_interval=save_interval,
            timing=timing,
            tensorboard=tensorboard,
            interruption=Interruption(deadline, scheduler),
            processes=join_processes(),
            compiled=bool(compiled),
        )
        with run.exclusive():
            pretrain(stage, checkpoint, corpus, output, run, scheduled_pruner if stage.prune else None)
    run.processes.end()


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
    from .jobs.code import finetune_code
    from .jobs.settings.finetune import FinetuneJobSettings
    from .pruning.fixed import checkpoint_pruner, one_shot_pruner
    from .running.execution import Execution
    from .running.gpu_slots import gpus_of_its_own
    from .running.interruption import Interruption
    from .storage.manifests import architecture_of
    from .training.finetuning import finetune

    stage = FinetuneJobSettings.model_validate_json(settings)
    make_pruner = None
    if stage.uses_mask:
        make_pruner = one_shot_pruner if stage.method == "prune_downstream" else checkpoint_pruner
    code = finetune_code(stage, architecture_of(checkpoint))
    interruption = Interruption(deadline, scheduler)
    run = Execution(f"{metrics.parent}", code, threads, state, save_interval, timing, tensorboard, interruption)
    with run.exclusive(), gpus_of_its_own(1):
        finetune(stage, checkpoint, task, metrics, predictions, run, make_pruner, snapshots)


@app.command()
def analyse(
    name: Annotated[str, typer.Argument(help="A module of analysis/ that has a function `analyse`.")],
    inputs: Annotated[list[Path] | None, typer.Argument(help="What it reads: manifests and tables.")] = None,
    settings: Annotated[str, typer.Option(help="Its settings as JSON.")] = "null",
    output: Annotated[Path, typer.Option(help="The table to write; further ones stand beside it.")] = ...,
    threads: Threads = 1,
) -> None:
    """Ask a question of checkpoints, runs or tables; the answer is a tidy table."""
    module = import_module(f"prunetransfer.analysis.{name}")
    if "torch" in sys.modules:  # not every analysis needs it, and importing it takes 2 s
        sys.modules["torch"].set_num_threads(threads)
    module.analyse(inputs or [], module.SETTINGS.model_validate_json(settings) if module.SETTINGS else None, output)


@app.command()
def figure(
    number: Annotated[int, typer.Argument(help="As in the paper.")],
    inputs: Annotated[list[Path], typer.Argument(help="The tables that it draws.")],
    settings: Settings,
    output: Annotated[Path, typer.Option(help="The figure to draw; .pdf and .csv stand beside it.")],
) -> None:
    """Draw a figure."""
    from .config.figures import FigureSettings

    module = import_module(f"prunetransfer.figures.figure{number}")
    module.draw(inputs, FigureSettings.model_validate_json(settings), output.with_suffix(""))


@app.command()
def export(
    checkpoint: Annotated[Path, typer.Argument(help="A checkpoint's folder or manifest.")],
    folder: Annotated[Path, typer.Argument(help="The folder to write.")],
) -> None:
    """Write a checkpoint as an ordinary transformers folder, pruned weights as zeros."""
    from .models.checkpoint import export

    export(checkpoint / "manifest.json" if checkpoint.is_dir() else checkpoint, folder)


@app.command()
def resolve(settings: Settings, output: Annotated[Path, typer.Option(help="The file to write.")]) -> None:
    """Write the resolved configuration, every default filled in, as YAML."""
    from .config.study import Study
    from .storage.resolved_config import write_resolved_config

    write_resolved_config(Study.model_validate_json(settings), output)


@app.command()
def manifest(output: Annotated[Path, typer.Option(help="The manifest to write, in the study's folder.")]) -> None:
    """List analyses, tables, figures and the configuration with their digests."""
    from .storage.verification import write_study_manifest

    write_study_manifest(output)


@app.command()
def verify(results: Annotated[Path, typer.Argument(help="A study's folder: results/<study>.")]) -> None:
    """Compare all results with the digests that were written with them; name each file that is missing or damaged."""
    from .storage.verification import verify

    typer.echo(verify(results))


@app.command()
def check(config: Annotated[Path, typer.Argument(help="A study's configuration.")]) -> None:
    """Check a configuration and say what it would run."""
    from .config.local_files import refuse_missing_files
    from .config.reading import load_study

    study = load_study(config)
    refuse_missing_files(study)
    grid = study.grid()
    typer.echo(
        f"{config}: study {study.study}: {len(list(grid.checkpoints()))} pre-trained checkpoints, "
        f"{len(list(grid.runs()))} fine-tunings, {study.prune_after_runs()} runs of Figure 3"
    )


@app.command()
def plan(
    config: Annotated[Path, typer.Argument(help="A study's configuration.")],
    gpus: Annotated[int, typer.Option(min=1, help="GPUs to train on.")] = 1,
    runs_per_gpu: Annotated[int, typer.Option(min=1, help="Trainings that share a GPU.")] = 1,
    cores: Annotated[int | None, typer.Option(min=1, help="No GPU: so many trainings at once, a core each.")] = None,
    throughput: Annotated[Path | None, typer.Option(help="JSON file with rates; without: measured ones.")] = None,
    results: Annotated[Path | None, typer.Option(help="The study's results. By default results/<study>.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say what a study costs before it is run: jobs, hours, wall-clock time and disk."""
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
    node: Annotated[str | None, typer.Option(help="What runs a command on a compute node: 'srun --gpus 1'.")] = None,
) -> None:
    """Say in seconds what would fail a study later: permissions, disk, hub, GPUs; a compute node's clock and files."""
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
    """List the study's SLURM jobs; after a Snakemake was killed, those that it left behind."""
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
    """Runs a command line in this process. Returns its exit status, not 0 for an error that the user can mend, printed."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", datefmt="%H:%M:%S")
    logging.getLogger("fontTools").setLevel(logging.WARNING)  # dozens of lines for each PDF
    try:
        app(arguments, prog_name="prunetransfer", standalone_mode=True, obj=arguments)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 1
    except PruneTransferError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_status
    return 0
