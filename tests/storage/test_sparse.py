"""Sparse checkpoints return the saved weights bit for bit, and take only the bytes of kept weights and masks."""

import os
import subprocess
import sys

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import save_file

from prunetransfer.storage.sparse import StorageError, load_sparse, pack_mask, save_sparse, unpack_mask

DTYPES = {torch.float32: torch.int32, torch.float16: torch.int16, torch.bfloat16: torch.int16}
"""Each with an integer type of its size, to compare bits."""
SHAPES = st.lists(st.integers(0, 9), min_size=0, max_size=3).map(tuple)


def bits(tensor: torch.Tensor) -> torch.Tensor:
    return tensor.contiguous().view(DTYPES[tensor.dtype]) if tensor.dtype in DTYPES else tensor


def same_bits(one: torch.Tensor, other: torch.Tensor) -> bool:
    return one.dtype == other.dtype and one.shape == other.shape and torch.equal(bits(one), bits(other))


def hidden_is_zero(tensor: torch.Tensor, mask: torch.Tensor | None) -> torch.Tensor:
    return tensor if mask is None else torch.where(mask, tensor, torch.zeros_like(tensor))


@st.composite
def checkpoints(draw):
    """A state dict of any bit patterns (NaN, infinities, -0.0, subnormal numbers among them), some of it masked."""
    names = draw(st.lists(st.text(st.characters(codec="utf-8"), min_size=1, max_size=8), unique=True, max_size=4))
    state_dict, masks = {}, {}
    for name in names:
        dtype = draw(st.sampled_from(list(DTYPES)))
        generator = torch.Generator().manual_seed(draw(st.integers(0, 2**31)))
        integers = DTYPES[dtype]
        limits = torch.iinfo(integers)
        shape = draw(SHAPES)
        state_dict[name] = torch.randint(limits.min, limits.max, shape, generator=generator, dtype=integers).view(dtype)
        share = draw(st.sampled_from([None, 0.0, 0.1, 0.5, 1.0]))
        if share is not None:
            masks[name] = torch.rand(shape, generator=generator) < share
    return state_dict, masks


@settings(max_examples=60)
@given(checkpoint=checkpoints())
def test_round_trip(tmp_path_factory, checkpoint):
    state_dict, masks = checkpoint
    path = tmp_path_factory.mktemp("storage") / "checkpoint.safetensors"
    save_sparse(path, state_dict, masks)
    loaded, loaded_masks = load_sparse(path)
    assert list(loaded) == list(state_dict)
    assert loaded_masks.keys() == masks.keys()
    assert all(same_bits(mask, loaded_masks[name]) for name, mask in masks.items())
    for name, tensor in state_dict.items():
        assert same_bits(loaded[name], hidden_is_zero(tensor, masks.get(name)))


@given(mask=SHAPES.flatmap(lambda shape: st.integers(0, 2**31).map(lambda seed: (shape, seed))))
def test_packed_masks(mask):
    shape, seed = mask
    mask = torch.rand(shape, generator=torch.Generator().manual_seed(seed)) < 0.5
    packed = pack_mask(mask)
    assert packed.dtype == torch.uint8
    assert packed.shape == (-(-mask.numel() // 8),)
    assert torch.equal(unpack_mask(packed, list(shape)), mask)


@pytest.mark.parametrize("dtype", list(DTYPES))
def test_special_values_keep_their_bits(tmp_path, dtype):
    info = torch.finfo(dtype)
    values = [float("nan"), float("inf"), -float("inf"), -0.0, 0.0, info.tiny, info.smallest_normal / 2, info.max]
    state_dict = {"dense": torch.tensor(values, dtype=dtype), "sparse": torch.tensor(values * 2, dtype=dtype)}
    masks = {"sparse": torch.tensor([True] * 8 + [False] * 8)}
    save_sparse(tmp_path / "file", state_dict, masks)
    loaded, _ = load_sparse(tmp_path / "file")
    assert same_bits(loaded["dense"], state_dict["dense"])
    assert same_bits(loaded["sparse"][:8], state_dict["sparse"][:8])
    assert same_bits(loaded["sparse"][8:], torch.zeros(8, dtype=dtype)), "entries that are not kept are +0.0"


@pytest.mark.parametrize("masked", [None, "decoder", "embeddings"])
def test_tied_tensors_are_stored_once_and_stay_tied(tmp_path, masked):
    weight = torch.randn(100, 64)
    state_dict = {"decoder": weight, "embeddings": weight, "other": weight.clone()}
    masks = {masked: torch.rand(100, 64) < 0.5} if masked else {}
    save_sparse(tmp_path / "tied", state_dict, masks)
    save_sparse(tmp_path / "once", {"embeddings": weight, "other": state_dict["other"]}, {})
    assert (tmp_path / "tied").stat().st_size < (tmp_path / "once").stat().st_size + 200
    loaded, loaded_masks = load_sparse(tmp_path / "tied")
    assert list(loaded) == list(state_dict)
    assert loaded["decoder"].data_ptr() == loaded["embeddings"].data_ptr() != loaded["other"].data_ptr()
    assert same_bits(loaded["decoder"], hidden_is_zero(weight, masks.get(masked)))
    assert loaded_masks.keys() == masks.keys()


def test_only_the_same_view_of_a_memory_is_an_alias(tmp_path):
    memory = torch.randn(3, 4)
    state_dict = {"whole": memory, "turned": memory.T, "empty": memory[:0], "nothing": memory[:0]}
    save_sparse(tmp_path / "file", state_dict, {"turned": memory.T > 0})
    loaded, _ = load_sparse(tmp_path / "file")
    assert same_bits(loaded["turned"], hidden_is_zero(memory.T, memory.T > 0))
    assert all(same_bits(loaded[name], state_dict[name]) for name in ("whole", "empty", "nothing"))


WRITE_ONE = """
import sys, torch
from pathlib import Path
from prunetransfer.storage.sparse import save_sparse
generator = torch.Generator().manual_seed(0)
state_dict = {f"matrix{n}.{c}": torch.randn(9, 7, generator=generator) for n in range(12) for c in "xyz"}
state_dict["tied"] = state_dict["matrix3.y"]
masks = {name: weight > 0 for name, weight in state_dict.items() if name.endswith(("x", "y"))}
save_sparse(Path(sys.argv[1]), state_dict, masks)
"""


def test_same_bytes_in_every_process(tmp_path):
    contents = set()
    for seed in ("0", "4242"):
        path = tmp_path / f"{seed}.safetensors"
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        subprocess.run([sys.executable, "-c", WRITE_ONE, str(path)], check=True, env=environment)
        contents.add(path.read_bytes())
    assert len(contents) == 1


@pytest.mark.parametrize(("sparsity", "times_smaller"), [(0.5, 1.8), (0.9, 7.0)])
def test_size(tmp_path, sparsity, times_smaller):
    weight = torch.randn(500, 400)
    mask = torch.ones(weight.numel(), dtype=torch.bool)
    mask[: round(sparsity * weight.numel())] = False
    mask = mask[torch.randperm(len(mask))].view_as(weight)
    save_sparse(tmp_path / "file", {"weight": weight}, {"weight": mask})
    assert (tmp_path / "file").stat().st_size * times_smaller < weight.numel() * 4


def test_masks_must_fit_weights(tmp_path):
    weight = torch.ones(2, 3)
    with pytest.raises(StorageError, match="mask 'other' has no weight of that name"):
        save_sparse(tmp_path / "file", {"weight": weight}, {"other": weight > 0})
    with pytest.raises(StorageError, match=r"mask 'weight' has the shape \[3, 2\], its weight \[2, 3\]"):
        save_sparse(tmp_path / "file", {"weight": weight}, {"weight": weight.T > 0})
    assert not list(tmp_path.iterdir())


def test_masks_are_bool(tmp_path):
    """An integer mask would index instead of select."""
    with pytest.raises(StorageError, match=r"mask 'weight' is torch\.int64, allowed: torch\.bool"):
        save_sparse(tmp_path / "file", {"weight": torch.ones(2)}, {"weight": torch.tensor([1, 0])})


def test_tied_names_have_one_mask(tmp_path):
    weight = torch.ones(4)
    with pytest.raises(StorageError, match="'a' and 'b' are one tensor and have a mask each"):
        save_sparse(tmp_path / "file", {"a": weight, "b": weight}, {"a": weight > 0, "b": weight > 0})


def test_other_files_are_refused_by_name(tmp_path):
    garbage = tmp_path / "garbage.safetensors"
    garbage.write_bytes(np.random.default_rng(0).bytes(500))
    plain = tmp_path / "plain.safetensors"
    save_file({"weight": torch.ones(2)}, plain)
    cut = tmp_path / "cut.safetensors"
    save_sparse(cut, {"weight": torch.ones(1000)}, {})
    cut.write_bytes(cut.read_bytes()[:-100])
    (tmp_path / "empty.safetensors").touch()
    for path in sorted(tmp_path.iterdir()):
        with pytest.raises(StorageError, match=path.name):
            load_sparse(path)
    with pytest.raises(StorageError, match=r"absent\.safetensors"):
        load_sparse(tmp_path / "absent.safetensors")
