"""A digest of the code that a job's results depend on: its module, and every module of this package that it imports.

Snakemake does not see imported modules. With this digest among a rule's parameters, an edit of the pruner reruns only the
jobs that prune, and an edit of a figure redraws only that figure. Comments, docstrings and layout do not count.
"""

import ast
import hashlib
from functools import cache
from pathlib import Path

PACKAGE = "prunetransfer"
ROOT = Path(__file__).parents[1]


@cache
def code_version(*modules: str) -> str:
    """A digest, 16 hex digits, of the modules and of all modules of this package that they import.

    modules: dotted names within the package, such as `training.loop`. Nothing is imported to compute the digest. Modules
    that are imported by a computed name (a criterion, an architecture) are not found, so callers add them to `modules`.
    Raises ModuleNotFoundError if there is no such module.
    """
    digest = hashlib.sha256()
    for name in sorted(closure(*(f"{PACKAGE}.{module}" for module in modules))):
        digest.update(name.encode())
        digest.update(_content(name).encode())
    return digest.hexdigest()[:16]


def closure(*modules: str) -> set[str]:
    """The modules (full dotted names) and every module of this package that they import, directly or indirectly.

    A package's `__init__.py` counts only if something is imported from the package itself. It does not count for an import
    of one of the package's modules: it re-exports names, and would tie all modules of the package together. Imports under
    `if TYPE_CHECKING:` do not count. Raises ModuleNotFoundError if there is no such module.
    """
    found: set[str] = set()
    waiting = list(modules)
    while waiting:
        module = waiting.pop()
        if module not in found:
            if _path(module) is None:
                raise ModuleNotFoundError(f"no module {module} in {ROOT}")
            found.add(module)
            waiting += _imports(module)
    return found


def _path(module: str) -> Path | None:
    path = ROOT.joinpath(*module.split(".")[1:])
    for candidate in (path / "__init__.py", path.with_suffix(".py")):
        if candidate.is_file():
            return candidate
    return None


@cache
def _tree(module: str) -> ast.Module:
    """The syntax tree of the module, reduced to the code that can change results."""
    return _WhatCounts().visit(ast.parse(_path(module).read_text(encoding="utf-8")))


@cache
def _content(module: str) -> str:
    return ast.dump(_tree(module))


class _WhatCounts(ast.NodeTransformer):
    """Removes strings that stand alone (docstrings, attribute docstrings) and imports for type checkers."""

    def visit_If(self, node: ast.If) -> ast.If | None:
        if isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            if not node.orelse:
                return None
            node.body = []
        return self.generic_visit(node)

    def visit_Expr(self, node: ast.Expr) -> ast.Expr | None:
        if isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            return None
        return self.generic_visit(node)


@cache
def _imports(module: str) -> tuple[str, ...]:
    """Modules of this package that `module` imports, at its top level or inside functions."""
    is_package = _path(module).name == "__init__.py"
    here = module.split(".") if is_package else module.split(".")[:-1]
    found: list[str] = []
    for node in ast.walk(_tree(module)):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = here[: len(here) - node.level + 1] if node.level else []
            origin = ".".join([*base, *([node.module] if node.module else [])])
            for alias in node.names:
                # In `from package import name`, name is a module, or an object that the package's __init__ defines.
                module_name = f"{origin}.{alias.name}"
                found.append(module_name if _is_ours(module_name) else origin)
    return tuple(name for name in found if _is_ours(name))


def _is_ours(module: str) -> bool:
    return module.split(".")[0] == PACKAGE and _path(module) is not None
