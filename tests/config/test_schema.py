"""The committed JSON schema is made from the current models, and accepts the same configurations as the loader."""

import json
import re
import subprocess
import sys

import jsonschema
import pytest
import yaml

from prunetransfer.config.reading import load_study, parse_study
from prunetransfer.config.schema import file_schema
from prunetransfer.storage.resolved_config import write_resolved_config


@pytest.fixture(scope="module")
def schema(project):
    return json.loads((project / "workflow" / "config.schema.json").read_text())


class EditorsLoader(yaml.SafeLoader):
    """Reads YAML 1.2 like editors: 1e-3 is a number, and keys are text."""

    def construct_mapping(self, node, deep=False):
        return {str(key): value for key, value in super().construct_mapping(node, deep).items()}


EditorsLoader.add_implicit_resolver("tag:yaml.org,2002:float", re.compile(r"^[-+]?\d+e[-+]?\d+$"), [*"-+0123456789"])


def as_editors_read(path):
    return yaml.load(path.read_text(), EditorsLoader)


def replaced(values, path, value):
    section = values
    *parents, last = path.split(".")
    for parent in parents:
        section = section[parent]
    section[last] = value
    return values


def test_committed_schema_is_what_the_command_prints(project):
    """If this fails after a change of the models, run `prunetransfer schema > workflow/config.schema.json`."""
    printed = subprocess.run([sys.executable, "-m", "prunetransfer", "schema"], capture_output=True, check=True).stdout
    assert (project / "workflow" / "config.schema.json").read_bytes() == printed


def test_it_is_a_valid_json_schema(schema):
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema == file_schema()


def test_configurations_of_the_project_fit_the_schema(schema, shipped, tmp_path):
    jsonschema.validate(as_editors_read(shipped), schema)
    write_resolved_config(load_study(shipped), tmp_path / "resolved.yaml")
    jsonschema.validate(as_editors_read(tmp_path / "resolved.yaml"), schema)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("arms.mine", {"method": "prune_pretrain", "epochs": {"0-60": 3, "70-90": 5}}),
        ("arms.random", {"epochs": {"0-99": 3}}),
        ("task_definitions", {"sentiment": {"limit": {"train": 100}}}),
        ("encoder", {"source": "hub", "name": "google-bert/bert-base-uncased"}),
        ("encoder", {"source": "package", "package": "somewhere", "folder": "model"}),
        ("corpus.sources", [{"source": "files", "files": ["a.txt"], "document_start": "^=", "weight": 0.5}]),
        ("pretraining.criteria.random", {"kind": "one_shot", "start": 3}),
    ],
)
def test_configurations_that_the_loader_accepts_fit_the_schema(schema, changed, path, value, project):
    parse_study(changed(path, value))
    jsonschema.validate(replaced(as_editors_read(project / "config.yaml"), path, value), schema)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("bogus", 1),
        ("study", "../x"),
        ("sparsities", [0, 100]),
        ("sparsities", []),
        ("arms.random", {}),
        ("arms.random", {"epochs": 0}),
        ("arms.random", {"epochs": 1, "bogus": 1}),
        ("arms.mine", {"epochs": 1}),
        ("arms.mine", {"epochs": 1, "method": "x"}),
        ("tasks", ["a/b"]),
        ("task_definitions", {"mine": {"limit": {"train": 100}}}),
        ("task_definitions", {"sentiment": {"metric": "bleu"}}),
        ("task_definitions", {"a/b": {"source": {"source": "language"}, "text": ["a"]}}),
        ("encoder", {"source": "web"}),
        ("pretraining.criteria.magnitude.kind", "linear"),
    ],
)
def test_configurations_that_the_loader_refuses_do_not_fit_the_schema(schema, project, path, value):
    values = replaced(as_editors_read(project / "config.yaml"), path, value)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(values, schema)
