"""Lists the saliency criteria and architectures that exist. Each is a file, and configurations use the file's name."""

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


def _modules_in(folder: Path) -> list[str]:
    return sorted(path.stem for path in folder.glob("*.py") if not path.stem.startswith("_"))
