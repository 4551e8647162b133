"""The state from which a killed run resumes. The last two saved files are kept. They are no outputs of a rule, because Snakemake
deletes the outputs of killed jobs."""

import hashlib
import json
import logging
import os
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from prunetransfer.errors import PruneTransferError
from prunetransfer.pruning.pruner import Pruner
from prunetransfer.storage.files import FullDisk, remove_temporaries, whole_file

from .interruption import Interrupted, Interruption

if TYPE_CHECKING:  # so that the code version of pre-training, which has no snapshots, doesn't include them
    from .snapshots import Snapshots

log = logging.getLogger(__name__)

_FORMAT = "prunetransfer-state-2"


class UnfitState(PruneTransferError):
    """This run can't continue from a state file. The message says why."""


@dataclass
class TrainingState:
    """Saves and restores a run's parameters, its optimizer's state and its masks.

    path: the state file.
    identity: a digest of everything that decides the run's numbers. A run resumes only from a state of its identity.
    interval: seconds between two saves.
    seconds: the time spent in earlier attempts of this run.
    tokens: the number of tokens trained on so far, in all attempts.
    interruption: decides when to stop before the end.
    """

    path: Path
    identity: str
    interval: float
    seconds: float = 0.0
    tokens: int = 0
    interruption: Interruption = field(default_factory=Interruption)
    _snapshots: "Snapshots | None" = None
    _started: float = field(default_factory=time.monotonic)
    _saved: float = field(default_factory=time.monotonic)
    _stepped: float = field(default_factory=time.monotonic)
    _longest_step: float = 0.0
    _longest_save: float = 0.0

    @property
    def elapsed(self) -> float:
        """Seconds spent so far, in all attempts."""
        return self.seconds + time.monotonic() - self._started

    @property
    def previous(self) -> Path:
        """The file that was saved before `path`."""
        return self.path.with_suffix(".previous")

    def save_if_due(self, step: int, model: nn.Module, optimizer: torch.optim.Optimizer, pruner: Pruner | None) -> None:
        """Saves if `interval` seconds have passed since the last save, or if it is time to stop. Call it after each step.

        step: the first step that isn't done yet. If a save fails (the disk is full), a warning is logged and the training
        goes on. It doesn't delete the state saved before. Raises Interrupted when it is time to stop.
        """
        now = time.monotonic()
        self._longest_step = max(self._longest_step, now - self._stepped)
        reason = self.interruption.reason(self._longest_step + self._longest_save)
        if reason is not None or now - self._saved >= self.interval:
            saved = self._try_to_save(step, model, optimizer, pruner)
            if reason is not None:
                kept = f"saved in {self.path}" if saved else "not saved; a state that was saved before is kept"
                raise Interrupted(
                    f"{reason}: stopped before step {step}, {kept}. The same command continues from there"
                )
        self._stepped = time.monotonic()

    def _try_to_save(
        self, step: int, model: nn.Module, optimizer: torch.optim.Optimizer, pruner: Pruner | None
    ) -> bool:
        try:
            self.save(step, model, optimizer, pruner)
        except (FullDisk, OSError, SafetensorError) as error:
            log.warning("step %d is not saved: %s", step, error)
            self._saved = time.monotonic()
            return False
        return True

    def save(self, step: int, model: nn.Module, optimizer: torch.optim.Optimizer, pruner: Pruner | None) -> None:
        """Saves the state. The file saved before becomes `previous`.

        step: the first step that isn't done yet. Raises FullDisk if the disk has no room.
        """
        started = time.monotonic()
        tensors = {f"model.{name}": parameter.detach() for name, parameter in model.named_parameters()}
        for name, parameter in model.named_parameters():
            for key, value in optimizer.state.get(parameter, {}).items():
                tensors[f"optimizer.{key}.{name}"] = value
        if pruner is not None:
            tensors |= {f"pruner.{name}": tensor for name, tensor in pruner.state().items()}
        tensors = {name: tensor.cpu().contiguous() for name, tensor in tensors.items()}
        content = {
            "identity": self.identity,
            "step": step,
            "seconds": self.elapsed,
            "tokens": self.tokens,
            "snapshots": self._snapshots.digests if self._snapshots is not None else {},
        }
        description = {**content, "sha256": _digest(content, tensors)}
        self.previous.unlink(missing_ok=True)  # first, so that there are never three files on the disk
        with whole_file(self.path, sum(tensor.nbytes for tensor in tensors.values()), self.previous) as temporary:
            save_file(tensors, temporary, {_FORMAT: json.dumps(description)})
        self._saved = time.monotonic()
        self._longest_save = max(self._longest_save, self._saved - started)

    def load(
        self,
        model: nn.Module,
        optimizer: torch.optim.Optimizer,
        pruner: Pruner | None,
        snapshots: "Snapshots | None" = None,
    ) -> int:
        """Restores the last saved state of this run that is undamaged and has all its snapshots. Returns the first step to do.

        State files that can't be used are renamed to `.unfit`, and a warning names each.
        """
        self._snapshots = snapshots
        step = 0
        found = [path for path in (self.path, self.previous) if path.exists()]
        for path in found:
            try:
                step = self._resume(path, model, optimizer, pruner)
                break
            except UnfitState as error:
                aside = path.with_name(f"{path.name}.unfit")
                os.replace(path, aside)
                log.warning("%s %s: set aside as %s", path, error, aside)
        if found:
            log.info("resuming at step %d", step) if step else log.warning("%s: starting from step 0", self.path)
        self._started = self._stepped = time.monotonic()
        return step

    def _resume(self, path: Path, model: nn.Module, optimizer: torch.optim.Optimizer, pruner: Pruner | None) -> int:
        """Restores a state file. Returns the first step to do.

        Raises UnfitState if the file can't be used. Then neither model nor optimizer is changed.
        """
        content, tensors = _read(path)
        if content["identity"] != self.identity:
            raise UnfitState("belongs to other settings, inputs or code")
        if self._snapshots is not None and not self._snapshots.are_whole(content["snapshots"], content["step"]):
            raise UnfitState("can't be used: snapshots of epochs before it are missing or damaged")
        with torch.no_grad():
            for name, parameter in model.named_parameters():
                parameter.copy_(tensors[f"model.{name}"])
        for name, parameter in model.named_parameters():
            keys = ("step", "exp_avg", "exp_avg_sq")
            saved = {key: tensors.get(f"optimizer.{key}.{name}") for key in keys}
            if saved["step"] is not None:
                # Fused AdamW expects the moments on the parameter's device. On a GPU it expects `step` there too.
                optimizer.state[parameter] = {
                    key: value.to(parameter.device) if key != "step" or parameter.is_cuda else value
                    for key, value in saved.items()
                }
        if pruner is not None:
            pruner.load_state(
                {name.removeprefix("pruner."): value for name, value in tensors.items() if name.startswith("pruner.")}
            )
        self.seconds, self.tokens = content["seconds"], content["tokens"]
        return content["step"]

    def remove(self) -> None:
        """Removes the state. Call it when all files of the run are written. Files renamed to `.unfit` stay."""
        self.path.unlink(missing_ok=True)
        self.previous.unlink(missing_ok=True)
        remove_temporaries(self.path)


def _read(path: Path) -> tuple[dict, dict[str, Tensor]]:
    """Returns the description and the tensors of a state file. Raises UnfitState if a bit differs from what was saved."""
    try:
        with safe_open(path, "pt") as file:
            metadata = file.metadata() or {}
            if _FORMAT not in metadata:
                raise UnfitState(f"is of another version, or isn't a state: its metadata has {sorted(metadata)}")
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        content = json.loads(metadata[_FORMAT])
        digest = content.pop("sha256")
    except (OSError, SafetensorError, ValueError, KeyError) as error:
        raise UnfitState(f"can't be read ({error})") from None
    if digest != _digest(content, tensors):
        raise UnfitState("is damaged: its content doesn't have the digest that was saved with it")
    return content, tensors


def _digest(content: dict, tensors: dict[str, Tensor]) -> str:
    """Returns the SHA-256 of a state's description and tensors. It takes 1.4 s for BERT-Base's 1.3 GB."""
    digest = hashlib.sha256(json.dumps(content).encode())
    for name, tensor in sorted(tensors.items()):
        digest.update(f"{name} {tensor.dtype} {list(tensor.shape)}".encode())
        digest.update(tensor.flatten().view(torch.uint8).numpy())
    return digest.hexdigest()
