"""Estimated sizes of checkpoints agree with the files that `storage` writes, and unknown sizes don't count as 0."""

import pytest

from prunetransfer.planning.counting import WeightCount
from prunetransfer.planning.disk import disk, sparse_bytes
from prunetransfer.planning.encoder import PlannedEncoder
from prunetransfer.planning.sizes import EncoderSizes
from prunetransfer.planning.tasks import task_size
from prunetransfer.planning.trainings import trainings

ENCODER = PlannedEncoder(EncoderSizes(), WeightCount(parameters=110_106_428, prunable=108_965_376), "given")


@pytest.mark.parametrize("sparsity", [0, 0.3, 0.9])
def test_checkpoints_have_the_estimated_size(make_family_model, tmp_path, sparsity):
    from prunetransfer.models.matrices import prunable_matrices
    from prunetransfer.models.weight_count import count_weights
    from prunetransfer.pruning.masks import mask_lowest
    from prunetransfer.storage.sparse import save_sparse

    model = make_family_model("bert")
    masks = {name: mask_lowest(weight.abs(), sparsity) for name, weight in prunable_matrices(model).items()}
    save_sparse(tmp_path / "sparse", model.state_dict(), masks if sparsity else {})
    header = int.from_bytes((tmp_path / "sparse").read_bytes()[:8], "little") + 8
    found = (tmp_path / "sparse").stat().st_size - header
    # Each of 14 matrices is rounded to whole entries and whole bytes.
    assert found == pytest.approx(sparse_bytes(WeightCount(**count_weights(model)), sparsity), abs=14 * 5)


def test_a_corpus_of_unknown_size_is_unknown(bert_base, tmp_path):
    jobs = list(trainings(bert_base))
    sizes = {task: task_size(bert_base, task, tmp_path) for task in bert_base.tasks}
    found = disk(bert_base, jobs, ENCODER, sizes, None, 4, tmp_path)
    assert found["corpus"] is None
    assert disk(bert_base, jobs, ENCODER, sizes, 1_000_000, 4, tmp_path)["corpus"] >= 2 * 2_000_000
    assert found["states of running trainings"] == 4 * 2 * 3 * 4 * ENCODER.weights.parameters


def test_snapshots_are_deleted_unless_they_are_kept(make_study, tmp_path):
    def room(keep):
        study = make_study(lambda content: content["analyses"]["trajectory"].update(keep_snapshots=keep))
        sizes = {task: task_size(study, task, tmp_path) for task in study.tasks}
        found = disk(study, list(trainings(study)), ENCODER, sizes, None, 1, tmp_path)
        return found["snapshots"], found["passing snapshots"]

    kept, passing = room(False)
    assert passing == pytest.approx(11 * kept)  # of 12 epochs, one is the unpruned arm's
    assert room(True) == (pytest.approx(kept + passing), 0)
