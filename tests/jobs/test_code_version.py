"""A job's code version changes if the code changes on which its numbers depend, and only then."""

import ast
import json
import shutil
import subprocess
import sys

import pytest

from prunetransfer.jobs import code_version as module
from prunetransfer.jobs.code import encoder_modules, finetune_modules, pretrain_modules
from prunetransfer.jobs.settings.finetune import FinetuneJobSettings
from prunetransfer.jobs.settings.pretrain import PretrainJobSettings

PRUNE = {"criterion": "magnitude", "saliency": "magnitude", "schedule": {"kind": "one_shot"}, "sparsity": 0.5}


def pretrain(prune):
    phase = {"steps": 1, "learning_rate": 0.1}
    values = {"objective": {}, "optimizer": {}, "phase_name": "prune", "phase": phase, "seed": 0, "prune": prune}
    return pretrain_modules(PretrainJobSettings.model_validate(values), "bert")


def finetune(mask=None, **settings):
    values = {"arm": "any", "task": "any", "sparsity": 0.5, "mask": mask, "epochs": 1, "learning_rate": 0.1, "seed": 0}
    values |= {"classifier_dropout": 0.1, "optimizer": {}, **settings}
    return finetune_modules(FinetuneJobSettings.model_validate(values), "bert")


MODULES = {
    "language": ("data.language.write",),
    "encoder": encoder_modules("bert"),
    "corpus": ("data.corpus",),
    "task": ("data.task",),
    "pretrain dense": pretrain(None),
    "pretrain magnitude": pretrain(PRUNE),
    "pretrain random": pretrain({**PRUNE, "saliency": "random"}),
    "finetune dense": finetune(),
    "finetune masked": finetune("kept"),
    "finetune downstream": finetune({"saliency": "magnitude"}),
    "finetune scratch": finetune(fresh_weights=True),
    "runs": ("analysis.runs",),
    "pretraining": ("analysis.pretraining",),
    "table1": ("analysis.table1",),
    "figure1": ("figures.figure1",),
}
"""The modules that each job starts in."""
PRETRAINING = {name for name in MODULES if name.startswith("pretrain ")}
FINETUNING = {name for name in MODULES if name.startswith("finetune ")}
TRAINING = PRETRAINING | FINETUNING
MASKED = {"pretrain magnitude", "pretrain random", "finetune masked", "finetune downstream"}


def forget():
    for function in (module.code_version, module._tree, module._content, module._imports):
        function.cache_clear()


def digests():
    forget()
    return {name: module.code_version(*modules) for name, modules in MODULES.items()}


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A copy of the package, which tests may edit. Digests are computed from it."""
    copy = tmp_path / "prunetransfer"
    shutil.copytree(module.ROOT, copy, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(module, "ROOT", copy)
    yield copy
    forget()


@pytest.fixture(scope="module")
def unedited():
    return digests()


def changed_by(package, unedited, file, old, new):
    """The jobs whose digests differ after an edit."""
    text = (package / file).read_text()
    assert old in text, f"{file} has no {old!r}"
    (package / file).write_text(text.replace(old, new))
    after = digests()
    return {name for name in MODULES if unedited[name] != after[name]}


class Reword(ast.NodeTransformer):
    """Changes every docstring and attribute docstring."""

    def visit_Expr(self, node):
        if isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            node.value.value += " In other words."
        return node


def test_comments_docstrings_and_layout_do_not_count(package, unedited):
    for path in package.rglob("*.py"):
        tree = Reword().visit(ast.parse(path.read_text()))
        path.write_text("# A new comment.\n\n" + ast.unparse(tree))
    assert digests() == unedited


def test_digest_is_the_same_every_time(package, unedited):
    assert digests() == unedited, "wherever the package is"
    for digest in unedited.values():
        assert len(digest) == 16
        int(digest, 16)


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (("pruning/pruner.py", "bits.mul_(kept)", "bits.mul_(~kept)"), MASKED),
        (("pruning/masks.py", "flat > threshold", "flat >= threshold"), MASKED - {"finetune masked"}),
        (("pruning/selection.py", "round(sparsity", "int(sparsity"), MASKED - {"finetune masked"}),
        (
            ("config/methods.py", "Start.FRESH, Mask.NONE", "Start.FRESH, Mask.KEPT"),
            {"runs", "pretraining", "table1", "figure1"},
        ),
        (("pruning/criteria/magnitude.py", ".abs()", ".square()"), {"pretrain magnitude", "finetune downstream"}),
        (("pruning/criteria/random.py", "zlib.crc32", "hash"), {"pretrain random"}),
        (("pruning/schedules/cubic.py", "** 3", "** 2"), {"pretrain magnitude", "pretrain random"}),
        (("training/loop.py", "total.backward()", "(2 * total).backward()"), TRAINING),
        (("training/evaluation.py", "8192", "4096"), FINETUNING),
        (("data/sampling.py", "0.8, 0.1", "0.7, 0.2"), None),
        (("data/metrics.py", "return", "return 2 *"), None),
        (("models/families/bert.py", "return 0", "return 1"), TRAINING | {"encoder"}),
        (("models/families/roberta.py", "+ 1", "+ 2"), set()),
        (("running/progress.py", "EVENTS = 100", "EVENTS = 50"), set()),
        (("running/state.py", "resuming at", "going on at"), set()),
        (("cli.py", "exit status", "status"), set()),
        (("running/worker.py", "IDLE_SECONDS = 60", "IDLE_SECONDS = 61"), set()),
        (("config/study.py", "must include 0", "needs 0"), set()),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_an_edit_changes_the_digests_of_jobs_that_depend_on_it(package, unedited, edit, expected):
    found = changed_by(package, unedited, *edit)
    if expected is None:
        assert found & TRAINING
        assert not found & {"language", "corpus", "figure1"}
    else:
        assert found == expected


@pytest.mark.parametrize("file", ["figures/figure1.py", "figures/style.py", "analysis/table1.py", "analysis/runs.py"])
def test_edits_of_figures_and_tables_retrain_nothing(package, unedited, file):
    text = (package / file).read_text()
    found = changed_by(package, unedited, file, text, text + "\nNEW = 1\n")
    assert found
    assert found <= {"runs", "pretraining", "table1", "figure1"}
    if file.startswith("figures/"):
        assert found == {"figure1"}


def test_every_module_of_a_closure_counts(package):
    """An edit of any module in a job's closure changes the job's digest."""
    entry = "analysis.table1"
    forget()
    before = module.code_version(entry)
    closure = module.closure(f"prunetransfer.{entry}")
    assert len(closure) > 5
    for name in closure:
        path = module._path(name)
        text = path.read_text()
        path.write_text(text + "\nNEW = 1\n")
        forget()
        assert module.code_version(entry) != before, name
        path.write_text(text)
    forget()
    assert module.code_version(entry) == before


@pytest.fixture
def toy(tmp_path, monkeypatch):
    """Returns a function that makes a small package from files, and returns the closure of one of its modules."""
    root = tmp_path / "prunetransfer"
    monkeypatch.setattr(module, "ROOT", root)

    def closure(start, **files):
        forget()
        shutil.rmtree(root, ignore_errors=True)
        for name, text in {"__init__": "", **files}.items():
            path = root.joinpath(*name.split("__IN__")).with_suffix(".py")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return {name.removeprefix("prunetransfer.") for name in module.closure(f"prunetransfer.{start}")}

    yield closure
    forget()


@pytest.mark.parametrize(
    "statement",
    [
        "import prunetransfer.b",
        "import prunetransfer.b as other",
        "from prunetransfer import b",
        "from prunetransfer.b import name",
        "from . import b",
        "from .b import name as other, another",
        "def f():\n    from .b import name",
        "if condition:\n    from .b import name",
        "try:\n    from .b import name\nexcept ImportError:\n    pass",
        "if TYPE_CHECKING:\n    from .c import Name\nelse:\n    from .b import Name",
    ],
)
def test_every_way_to_import_is_seen(toy, statement):
    assert toy("a", a=statement, b="", c="") == {"a", "b"}


@pytest.mark.parametrize(
    "statement", ["", "import torch.b", "if TYPE_CHECKING:\n    from .b import Name", "import json, prunetransfers"]
)
def test_imports_for_type_checkers_do_not_count(toy, statement):
    assert toy("a", a=statement, b="", c="") == {"a"}


def test_imports_of_imports_and_circles(toy):
    assert toy("a", a="from .b import x", b="from . import c", c="import prunetransfer.a", d="") == {"a", "b", "c"}


def test_packages_count_if_something_is_imported_from_them(toy):
    inner = {"p__IN____init__": "from .one import x", "p__IN__one": "", "p__IN__two": "from ..b import y", "b": ""}
    assert toy("a", a="from .p.two import y", **inner) == {"a", "p.two", "b"}
    assert toy("a", a="from .p import two", **inner) == {"a", "p.two", "b"}
    assert toy("a", a="from .p import x", **inner) == {"a", "p", "p.one"}
    assert toy("a", a="import prunetransfer.p", **inner) == {"a", "p", "p.one"}


def test_unknown_modules_are_refused():
    with pytest.raises(ModuleNotFoundError, match=r"prunetransfer\.data\.nothing"):
        module.code_version("data.nothing")


TRAINED = {
    name: modules for name, modules in MODULES.items() if name not in ("runs", "pretraining", "table1", "figure1")
}

IMPORT_THEM = """
import importlib, json, os, sys
import torch, transformers.models.bert.modeling_bert, sklearn.metrics
found = {}
for stage, modules in json.loads(sys.argv[1]).items():
    reader, writer = os.pipe()
    if os.fork() == 0:
        os.close(reader)
        for name in modules:
            importlib.import_module(f"prunetransfer.{name}")
        imported = [name for name in sys.modules if name.split(".")[0] == "prunetransfer"]
        with os.fdopen(writer, "w") as file:
            json.dump(imported, file)
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as file:
        found[stage] = json.load(file)
    os.wait()
print(json.dumps(found))
"""


def packages_above(name):
    parts = name.split(".")
    return {".".join(parts[:length]) for length in range(1, len(parts))}


def test_closure_has_every_module_that_is_really_imported():
    """Except packages that are imported only because one of their modules is, and modules that these packages re-export."""
    printed = subprocess.run(
        [sys.executable, "-c", IMPORT_THEM, json.dumps(TRAINED)], capture_output=True, check=True, text=True
    ).stdout
    forget()
    for stage, imported in json.loads(printed.splitlines()[-1]).items():
        closure = module.closure(*(f"prunetransfer.{name}" for name in TRAINED[stage]))
        allowed, before = closure, set()
        while allowed != before:
            before = allowed
            allowed = allowed | module.closure(*(package for name in allowed for package in packages_above(name)))
        assert set(imported) <= allowed, stage
        if stage not in MASKED | {"encoder"}:  # the encoder's manifest says how many weights are prunable
            assert not any(name.startswith("prunetransfer.pruning") for name in imported), stage
        assert closure, stage


def test_nothing_is_imported_for_a_digest():
    """Snakemake computes digests while it plans, and must not load torch for them."""
    lines = [
        "import sys",
        "from prunetransfer.jobs.code_version import code_version",
        "code_version('training.pretraining')",
        "assert 'torch' not in sys.modules",
    ]
    subprocess.run([sys.executable, "-c", "; ".join(lines)], check=True)
