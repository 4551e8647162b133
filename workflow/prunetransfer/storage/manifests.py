"""What a checkpoint's manifest says of its descent."""

from pathlib import Path

from .files import read_json

WEIGHTS = "checkpoint.safetensors"
SNAPSHOT_WEIGHTS = "snapshot.safetensors"
"""The files of weights that stand beside the manifests of checkpoints and of snapshots."""


def encoder_of(manifest: Path) -> Path:
    """The manifest of the encoder that a checkpoint descends from (its tokenizer, its special tokens)."""
    content = read_json(manifest)
    return manifest if content["kind"] == "encoder" else manifest.parent / content["encoder"]


def base_of(snapshot: Path) -> Path:
    """The manifest of the checkpoint that a snapshot's training started from."""
    return snapshot.parent / read_json(snapshot)["base"]


def config_folder(manifest: Path) -> Path:
    """The folder that has the config.json of a checkpoint; a snapshot has its base's architecture."""
    return config_folder(base_of(manifest)) if read_json(manifest)["kind"] == "snapshot" else manifest.parent


def architecture_of(manifest: Path) -> str:
    """The `model_type` that a checkpoint's config.json names."""
    return read_json(config_folder(manifest) / "config.json")["model_type"]
