"""Jobs that pre-train: one dense burn-in, and a checkpoint for each criterion and sparsity that starts from it."""

from collections.abc import Iterator
from typing import ClassVar

from prunetransfer.storage import paths

from .code import pretrain_modules
from .job import Kind, Paths, Wildcards
from .settings.pretrain import PretrainJobSettings, PruneSettings
from .study_grid import grid


class Pretraining(Kind):
    """The code that both kinds of pre-training share."""

    start: ClassVar[str]
    """Template of the path of the manifest of the weights that training starts from."""
    end: ClassVar[str]
    """Template of the path of the manifest of the weights that it ends with."""

    def outputs(self) -> dict[str, str]:
        return {"manifest": self.in_study(self.end), "timing": self.in_study(paths.TIMING, job=self.name)}

    def inputs(self, wildcards: Wildcards) -> Paths:
        return {"checkpoint": [self.in_study(self.start)], "corpus": [self.in_study(paths.CORPUS)]}

    def modules(self, wildcards: Wildcards) -> tuple[str, ...]:
        return pretrain_modules(self.settings(wildcards), self.study.encoder.architecture)

    def settings(self, wildcards: Wildcards) -> PretrainJobSettings:
        raise NotImplementedError

    def _settings(self, phase: str, prune: PruneSettings | None) -> PretrainJobSettings:
        pretraining = self.study.pretraining
        return PretrainJobSettings(
            objective=pretraining.objective,
            optimizer=pretraining.optimizer,
            phase_name=phase,
            phase=getattr(pretraining, phase),
            seed=pretraining.seed,
            prune=prune,
        )


class BurnIn(Pretraining):
    rule = "burn_in"
    name = "burn_in"
    start = paths.ENCODER
    end = paths.BURN_IN

    def settings(self, wildcards: Wildcards) -> PretrainJobSettings:
        return self._settings("burn_in", None)


class Pretrain(Pretraining):
    rule = "pretrain"
    name = paths.PRETRAINED_JOB
    start = paths.BURN_IN
    end = paths.PRETRAINED

    def wildcards(self) -> Iterator[dict[str, str]]:
        for checkpoint in grid(self.study).checkpoints():
            yield checkpoint.wildcards()

    def settings(self, wildcards: Wildcards) -> PretrainJobSettings:
        """The settings of a checkpoint. At 0 % they do not depend on the criterion."""
        criterion, sparsity_percent = wildcards["criterion"], int(wildcards["sparsity"])
        if sparsity_percent == 0:
            return self._settings("prune", None)
        saliency, scope = self.study.saliency_and_scope(criterion)
        prune = PruneSettings(
            criterion=criterion,
            saliency=saliency,
            scope=scope,
            schedule=self.study.pretraining.criteria[criterion].schedule(),
            sparsity=sparsity_percent / 100,
        )
        return self._settings("prune", prune)
