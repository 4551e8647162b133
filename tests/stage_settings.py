"""Settings of short pre-trainings of the tiny encoders."""

from prunetransfer.jobs.settings.pretrain import PretrainJobSettings
from prunetransfer.models.families import family_named

PRUNE = {"criterion": "magnitude", "schedule": {"kind": "cubic", "ramp_steps": 4, "interval": 3}, "sparsity": 0.7}


def pretrain_stage(architecture, prune=PRUNE, **objective):
    has_next_sentence = family_named(architecture).next_sentence_logits is not None
    objective = {"sequence_length": 16, "next_sentence": has_next_sentence, "dev_sequences": 10} | objective
    values = {"objective": objective, "optimizer": {"batch_size": 4}, "phase_name": "prune", "seed": 0, "prune": prune}
    return PretrainJobSettings.model_validate({**values, "phase": {"steps": 8, "learning_rate": 1e-3}})
