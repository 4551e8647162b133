"""Writes results/<study>/config.yaml: the configuration with every default filled in."""

from pathlib import Path

import yaml

from prunetransfer.config.study import Study

from .files import whole_file


def write_resolved_config(study: Study, output: Path) -> None:
    """Writes a study as YAML, with every default filled in. Reading the file returns an equal study."""
    content = study.model_dump(mode="json")
    with whole_file(output) as temporary:
        temporary.write_text(yaml.safe_dump(content, sort_keys=False, allow_unicode=True), encoding="utf-8")
