"""Every file name under results/, once. Nothing else spells a path of a study."""

ROOT = "results/{study}"


def filled(template: str, **known: object) -> str:
    """A template with the wildcards that are known filled in; the others stay."""
    for name, value in known.items():
        template = template.replace(f"{{{name}}}", str(value))
    return template


def format_learning_rate(learning_rate: float) -> str:
    """The shortest scientific notation: 2e-5, 1.5e-3. Used in folder names."""
    mantissa, exponent = f"{learning_rate:.15e}".split("e")
    mantissa = f"{float(mantissa):.12g}"
    return f"{mantissa}e{int(exponent)}"


MANIFEST = f"{ROOT}/manifest.json"
"""Lists what no other manifest does: analyses, tables, figures and the configuration."""
RESOLVED_CONFIG = f"{ROOT}/config.yaml"
LANGUAGE = f"{ROOT}/language/manifest.json"
ENCODER = f"{ROOT}/encoder/manifest.json"
CORPUS = f"{ROOT}/corpus/manifest.json"
TASK = f"{ROOT}/tasks/{{task}}/manifest.json"

BURN_IN = f"{ROOT}/burn_in/manifest.json"
PRETRAINED = f"{ROOT}/pretrained/{{criterion}}/{{sparsity}}/manifest.json"
DENSE = "dense"
"""The name that stands for the criterion at 0 %, where nothing is pruned: one checkpoint for all."""

RUN = "{arm}/{sparsity}/{task}/lr{learning_rate}/seed{seed}"
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
"""The paper's numbers: the one path here that is not of a study."""
FIGURE = f"{ROOT}/figures/figure{{number}}.{{format}}"

STATES = f"{ROOT}/.state"
STATE = f"{STATES}/{{job}}"
"""What a killed job resumes from; outside any rule's outputs, which Snakemake deletes."""
TIMING = f"{ROOT}/timing/{{job}}.json"
"""Measured times, apart from the results so that these are the same bytes in every run."""
LOG = f"{ROOT}/logs/{{job}}.log"
BENCHMARK = f"{ROOT}/benchmarks/{{job}}.tsv"
TENSORBOARD = f"{ROOT}/tensorboard/{{job}}"
