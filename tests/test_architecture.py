"""Checks docs/architecture.md: each package of the library (a "room") imports only from packages to its left."""

import ast
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from prunetransfer.config.methods import METHODS

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
                origin = [*here[: len(here) - node.level + 1], *module]
            elif module[:1] == ["prunetransfer"]:
                origin = module[1:]
            else:
                continue
            yield from (".".join([*origin, alias.name]) for alias in node.names)


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
        ("config/base.py", "from prunetransfer import errors, training"),
        ("pruning/masks.py", "from .. import errors, training"),
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


def texts_in(path: Path) -> list[str]:
    """The texts that a module's code has; docstrings are none."""
    tree = ast.parse(path.read_text())
    alone = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    constants = (node for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in alone)
    return [node.value for node in constants if isinstance(node.value, str)]


def test_no_method_is_spelled_outside_its_table():
    """Names of methods, which are names of the paper's arms too, stand in config/methods.py and nowhere else in the code."""
    table = PACKAGE / "config" / "methods.py"
    found = {
        str(path): text
        for path in PACKAGE.rglob("*.py")
        for text in texts_in(path)
        if path != table and any(method in text for method in METHODS)
    }
    for path in [PROJECT / "Snakefile", *(PROJECT / "workflow" / "rules").glob("*.smk")]:
        lines = [line for line in path.read_text().splitlines() if not line.strip().startswith("#")]
        found |= {str(path): line for line in lines if any(method in line for method in METHODS)}
    assert found == {}
