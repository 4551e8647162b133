#!/usr/bin/env python3
"""Stands in for the command `prunetransfer`: writes the files that a rule expects of it, at once. See `dispatch.py`."""

import json
import sys
from pathlib import Path

BESIDE = {
    "movement": ("movement_bins.csv", "mask_differences.csv"),
    "weight_maps": ("embedding_map.csv", "embedding_lengths.csv"),
    **{table: (f"{table}.md", f"{table}.tex") for table in ("table1", "table2", "table3")},
    **{table: (f"{table}.md",) for table in ("claims", "summary")},
}
"""What an analysis writes beside its first table."""


def files_of(arguments: list[str]) -> list[Path]:
    """The files that a command writes."""
    options = {name: value for name, value in zip(arguments, arguments[1:], strict=False) if name.startswith("--")}
    command = arguments[2] if arguments[0] == "--warm" else arguments[0]
    files = [Path(options[name]) for name in ("--output", "--metrics", "--predictions", "--timing") if name in options]
    if "--snapshots" in options:
        for epoch in json.loads(options["--settings"])["snapshots"]:
            manifest = Path(options["--snapshots"].replace("*", str(epoch)))
            files += [manifest, manifest.with_name("snapshot.safetensors")]
    if command == "analyse":
        files += [files[0].with_name(name) for name in BESIDE.get(arguments[arguments.index("analyse") + 1], ())]
    if command == "figure":
        files += [files[0].with_suffix(".pdf"), files[0].with_suffix(".csv")]
    return files


for file in files_of(sys.argv[1:]):
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("{}\n")
