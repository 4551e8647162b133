"""The settings of each analysis, from a study."""

from prunetransfer.config.study import Study

from .settings.analyses import (
    FeaturesSettings,
    InformationSettings,
    MaskDifferencesSettings,
    MovementSettings,
    Table2Settings,
    WeightMapsSettings,
)


def movement(study: Study) -> MovementSettings:
    prune_after = study.analyses.prune_after
    return MovementSettings(
        bins=study.analyses.movement_bins, sparsities=[prune_after.sparsity] if prune_after is not None else []
    )


def mask_differences(study: Study) -> MaskDifferencesSettings:
    return MaskDifferencesSettings(sparsities=study.pruned_sparsity_percents)


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
