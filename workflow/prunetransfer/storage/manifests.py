"""Reads from the manifest of a checkpoint or snapshot which encoder, base and architecture it has."""

from pathlib import Path

from .files import read_json

WEIGHTS = "checkpoint.safetensors"
SNAPSHOT_WEIGHTS = "snapshot.safetensors"
"""The names of the files of weights, which are beside the manifests of checkpoints and of snapshots."""


def encoder_of(manifest: Path) -> Path:
    """Returns the manifest of the encoder that a checkpoint comes from. Returns `manifest` if it is an encoder's."""
    content = read_json(manifest)
    return manifest if content["kind"] == "encoder" else manifest.parent / content["encoder"]


def base_of(snapshot: Path) -> Path:
    """Returns the manifest of the checkpoint that a snapshot's training started from."""
    return snapshot.parent / read_json(snapshot)["base"]


def config_folder(manifest: Path) -> Path:
    """Returns the folder with a checkpoint's config.json. A snapshot uses the config.json of its base."""
    return config_folder(base_of(manifest)) if read_json(manifest)["kind"] == "snapshot" else manifest.parent


def architecture_of(manifest: Path) -> str:
    """Returns the `model_type` in a checkpoint's config.json."""
    return read_json(config_folder(manifest) / "config.json")["model_type"]
