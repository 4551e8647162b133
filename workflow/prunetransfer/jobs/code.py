"""Which modules each stage's numbers depend on, for its code version.

Criteria and families are called by name, so that a stage depends on the one it uses and not on all of them; the pruner
is handed to the training stages, so that dense runs don't depend on it.
"""

from prunetransfer.jobs.settings.finetune import FinetuneJobSettings
from prunetransfer.jobs.settings.pretrain import PretrainJobSettings

from .code_version import code_version


def language_code() -> str:
    return code_version("prunetransfer.data.language.write")


def encoder_code(architecture: str) -> str:
    return code_version("prunetransfer.models.prepare", _family(architecture))


def corpus_code() -> str:
    return code_version("prunetransfer.data.corpus")


def task_code() -> str:
    return code_version("prunetransfer.data.task")


def pretrain_code(settings: PretrainJobSettings, architecture: str) -> str:
    modules = ["prunetransfer.training.pretraining", _family(architecture)]
    if settings.prune is not None:
        modules += ["prunetransfer.pruning.scheduled", _criterion(settings.prune.criterion)]
    return code_version(*modules)


def finetune_code(settings: FinetuneJobSettings, architecture: str) -> str:
    modules = ["prunetransfer.training.finetuning", _family(architecture)]
    if settings.uses_mask:
        modules.append("prunetransfer.pruning.fixed")
    if settings.uses_mask and settings.method == "prune_downstream":
        modules.append(_criterion(settings.criterion))
    return code_version(*modules)


def analysis_code(name: str) -> str:
    """name: a module of analysis/ or figures/, such as analysis.table1."""
    return code_version(f"prunetransfer.{name}")


def _family(architecture: str) -> str:
    return f"prunetransfer.models.families.{architecture}"


def _criterion(name: str) -> str:
    return f"prunetransfer.pruning.criteria.{name}"
