"""What a killed run resumes from: one file, replaced whole, outside the outputs that Snakemake deletes."""

import json
import logging
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import nn

from prunetransfer.files import remove_temporaries, whole_file
from prunetransfer.pruning.pruner import Pruner

if TYPE_CHECKING:  # not in the code version of pre-training, which has none
    from .snapshots import Snapshots

log = logging.getLogger(__name__)


@dataclass
class TrainingState:
    """Saves and restores a run's parameters, optimiser and masks.

    path: the state file. identity: a digest of all that decides the run's numbers; a state of another identity is not
    resumed. interval: seconds between two saves. seconds, tokens: spent and trained on so far, over all attempts.
    """

    path: Path
    identity: str
    interval: float
    seconds: float = 0.0
    tokens: int = 0
    _started: float = field(default_factory=time.monotonic)
    _saved: float = field(default_factory=time.monotonic)

    @property
    def elapsed(self) -> float:
        return self.seconds + time.monotonic() - self._started

    def save_if_due(self, step: int, model: nn.Module, optimizer: torch.optim.Optimizer, pruner: Pruner | None) -> None:
        """Saves where `interval` seconds have passed since the last save. step: the first one not yet done."""
        if time.monotonic() - self._saved >= self.interval:
            self.save(step, model, optimizer, pruner)

    def save(self, step: int, model: nn.Module, optimizer: torch.optim.Optimizer, pruner: Pruner | None) -> None:
        tensors = {f"model.{name}": parameter.detach() for name, parameter in model.named_parameters()}
        for name, parameter in model.named_parameters():
            for key, value in optimizer.state.get(parameter, {}).items():
                tensors[f"optimizer.{key}.{name}"] = value
        if pruner is not None:
            tensors |= {f"pruner.{name}": tensor for name, tensor in pruner.state().items()}
        content = {"identity": self.identity, "step": step, "seconds": self.elapsed, "tokens": self.tokens}
        with whole_file(self.path) as temporary:
            save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, temporary, _metadata(content))
        self._saved = time.monotonic()

    def load(
        self,
        model: nn.Module,
        optimizer: torch.optim.Optimizer,
        pruner: Pruner | None,
        snapshots: "Snapshots | None" = None,
    ) -> int:
        """Restores a saved state, if there is one of this run with all its snapshots. Returns the first step to do."""
        if not self.path.exists():
            return 0
        try:
            with safe_open(self.path, "pt") as file:
                content = json.loads((file.metadata() or {}).get("state", "{}"))
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        except (OSError, SafetensorError, ValueError) as error:
            log.warning("%s can't be read (%s): starting from step 0", self.path, error)
            return 0
        if content.get("identity") != self.identity:
            log.warning("%s belongs to other settings or inputs: starting from step 0", self.path)
            return 0
        if snapshots is not None and not snapshots.are_there(content["step"]):
            log.warning("%s: snapshots of epochs before it are gone: starting from step 0", self.path)
            return 0
        with torch.no_grad():
            for name, parameter in model.named_parameters():
                parameter.copy_(tensors[f"model.{name}"])
        for name, parameter in model.named_parameters():
            keys = ("step", "exp_avg", "exp_avg_sq")
            saved = {key: tensors.get(f"optimizer.{key}.{name}") for key in keys}
            if saved["step"] is not None:
                # `step` stays where AdamW put it; the moments lie beside the parameter.
                optimizer.state[parameter] = {
                    key: value.to(parameter.device) if key != "step" or parameter.is_cuda else value
                    for key, value in saved.items()
                }
        if pruner is not None:
            pruner.load_state(
                {name.removeprefix("pruner."): value for name, value in tensors.items() if name.startswith("pruner.")}
            )
        self.seconds, self.tokens = content["seconds"], content["tokens"]
        self._started = time.monotonic()
        log.info("resuming at step %d", content["step"])
        return content["step"]

    def remove(self) -> None:
        """Call when all of the run's files are there."""
        self.path.unlink(missing_ok=True)
        remove_temporaries(self.path)


def _metadata(content: dict) -> dict[str, str]:
    return {"state": json.dumps(content)}
