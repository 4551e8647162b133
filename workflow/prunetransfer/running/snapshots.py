"""Saves the weights of a fine-tuning run after some of its epochs."""

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from torch import nn

from prunetransfer.storage.files import sha256, write_manifest
from prunetransfer.storage.manifests import SNAPSHOT_WEIGHTS, encoder_of
from prunetransfer.storage.snapshots import SnapshotFile, load_weights, open_weights, save_snapshot


@dataclass(frozen=True)
class Snapshots:
    """Saves snapshots while a run trains, and moves them to their final paths when the run is done.

    Snakemake deletes the outputs of a killed job, and the resumed run can't repeat snapshots of epochs that it has passed. So
    snapshots stay in `folder`, beside the run's state, until `publish` is called.

    epochs: the epochs after which to save, counted from 1.
    steps_per_epoch: the number of optimizer steps in an epoch.
    base: the manifest of the checkpoint that training starts from. Snapshots are stored as differences from it.
    digests: the SHA-256 of each saved snapshot, by file name.
    """

    folder: Path
    epochs: Sequence[int]
    steps_per_epoch: int
    base: Path
    digests: dict[str, str] = field(default_factory=dict)

    def after_step(self, done: int, model: nn.Module) -> None:
        """Saves the model if one of the epochs is complete after `done` steps."""
        epoch, rest = divmod(done, self.steps_per_epoch)
        if rest == 0 and epoch in self.epochs:
            save_snapshot(self._file(epoch), model.state_dict(), load_weights(self.base))
            self.digests[self._file(epoch).name] = sha256(self._file(epoch))

    def are_whole(self, digests: dict[str, str], done: int) -> bool:
        """Whether the snapshots of all epochs in the first `done` steps exist and have these digests.

        Otherwise a run can't be resumed after `done` steps.
        """
        passed = [self._file(epoch) for epoch in self.epochs if epoch * self.steps_per_epoch <= done]
        whole = all(file.is_file() and sha256(file) == digests.get(file.name) for file in passed)
        if whole:
            self.digests.update((file.name, digests[file.name]) for file in passed)
        return whole

    def restore(self, epoch: int, model: nn.Module) -> None:
        """Loads the weights that the model had after `epoch` into it."""
        file = SnapshotFile(self._file(epoch), open_weights(self.base))
        model.load_state_dict({name: file.tensor(name) for name in file.names})

    def publish(self, manifests: str, content: dict) -> None:
        """Moves each snapshot to its final path and writes its manifest.

        manifests: the path of a manifest, in which `*` stands for the epoch. content: further entries of each manifest.
        """
        for epoch in self.epochs:
            path = Path(manifests.replace("*", str(epoch)))
            path.parent.mkdir(parents=True, exist_ok=True)
            os.replace(self._file(epoch), path.with_name(SNAPSHOT_WEIGHTS))
            descent = {
                name: os.path.relpath(origin, path.parent)
                for name, origin in (("encoder", encoder_of(self.base)), ("base", self.base))
            }
            write_manifest(
                path, {"kind": "snapshot", **content, "epoch": epoch, **descent}, [path.with_name(SNAPSHOT_WEIGHTS)]
            )
        shutil.rmtree(self.folder)  # it may contain further epochs, from an attempt with other settings

    def _file(self, epoch: int) -> Path:
        return self.folder / f"epoch{epoch}.safetensors"
