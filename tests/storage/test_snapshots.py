"""Snapshots return, bit for bit, what was saved, and take fewer bytes than the weights."""

import json

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from prunetransfer.storage.snapshots import SnapshotFile, load_weights, save_snapshot
from prunetransfer.storage.sparse import SparseFile, StorageError, save_sparse

SHAPES = st.lists(st.integers(0, 9), max_size=3).map(tuple)


def bits(tensor):
    return tensor.contiguous().view(torch.int32) if tensor.dtype == torch.float32 else tensor


def same_bits(one, other):
    return one.dtype == other.dtype and one.shape == other.shape and torch.equal(bits(one), bits(other))


def any_bits(shape, seed):
    """Any bit patterns: NaN, infinities, -0.0 and subnormal numbers among them."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(-(2**31), 2**31 - 1, shape, generator=generator, dtype=torch.int32).view(torch.float32)


@settings(max_examples=50)
@given(shape=SHAPES, other_shape=SHAPES, seed=st.integers(0, 1000))
def test_round_trip(tmp_path_factory, shape, other_shape, seed):
    folder = tmp_path_factory.mktemp("snapshot")
    base = {"changed": any_bits(shape, seed), "reshaped": any_bits(shape, seed), "same": any_bits(shape, seed)}
    after = {
        "changed": any_bits(shape, seed + 1),
        "reshaped": any_bits(other_shape, seed + 2),
        "same": base["same"].clone(),
        "classifier": any_bits(other_shape, seed + 3),
        "positions": torch.arange(5),
    }
    save_sparse(folder / "base", base, {})
    save_snapshot(folder / "snapshot", after, base)
    file = SnapshotFile(folder / "snapshot", SparseFile(folder / "base"))
    assert file.names == list(after)
    for name, tensor in after.items():
        assert same_bits(file.tensor(name), tensor), name


def test_small_changes_take_few_bytes(tmp_path):
    """Changes each weight by about 1 %, like fine-tuning, so that signs, exponents and the first bits of mantissas stay."""
    generator = torch.Generator().manual_seed(0)
    before = torch.randn(500, 400, generator=generator)
    after = before * (1 + 0.01 * torch.randn(before.shape, generator=generator))
    for name, weight in (("changed", after), ("same", before)):
        save_snapshot(tmp_path / name, {"weight": weight}, {"weight": before})
    assert (tmp_path / "changed").stat().st_size < 0.75 * after.nbytes
    assert (tmp_path / "same").stat().st_size < 0.01 * after.nbytes


def test_the_same_bytes_every_time(tmp_path):
    before, after = torch.randn(300, 300), torch.randn(300, 300)
    written = []
    for name in "ab":
        save_snapshot(tmp_path / name, {"weight": after}, {"weight": before})
        written.append((tmp_path / name).read_bytes())
    assert written[0] == written[1]


def test_a_snapshot_of_a_run_that_started_from_a_snapshot(tmp_path):
    weights = [torch.full((3, 4), float(number)) for number in range(3)]
    save_sparse(tmp_path / "checkpoint.safetensors", {"weight": weights[0]}, {})
    folders = [tmp_path, tmp_path / "first", tmp_path / "second"]
    (tmp_path / "manifest.json").write_text(json.dumps({"kind": "checkpoint"}))
    for number in (1, 2):
        before = load_weights(folders[number - 1] / "manifest.json")
        save_snapshot(folders[number] / "snapshot.safetensors", {"weight": weights[number]}, before)
        base = "../manifest.json" if number == 1 else "../first/manifest.json"
        (folders[number] / "manifest.json").write_text(json.dumps({"kind": "snapshot", "base": base}))
    assert np.array_equal(load_weights(folders[2] / "manifest.json")["weight"], weights[2])


def test_other_files_are_refused(tmp_path):
    save_sparse(tmp_path / "sparse", {"weight": torch.ones(3)}, {})
    base = SparseFile(tmp_path / "sparse")
    with pytest.raises(StorageError, match="sparse: is not a snapshot"):
        SnapshotFile(tmp_path / "sparse", base)
    (tmp_path / "text").write_text("hello")
    with pytest.raises(StorageError, match="text"):
        SnapshotFile(tmp_path / "text", base)
    with pytest.raises(StorageError, match="absent"):
        SnapshotFile(tmp_path / "absent", base)
