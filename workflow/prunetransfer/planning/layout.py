"""Lays out a plan for people, as Markdown, and for programs, as JSON."""

from itertools import pairwise
from typing import Any

from prunetransfer.analysis.tables.markdown import pipe_table

from .plan import Plan


def report(plan: Plan) -> str:
    """Returns the plan as a sentence and four tables, in Markdown."""
    return "\n\n".join([_headline(plan), _stages(plan), _others(plan), _disk(plan), _origins(plan)])


def as_json(plan: Plan) -> dict[str, Any]:
    """Returns the plan with times in seconds and sizes in bytes. `throughput` can be the throughput file of another plan."""
    return {
        "study": plan.study,
        "machine": {"devices": plan.machine.devices, "runs_per_device": plan.machine.runs, "unit": plan.machine.unit},
        "stages": {rule: vars(stage) for rule, stage in plan.stages.items()},
        "other_jobs": plan.others,
        "other_seconds": plan.other_seconds,
        "device_seconds": plan.device_seconds,
        "wall_seconds": plan.wall_seconds,
        "critical_seconds": plan.critical_seconds,
        "disk_bytes": plan.disk,
        "throughput": plan.throughput.model_dump(mode="json"),
        "origins": plan.origins,
    }


def _headline(plan: Plan) -> str:
    machine = plan.machine
    devices = f"{machine.devices} {machine.unit}{'s' * (machine.devices > 1)}"
    packed = f", {machine.runs} runs on each" if machine.runs > 1 else ""
    return (
        f"Study {plan.study}: {duration(plan.wall_seconds)} of training on {devices}{packed} (the longest chain "
        f"of jobs goes first); {duration(plan.critical_seconds)} with any number of them."
    )


def _stages(plan: Plan) -> str:
    rows = [
        [rule, f"{stage.jobs:,}", _count(stage.sequences), _count(stage.tokens), _hours(stage.device_seconds)]
        for rule, stage in plan.stages.items()
    ]
    total = plan.stages.values()
    sums = [sum(stage.sequences for stage in total), sum(stage.tokens for stage in total)]
    rows.append(["all", f"{sum(stage.jobs for stage in total):,}", *map(_count, sums), _hours(plan.device_seconds)])
    return pipe_table(["training", "jobs", "sequences", "tokens", f"{plan.machine.unit}-hours"], rows)


def _others(plan: Plan) -> str:
    rows = [
        [rule, f"{jobs:,}", duration(plan.other_seconds[rule]) if rule in plan.other_seconds else "not measured"]
        for rule, jobs in plan.others.items()
    ]
    return pipe_table(["other jobs, not in the times above", "jobs", "core time"], rows)


def _disk(plan: Plan) -> str:
    known = [size for size in plan.disk.values() if size is not None]
    unknown = [name for name, size in plan.disk.items() if size is None]
    rows = [[name, "unknown" if size is None else _bytes(size)] for name, size in plan.disk.items()]
    rows.append([f"at peak, at most{', without ' + ', '.join(unknown) if unknown else ''}", _bytes(sum(known))])
    table = pipe_table(["on disk", "room"], rows)
    if "corpus" in unknown:
        table += (
            "\n\nThe corpus' size is unknown: give `corpus_tokens` in the throughput file, or prepare the corpus first."
        )
    return table


def _origins(plan: Plan) -> str:
    return pipe_table(["what this rests on", ""], list(plan.origins.items()), names=2)


def duration(seconds: float) -> str:
    """Returns a time as text with at most two units: 4 min 13 s, 2 h 5 min, 12 days 3 h."""
    units = [("days", 86_400), ("h", 3_600), ("min", 60), ("s", 1)]
    for (name, size), (smaller, smaller_size) in pairwise(units):
        rounded = round(seconds / smaller_size) * smaller_size
        if rounded >= size:
            whole, rest = divmod(rounded, size)
            return f"{whole:,} {name} {rest // smaller_size} {smaller}" if rest else f"{whole:,} {name}"
    return f"{seconds:.1f} s"


def _hours(seconds: float) -> str:
    hours = seconds / 3600
    return f"{hours:,.0f}" if hours >= 100 else f"{hours:.3g}"


def _count(number: float) -> str:
    for name, size in (("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if number >= size:
            return f"{number / size:,.1f} {name}"
    return f"{number:,.0f}"


def _bytes(number: float) -> str:
    for name, size in (("TB", 1e12), ("GB", 1e9), ("MB", 1e6)):
        if number >= size:
            return f"{number / size:,.1f} {name}"
    return f"{number / 1e3:,.0f} kB"
