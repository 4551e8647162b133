"""All paths of files under results/. No other module contains such a path."""

from pathlib import Path

ROOT = "results/{study}"


def filled(template: str, **known: object) -> str:
    """A template with the known wildcards filled in. Other wildcards stay."""
    for name, value in known.items():
        template = template.replace(f"{{{name}}}", str(value))
    return template


def within(folder: Path, template: str, **known: object) -> Path:
    """The path of a template below `folder`, a study's folder wherever it is."""
    return folder / filled(template.removeprefix(f"{ROOT}/"), **known)


def format_learning_rate(learning_rate: float) -> str:
    """The shortest scientific notation, for names of folders: 2e-5, 1.5e-3."""
    mantissa, exponent = f"{learning_rate:.15e}".split("e")
    mantissa = f"{float(mantissa):.12g}"
    return f"{mantissa}e{int(exponent)}"


MANIFEST = f"{ROOT}/manifest.json"
"""Lists the files that no other manifest lists: analyses, tables, figures and the configuration."""
RESOLVED_CONFIG = f"{ROOT}/config.yaml"
LANGUAGE = f"{ROOT}/language/manifest.json"
ENCODER = f"{ROOT}/encoder/manifest.json"
CORPUS = f"{ROOT}/corpus/manifest.json"
TASK = f"{ROOT}/tasks/{{task}}/manifest.json"

BURN_IN = f"{ROOT}/burn_in/manifest.json"
PRETRAINED = f"{ROOT}/pretrained/{{criterion}}/{{sparsity}}/manifest.json"
PRETRAINED_JOB = "pretrained/{criterion}/{sparsity}"
"""The name of the job that makes a checkpoint."""
DENSE = "dense"
"""The name of the criterion at 0 %, where nothing is pruned and all criteria share one checkpoint."""

RUN = "{arm}/{sparsity}/{task}/lr{learning_rate}/seed{seed}"
FINETUNED_JOB = f"finetuned/{RUN}"
"""The name of a fine-tuning's job. Logs, times and saved states are filed under the names of jobs."""
METRICS = f"{ROOT}/finetuned/{RUN}/metrics.json"
PREDICTIONS = f"{ROOT}/finetuned/{RUN}/predictions.npy"
TRAJECTORY = "{task}/lr{learning_rate}/seed{seed}"
SNAPSHOT = f"{ROOT}/trajectories/{TRAJECTORY}/epoch{{epoch}}/manifest.json"
SNAPSHOT_WEIGHTS = f"{ROOT}/trajectories/{TRAJECTORY}/epoch{{epoch}}/snapshot.safetensors"
PRUNE_AFTER = f"epoch{{epoch}}/{TRAJECTORY}"
PRUNE_AFTER_METRICS = f"{ROOT}/prune_after/{PRUNE_AFTER}/metrics.json"
PRUNE_AFTER_PREDICTIONS = f"{ROOT}/prune_after/{PRUNE_AFTER}/predictions.npy"

ANALYSIS = f"{ROOT}/analysis/{{name}}.csv"
TRAJECTORY_ANALYSIS = f"{ROOT}/analysis/trajectories/{TRAJECTORY}/{{name}}.csv"

TABLE = f"{ROOT}/tables/{{name}}.{{format}}"
PUBLISHED = "workflow/reference/{name}.csv"
"""A table of the paper's numbers. This is the only path here that does not belong to a study."""
FIGURE = f"{ROOT}/figures/figure{{number}}.{{format}}"

STATES = f"{ROOT}/.state"
STATE = f"{STATES}/{{job}}"
"""The state from which a killed job resumes. It is no output of a rule, because Snakemake deletes outputs of killed jobs."""
TIMING = f"{ROOT}/timing/{{job}}.json"
"""Measured times. They have their own files so that the results have the same bytes in every run."""
LOG = f"{ROOT}/logs/{{job}}.log"
BENCHMARK = f"{ROOT}/benchmarks/{{job}}.tsv"
TENSORBOARD = f"{ROOT}/tensorboard/{{job}}"
