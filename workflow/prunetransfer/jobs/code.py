"""The modules that a training's results depend on. The modules that these import count too; see `code_version`.

Criteria and architectures are imported by name, so that a job depends only on the one that it uses. Training functions get
the pruner as an argument, so that dense runs do not depend on the pruner's code.
"""

from .settings.finetune import FinetuneJobSettings, OneShotMask
from .settings.pretrain import PretrainJobSettings


def encoder_modules(architecture: str) -> tuple[str, ...]:
    return "models.prepare", _family(architecture)


def pretrain_modules(settings: PretrainJobSettings, architecture: str) -> tuple[str, ...]:
    modules = "training.pretraining", _family(architecture)
    if settings.prune is None:
        return modules
    return *modules, "pruning.scheduled", _criterion(settings.prune.saliency)


def finetune_modules(settings: FinetuneJobSettings, architecture: str) -> tuple[str, ...]:
    modules = "training.finetuning", _family(architecture)
    if settings.mask is None:
        return modules
    if isinstance(settings.mask, OneShotMask):
        return *modules, "pruning.one_shot_mask", _criterion(settings.mask.saliency)
    return *modules, "pruning.kept_mask"


def _family(architecture: str) -> str:
    return f"models.families.{architecture}"


def _criterion(saliency: str) -> str:
    return f"pruning.criteria.{saliency}"
