"""A disk that is small enough to fill."""

import subprocess
from pathlib import Path

import pytest

PAGE = 4096


class Disk:
    """A file system of 4 MB, mounted at `folder`."""

    SIZE = 4 * 2**20

    def __init__(self, folder: Path):
        self.folder = folder
        self._ballast = folder / "ballast"

    def leave(self, pages: int) -> None:
        """Fills the disk until only this number of pages is free."""
        self._ballast.unlink(missing_ok=True)
        free = subprocess.check_output(["stat", "-f", "-c", "%a", self.folder], text=True)
        self._ballast.write_bytes(bytes(PAGE * (int(free) - pages)))

    def make_room(self) -> None:
        self._ballast.unlink()

    def files(self) -> list[str]:
        found = (path for path in self.folder.rglob("*") if path.is_file() and path != self._ballast)
        return sorted(str(path.relative_to(self.folder)) for path in found)


@pytest.fixture
def disk(tmp_path) -> Disk:
    folder = tmp_path / "disk"
    folder.mkdir()
    options = ["-t", "tmpfs", "-o", f"size={Disk.SIZE}", "tmpfs", str(folder)]
    mounted = subprocess.run(["mount", *options], capture_output=True, text=True)
    if mounted.returncode:
        pytest.skip(f"a small disk can't be mounted here: {mounted.stderr.strip()}")
    yield Disk(folder)
    subprocess.run(["umount", "--lazy", str(folder)], check=True)
