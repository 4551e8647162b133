"""Makes a study's plan: jobs, hours, wall-clock time and disk space, and the origin of each number."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from prunetransfer.config.study import Study

from .costs import Cost, cost_of, tokens_per_sequence
from .disk import disk
from .encoder import planned_encoder
from .measured import measured_others, measured_throughput
from .schedule import critical_path, makespan
from .sizes import EncoderSizes
from .tasks import TaskSize, task_size
from .throughput import Throughput, read_throughput
from .trainings import Training, other_jobs, trainings


@dataclass(frozen=True)
class Machine:
    """The machine on which a study will run.

    devices: the number of GPUs, or of cores if `unit` is "core". runs: the number of trainings that share a device.
    """

    devices: int
    runs: int = 1
    unit: str = "GPU"

    @property
    def slots(self) -> int:
        """The number of trainings that run at once."""
        return self.devices * self.runs


@dataclass(frozen=True)
class Stage:
    """The costs of all jobs of a rule that trains."""

    jobs: int
    sequences: int
    """The number of sequences that are trained on. Each counts as often as it is seen."""
    tokens: float
    """The number of tokens that are trained on."""
    device_seconds: float
    """The total time on devices. Trainings that share a device share its time."""


@dataclass(frozen=True)
class Plan:
    study: str
    machine: Machine
    stages: dict[str, Stage]
    """The costs of each rule that trains."""
    others: dict[str, int]
    """The number of jobs of each rule that doesn't train."""
    other_seconds: dict[str, float]
    """The seconds that the jobs of these rules took, if they were measured."""
    wall_seconds: float
    """The time of all trainings on the machine, without the other jobs."""
    critical_seconds: float
    """The time of all trainings with an unlimited number of devices, which is that of the longest chain of jobs."""
    disk: dict[str, float | None]
    """The bytes for each purpose; None if they are unknown."""
    throughput: Throughput
    origins: dict[str, str] = field(default_factory=dict)
    """The origin of each number of the plan: measured, given or assumed."""

    @property
    def device_seconds(self) -> float:
        return sum(stage.device_seconds for stage in self.stages.values())


def make_plan(study: Study, machine: Machine, folder: Path, throughput_file: Path | None = None) -> Plan:
    """Plans a whole study, as if none of its jobs had run.

    folder: results/<study>, which may have measured sizes and times.
    throughput_file: the file with the throughput. With None it is measured: from the times of the study's finished jobs or,
        if there are none, by a probe of this machine.

    Raises PlanError if something is unknown. The message says what the user can give. Raises DataError for a local file of a
    task that can't be read.
    """
    given = read_throughput(throughput_file) if throughput_file is not None else None
    encoder = planned_encoder(study, folder, given.encoder if given else None)
    sizes = {task: task_size(study, task, folder) for task in study.tasks}
    throughput, origin = _throughput(study, encoder.sizes, sizes, folder, given, throughput_file)
    jobs = list(trainings(study))
    costs = {job.job: cost_of(study, job, sizes, throughput) for job in jobs}
    seconds = {name: cost.seconds for name, cost in costs.items()}
    after = {job.job: job.after for job in jobs}
    return Plan(
        study=study.study,
        machine=machine,
        stages=_stages(jobs, costs, machine),
        others=other_jobs(study),
        other_seconds=measured_others(study, folder),
        wall_seconds=makespan(seconds, after, machine.slots),
        critical_seconds=critical_path(seconds, after),
        disk=disk(study, jobs, encoder, sizes, throughput.corpus_tokens, machine.slots, folder),
        throughput=throughput.model_copy(update={"encoder": encoder.sizes}),
        origins=_origins(study, throughput, origin, encoder.origin, sizes, machine),
    )


def _throughput(
    study: Study,
    encoder: EncoderSizes,
    sizes: dict[str, TaskSize],
    folder: Path,
    given: Throughput | None,
    file: Path | None,
) -> tuple[Throughput, str]:
    if given is not None:
        return given, f"given: {file}"
    if measured := measured_throughput(study, sizes, folder):
        throughput, jobs = measured
        return throughput, f"measured: medians of {jobs} jobs in {folder / 'timing'}, as many at once as there ran"
    from .probe import probe

    throughput, device = probe(study, encoder, sizes)
    return throughput, f"measured: a probe of this machine, {device}, one run alone, without mask updates"


def _stages(jobs: list[Training], costs: dict[str, Cost], machine: Machine) -> dict[str, Stage]:
    stages = {}
    for rule, count in Counter(job.rule for job in jobs).items():
        chosen = [costs[job.job] for job in jobs if job.rule == rule]
        stages[rule] = Stage(
            jobs=count,
            sequences=sum(cost.sequences for cost in chosen),
            tokens=sum(cost.tokens for cost in chosen),
            device_seconds=sum(cost.seconds for cost in chosen) / machine.runs,
        )
    return stages


def _origins(
    study: Study,
    throughput: Throughput,
    origin: str,
    encoder_origin: str,
    sizes: dict[str, TaskSize],
    machine: Machine,
) -> dict[str, str]:
    measured = origin.startswith("measured") and throughput.tokens_per_sequence
    length = "measured" if measured else "given" if throughput.tokens_per_sequence else "assumed: full"
    evaluation = "assumed: three times as fast as training"
    if throughput.evaluation_tokens_per_second is not None:
        evaluation = origin.split(":")[0]
    origins = {
        "throughput": origin,
        "evaluation": evaluation,
        "pre-training sequences": f"{length}, {tokens_per_sequence(study, throughput):.1f} tokens on average",
        "encoder": encoder_origin,
        **{task: size.origin for task, size in sizes.items()},
    }
    if machine.runs > 1:
        origins["runs that share a GPU"] = f"assumed: each of {machine.runs} keeps the rate above"
    return origins
