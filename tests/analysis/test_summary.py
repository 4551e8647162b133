import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prunetransfer.analysis.summary import COLUMNS, analyse, summarise
from prunetransfer.config.claims import ClaimsSettings
from prunetransfer.storage.inputs import Inputs

SETTINGS = ClaimsSettings()
PRUNED = (10, 30, 60, 90)


def _differences(losses, arm="prune_pretrain", task="average", half=0.5, against_pruning=False):
    """Rows of differences.csv. losses: by sparsity in percent, None for a missing run."""
    rows = [
        {"quantity": "dev_accuracy", "task": task, "arm": arm, "sparsity": sparsity}
        | {"reference_arm": "prune_pretrain", "reference_sparsity": sparsity if against_pruning else 0}
        | {"difference": -loss, "ci_low": -loss - half, "ci_high": -loss + half, "method": "bootstrap"}
        for sparsity, loss in losses.items()
        if loss is not None
    ]
    return pd.DataFrame(rows)


def _study(pruning, deletion=None, gains=None, task="average"):
    """Losses of pruning and of information deletion, and gains of the second on the first, at the sparsities PRUNED."""
    tables = [_differences(dict(zip(PRUNED, pruning, strict=True)), task=task)]
    if deletion is not None:
        tables.append(_differences(dict(zip(PRUNED, deletion, strict=True)), "information_deletion", task))
        losses = {sparsity: -gain for sparsity, gain in zip(PRUNED, gains, strict=True)}
        tables.append(_differences(losses, "information_deletion", task, against_pruning=True))
    table = pd.concat(tables)
    # Rows of another quantity and of another arm, which must not be read.
    return pd.concat(
        [table, table.assign(quantity="train_loss", difference=-99.0), table.assign(arm="random", ci_high=-99.0)]
    )


def _row(differences, settings=SETTINGS):
    (row,) = summarise(differences, settings).to_dict("records")
    return row


def _written(differences, folder):
    differences.to_csv(folder / "differences.csv", index=False)
    analyse(Inputs({"differences": [folder / "differences.csv"]}), SETTINGS, folder / "out" / "summary.csv")
    return pd.read_csv(folder / "out" / "summary.csv"), (folder / "out" / "summary.md").read_text()


def test_the_largest_harmless_sparsity_and_the_first_loss():
    row = _row(_study((0.2, 0.4, 4.1, 20)))
    assert (row["tested"], row["harmless_up_to"], row["harmless_loss"]) == ("10;30;60;90", 30, 0.4)
    assert (row["significant_from"], row["significant_loss"]) == (60, 4.1)
    assert (row["significant_ci_low"], row["significant_ci_high"]) == pytest.approx((3.6, 4.6))
    assert row["tolerable_up_to"] == 30


def test_harmless_ends_at_the_first_significant_loss_even_if_a_higher_sparsity_has_none():
    row = _row(_study((0, 2, 0.3, 20)))
    assert (row["harmless_up_to"], row["significant_from"], row["tolerable_up_to"]) == (10, 30, 60)


def test_nothing_is_harmless():
    row = _row(_study((2, 3, 4, 20)))
    assert row["harmless_up_to"] == 0 and pd.isna(row["harmless_loss"])
    assert pd.isna(row["tolerable_up_to"])


def test_a_gain_is_no_loss():
    row = _row(_study((-3, -2, -1, -1)))
    assert row["harmless_up_to"] == row["tolerable_up_to"] == 90
    assert pd.isna(row["significant_from"])


def test_the_borders_of_the_regimes():
    row = _row(_study((0, 0.8, 3, 20), deletion=(0.6, 0, 2, 9), gains=(0, 0.8, 0.4, 11)))
    # Deletion also loses at 10 %, but not at 30 %. Pruning also does worse at 30 %, but not at 60 %.
    assert (row["information_deleted_from"], row["complexity_restricted_from"]) == (60, 90)
    row = _row(_study((0, 0, 0, 0), deletion=(0, 0, 0, 0), gains=(1, 1, 1, 0)))
    assert pd.isna(row["information_deleted_from"]) and pd.isna(row["complexity_restricted_from"])


def test_the_tolerance_is_the_settings():
    generous = ClaimsSettings.model_validate({"tolerance": {"accuracy": 5}})
    assert _row(_study((0.2, 0.4, 4.1, 20)), generous)["tolerable_up_to"] == 60


def test_a_missing_run_and_a_missing_interval_are_not_tested():
    differences = _study((0.2, None, 4.1, 20))
    differences.loc[differences["sparsity"] == 60, ["ci_low", "ci_high"]] = None
    row = _row(differences)
    assert (row["tested"], row["harmless_up_to"], row["significant_from"]) == ("10;90", 10, 90)


@settings(max_examples=40)
@given(st.lists(st.floats(-5, 5), min_size=4, max_size=4), st.lists(st.floats(-5, 5), min_size=4, max_size=4))
def test_the_row_equals_a_direct_reading_of_the_definitions(losses, gains):
    row = _row(_study(losses, losses, gains))
    harmless = [s for s in PRUNED if all(loss - 0.5 <= 0 for q, loss in zip(PRUNED, losses, strict=True) if q <= s)]
    assert row["harmless_up_to"] == max(harmless, default=0)
    tolerable = [s for s, loss in zip(PRUNED, losses, strict=True) if loss + 0.5 < 1]
    assert tolerable == [] if pd.isna(row["tolerable_up_to"]) else row["tolerable_up_to"] == max(tolerable)
    for name, lost in (("information_deleted_from", losses), ("complexity_restricted_from", gains)):
        start = [s for s in PRUNED if all(value - 0.5 > 0 for q, value in zip(PRUNED, lost, strict=True) if q >= s)]
        assert start == [] if pd.isna(row[name]) else row[name] == min(start)


def test_the_file_and_the_page(tmp_path):
    tasks = {"CoLA": (0.2, 0.4, 4.1, 20), "average": (0.1, 0.2, 2.0, 9), "1": (2, 3, 4, 5)}
    deletion = {"deletion": (0, 0, 1.5, 6), "gains": (0, 0, 0.4, 3)}
    table, page = _written(
        pd.concat([_study(losses, **deletion, task=task) for task, losses in tasks.items()]), tmp_path
    )
    assert list(table.columns) == COLUMNS
    assert list(table["task"]) == ["average", "CoLA", "1"]
    text = " ".join(page.split())
    assert text.startswith(
        "On average over tasks: up to 30 % no significant loss; at 60 % it loses 2.0 points [1.5, 2.5]."
    )
    assert "deleted: from 60 %" in text and "restricted as well: from 90 %" in text
    assert "- CoLA: up to 30 % no significant loss; at 60 % it loses 4.1 points [3.6, 4.6]." in text
    assert "A loss of 1 point is ruled out at 30 %." in text
    assert (
        "- 1: already at 10 % it loses 2.0 points [1.5, 2.5]. At no tested sparsity is a loss of 1 point ruled out"
        in text
    )
    written = [(tmp_path / "out" / f"summary.{suffix}").read_bytes() for suffix in ("csv", "md")]
    analyse(Inputs({"differences": [tmp_path / "differences.csv"]}), SETTINGS, tmp_path / "out" / "summary.csv")
    assert written == [(tmp_path / "out" / f"summary.{suffix}").read_bytes() for suffix in ("csv", "md")]


def test_the_page_of_a_study_with_gaps(tmp_path):
    differences = pd.concat([_study((0, 0, 0, 2), task="CoLA"), _study((0, 0, None, 2), task="SST-2")])
    _, page = _written(differences, tmp_path)
    text = " ".join(page.split())
    assert text.startswith("There is no average over tasks")
    assert "Not tested, since runs are missing: 60 %." in text
    assert "Information" not in text


def test_the_page_mentions_models_that_get_the_same_examples_right(tmp_path):
    differences = _study((0, 0, 0, 0)).assign(ci_low=0.0, ci_high=0.0)
    assert "At 90 % it gets exactly the dev examples right" in " ".join(_written(differences, tmp_path)[1].split())


def test_no_runs_at_all(tmp_path):
    table, page = _written(_study((0, 0, 0, 0)).iloc[:0], tmp_path)
    assert table.empty and list(table.columns) == COLUMNS
    assert page.startswith("There is no average over tasks: runs are missing.")
