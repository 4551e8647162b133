"""Files and folders appear complete or not at all."""

import hashlib
import json
import os
import subprocess
import sys

import pytest

from prunetransfer.storage.files import (
    content_digest,
    read_json,
    sha256,
    whole_file,
    whole_folder,
    write_json,
    write_manifest,
)


class Interruption(BaseException):
    """Like KeyboardInterrupt, it is a BaseException and no Exception."""


def test_whole_file_replaces_the_old_one_at_the_end(tmp_path):
    path = tmp_path / "folder" / "file.npy"
    for content in ("first", "second"):
        with whole_file(path) as temporary:
            assert temporary.suffix == path.suffix
            before = path.read_text() if path.exists() else None
            temporary.write_text(content)
            assert (path.read_text() if path.exists() else None) == before
        assert path.read_text() == content
    assert [file.name for file in path.parent.iterdir()] == ["file.npy"]


@pytest.mark.parametrize("old", [None, "old"])
@pytest.mark.parametrize("error", [ValueError, Interruption])
def test_whole_file_leaves_old_or_nothing_on_an_error(tmp_path, old, error):
    path = tmp_path / "file"
    if old:
        path.write_text(old)
    with pytest.raises(error), whole_file(path) as temporary:
        temporary.write_text("half of the new")
        raise error
    assert [file.read_text() for file in tmp_path.iterdir()] == ([old] if old else [])


@pytest.mark.parametrize("error", [ValueError, Interruption])
@pytest.mark.parametrize("old", [None, "old"])
def test_whole_folder_leaves_old_or_nothing_on_an_error(tmp_path, old, error):
    path = tmp_path / "parent" / "folder"
    if old:
        path.mkdir(parents=True)
        (path / "file").write_text(old)
    with pytest.raises(error), whole_folder(path) as temporary:
        (temporary / "file").write_text("half of the new")
        raise error
    assert [file.read_text() for file in path.parent.rglob("file")] == ([old] if old else [])
    assert list(path.parent.iterdir()) == ([path] if old else [])


def test_whole_folder_replaces_all_of_the_old_one(tmp_path):
    path = tmp_path / "folder"
    for name in ("first", "second"):
        with whole_folder(path) as temporary:
            (temporary / name).write_text(name)
            (temporary / "sub").mkdir()
        assert sorted(file.name for file in path.iterdir()) == [name, "sub"]
    assert list(tmp_path.iterdir()) == [path]


def test_whole_folder_takes_the_place_of_a_killed_attempt(tmp_path):
    """Process ids are reused. Files of a killed process with the same id must neither appear in the folder nor cause an error."""
    path = tmp_path / "folder"
    left = tmp_path / f".folder.{os.getpid()}"
    left.mkdir()
    (left / "stale").touch()
    with whole_folder(path) as temporary:
        (temporary / "new").touch()
    assert [file.name for file in path.iterdir()] == ["new"]


KILLED = """
import os, signal, sys
from pathlib import Path
from prunetransfer.storage.files import whole_file, whole_folder
whole = {"file": whole_file, "folder": whole_folder}[sys.argv[2]]
with whole(Path(sys.argv[1])) as temporary:
    (temporary / "file" if sys.argv[2] == "folder" else temporary).write_text("half of the new")
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_a_kill_leaves_the_old_one(tmp_path, kind):
    path = tmp_path / "it"
    old = path
    if kind == "folder":
        path.mkdir()
        old = path / "file"
    old.write_text("old")
    assert subprocess.run([sys.executable, "-c", KILLED, str(path), kind]).returncode < 0
    assert old.read_text() == "old"


def test_json_round_trip(tmp_path):
    content = {"number": 0.1, "none": None, "list": [1, "é"]}
    write_json(tmp_path / "file.json", content)
    assert read_json(tmp_path / "file.json") == content
    assert list(read_json(tmp_path / "file.json")) == list(content)


def test_manifest_lists_sizes_and_digests(tmp_path):
    contents = {"b.txt": b"one", "a/c.npy": b"", "a/b.txt": b"three"}
    for name, content in contents.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(content)
    manifest = tmp_path / "manifest.json"
    write_manifest(manifest, {"kind": "test"}, [tmp_path / name for name in contents])
    found = json.loads(manifest.read_text())
    assert found.pop("sha256") == content_digest(found)
    assert found == {
        "kind": "test",
        "files": {
            name: {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
            for name, content in contents.items()
        },
    }
    assert list(found["files"]) == sorted(contents)
    assert sha256(tmp_path / "b.txt") == hashlib.sha256(b"one").hexdigest()


def test_manifest_changes_exactly_when_a_file_does(tmp_path):
    file, manifest = tmp_path / "file", tmp_path / "manifest.json"
    texts = []
    for content in ("one", "one", "two"):
        file.write_text(content)
        write_manifest(manifest, {}, [file])
        texts.append(manifest.read_text())
    assert texts[0] == texts[1] != texts[2]


def test_manifest_of_an_absent_file_is_not_written(tmp_path):
    with pytest.raises(FileNotFoundError):
        write_manifest(tmp_path / "manifest.json", {}, [tmp_path / "absent"])
    assert not list(tmp_path.iterdir())
