"""Reads from a checkpoint's manifest which encoder and which base it comes from."""

from pathlib import Path

from .files import read_json

WEIGHTS = "checkpoint.safetensors"
SNAPSHOT_WEIGHTS = "snapshot.safetensors"
"""The names of the weights' files, beside the manifests of checkpoints and of snapshots."""


def encoder_of(manifest: Path) -> Path:
    """Returns the manifest of the encoder that a checkpoint comes from. An encoder's own manifest is returned itself."""
    content = read_json(manifest)
    return manifest if content["kind"] == "encoder" else manifest.parent / content["encoder"]


def base_of(snapshot: Path) -> Path:
    """Returns the manifest of the checkpoint that a snapshot's training started from."""
    return snapshot.parent / read_json(snapshot)["base"]


def config_folder(manifest: Path) -> Path:
    """Returns the folder that has the config.json of a checkpoint. For a snapshot it is its base's folder."""
    return config_folder(base_of(manifest)) if read_json(manifest)["kind"] == "snapshot" else manifest.parent


def architecture_of(manifest: Path) -> str:
    """Returns the `model_type` in a checkpoint's config.json."""
    return read_json(config_folder(manifest) / "config.json")["model_type"]
