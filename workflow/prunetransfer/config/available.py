"""Lists the saliency criteria and architectures that exist. Each is a file, and configurations use the file's name."""

import ast
from pathlib import Path

_PACKAGE = Path(__file__).parent.parent
CRITERIA = _PACKAGE / "pruning" / "criteria"
FAMILIES = _PACKAGE / "models" / "families"


def available_criteria() -> list[str]:
    """Names of the saliency criteria, each of which is a file in pruning/criteria."""
    return _modules_in(CRITERIA)


def available_families() -> list[str]:
    """Names of the encoders' architectures, each of which is a file in models/families."""
    return _modules_in(FAMILIES)


def needs_of(criterion: str) -> tuple[str, ...] | None:
    """The value of NEEDS in a criterion's file, read without running the file; None where it has no such tuple."""
    for node in ast.parse((CRITERIA / f"{criterion}.py").read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and [ast.unparse(target) for target in node.targets] == ["NEEDS"]:
            try:
                return tuple(ast.literal_eval(node.value))
            except (ValueError, TypeError):
                return None
    return None


def _modules_in(folder: Path) -> list[str]:
    return sorted(path.stem for path in folder.glob("*.py") if not path.stem.startswith("_"))
