"""Each analysis' share of a study: all that it depends on besides its input files."""

from prunetransfer.config.study import Study
from prunetransfer.jobs.settings.analyses import (
    FeaturesSettings,
    InformationSettings,
    MaskDifferencesSettings,
    MovementSettings,
    SettlingSettings,
    Table2Settings,
    WeightMapsSettings,
)


def movement(study: Study) -> MovementSettings:
    prune_after = study.analyses.prune_after
    return MovementSettings(
        bins=study.analyses.movement_bins, sparsities=[prune_after.sparsity] if prune_after is not None else []
    )


def mask_differences(study: Study) -> MaskDifferencesSettings:
    return MaskDifferencesSettings(sparsities=study.pruned_sparsities)


def settling(study: Study) -> SettlingSettings:
    prune_after = study.analyses.prune_after
    return SettlingSettings(
        study=study.study,
        tasks=study.tasks,
        learning_rate=study.followed_learning_rate,
        seeds=study.finetuning.seeds,
        epochs=prune_after.epochs if prune_after is not None else [],
        sparsity=prune_after.sparsity if prune_after is not None else 0,
        further_epochs=prune_after.further_epochs if prune_after is not None else 0,
    )


def table2(study: Study) -> Table2Settings:
    return Table2Settings(epochs=study.unpruned_epochs)


def features(study: Study) -> FeaturesSettings:
    return FeaturesSettings(
        sequence_length=study.pretraining.objective.sequence_length, sequences=study.analyses.feature_sequences
    )


def information(study: Study) -> InformationSettings:
    return InformationSettings(leave_out=study.analyses.leave_out_of_fit)


def weight_maps(study: Study) -> WeightMapsSettings:
    return WeightMapsSettings(blocks=study.analyses.map_blocks)
