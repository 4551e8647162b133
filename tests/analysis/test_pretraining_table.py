import pandas as pd
import pytest

from prunetransfer.analysis.pretraining import analyse
from prunetransfer.analysis.tables.gaps import MissingResultsError

CONTRACT = (
    "criterion, sparsity, seed, steps, dev_loss, mlm_loss, nsp_loss, mlm_accuracy, achieved_sparsity, "
    "tokens_per_second, seconds"
)


def test_a_row_per_checkpoint_and_one_for_the_unpruned(make_study, tmp_path):
    study = make_study()
    analyse(study.of_checkpoints(), study.grid, tmp_path / "pretraining.csv")
    table = pd.read_csv(tmp_path / "pretraining.csv")
    assert list(table.columns) == CONTRACT.split(", ")
    assert list(zip(table["criterion"], table["sparsity"], strict=True)) == [
        ("dense", 0),
        ("magnitude", 60),
        ("random", 60),
    ]
    assert table["dev_loss"].tolist() == [2.0, 3.2, 3.2]
    assert table["tokens_per_second"].eq(46_000).all()
    assert table["nsp_loss"].isna().all()


def test_a_missing_checkpoint_is_named(make_study, tmp_path, capsys):
    study = make_study()
    (tmp_path / "results/fake/pretrained/random/60/metrics.json").unlink()
    with pytest.raises(MissingResultsError, match=r"1 of 3 checkpoints are missing: .*random/60"):
        analyse(study.of_checkpoints(), study.grid, tmp_path / "pretraining.csv")
    analyse(study.of_checkpoints(), study.grid.model_copy(update={"allow_missing": True}), tmp_path / "pretraining.csv")
    assert len(pd.read_csv(tmp_path / "pretraining.csv")) == 2
    assert "random/60" in capsys.readouterr().err
