"""Checks docs/architecture.md: each package of the library (a "room") imports only from packages to its left."""

import ast
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[1]
PACKAGE = PROJECT / "workflow" / "prunetransfer"
PAGE = PROJECT / "docs" / "architecture.md"
GROUND = ("errors", "seeds")
"""Modules that belong to no package. They import nothing of the library, and all packages may import them."""


def rooms() -> list[str]:
    """The packages from left to right, as the page lists them."""
    (line,) = re.findall(r"^    (config -> .*)$", PAGE.read_text(), re.MULTILINE)
    return line.split(" -> ")


def imported(path: Path, package: Path) -> Iterator[str]:
    """The dotted names of all modules of the library that a module imports, at its top level or inside functions."""
    here = list(path.relative_to(package).with_suffix("").parts[:-1])
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
            yield from (name.partition(".")[2] for name in names if name.partition(".")[0] == "prunetransfer")
        elif isinstance(node, ast.ImportFrom):
            module = (node.module or "").split(".") if node.module else []
            if node.level:
                yield ".".join([*here[: len(here) - node.level + 1], *module, node.names[0].name])
            elif module[:1] == ["prunetransfer"]:
                yield ".".join([*module[1:], node.names[0].name])


def backward_arrows(package: Path) -> list[str]:
    order = rooms()
    found = []
    for path in sorted(package.rglob("*.py")):
        room = path.relative_to(package).with_suffix("").parts[0]
        if room == "__init__":
            continue
        for name in imported(path, package):
            target = name.partition(".")[0]
            if target in GROUND:
                continue
            if room in GROUND or order.index(target) > order.index(room):
                found.append(f"{path.relative_to(package)} imports {name}")
    return found


def test_every_package_is_on_the_page():
    there = {path.stem for path in PACKAGE.iterdir() if not path.name.startswith("__")} | {"__main__"}
    assert set(rooms()) | set(GROUND) == there


def test_imports_go_to_the_left_only():
    assert backward_arrows(PACKAGE) == []


@pytest.mark.parametrize(
    ("file", "statement"),
    [
        ("config/base.py", "from prunetransfer.storage.files import read_json"),
        ("storage/files.py", "from prunetransfer.jobs import grid"),
        ("pruning/masks.py", "from ..training.loop import Loop"),
        ("pruning/masks.py", "import prunetransfer.running.state"),
        ("training/loop.py", "def f():\n    from prunetransfer.analysis.runs import read_runs"),
        ("models/dropout.py", "if TYPE_CHECKING:\n    from prunetransfer.figures import style"),
        ("errors.py", "from .config import base"),
    ],
)
def test_an_import_to_the_right_is_found(tmp_path, file, statement):
    shutil.copytree(PACKAGE, tmp_path / "prunetransfer", ignore=shutil.ignore_patterns("__pycache__"))
    path = tmp_path / "prunetransfer" / file
    path.write_text(f"{path.read_text()}\n{statement}\n")
    (found,) = backward_arrows(tmp_path / "prunetransfer")
    assert found.startswith(f"{file} imports ")


def test_the_library_does_not_know_snakemake():
    for path in PACKAGE.rglob("*.py"):
        assert not re.search(r"^\s*(?:import|from) snakemake", path.read_text(), re.MULTILINE), path


def test_no_method_is_compared_by_its_name():
    """Only config/methods.py contains the names of methods and of the paper's arms."""
    names = {"prune_pretrain", "information_deletion", "prune_downstream", "from_scratch"}
    for path in PACKAGE.rglob("*.py"):
        if path != PACKAGE / "config" / "methods.py":
            texts = {node.value for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Constant)}
            assert not names & {text for text in texts if isinstance(text, str)}, path
