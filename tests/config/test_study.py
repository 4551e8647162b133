"""Valid configurations are accepted. Others are refused with the key, the value found, and the values allowed."""

import copy
import math
import re
import shutil
import subprocess
import sys

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from prunetransfer.config import available
from prunetransfer.config.arms import Arm, sparsity_percent_range
from prunetransfer.config.available import available_families
from prunetransfer.config.built_in import built_in_tasks
from prunetransfer.config.local_files import refuse_missing_files
from prunetransfer.config.reading import ConfigError, load_study, parse_study, read_yaml
from prunetransfer.config.study import Study
from prunetransfer.jobs.grid import GridSettings
from prunetransfer.jobs.study_grid import grid
from prunetransfer.jobs.study_jobs import StudyJobs
from prunetransfer.models.families import family_named
from prunetransfer.storage.resolved_config import write_resolved_config

DELETE = "delete this key"
NAME = "allowed are letters, digits, '_', '.' and '-'"
EPOCHS = "allowed: a whole number of at least 1, or one for each range of sparsities"
LANGUAGE_TASK = {"source": {"source": "language"}, "text": ["sentence"], "labels": ["a", "b"]}

WRONG = [
    # (path of the key, its value, the key in the message if it differs from the path, how the message goes on)
    ("bogus", 1, None, "is not a key"),
    ("encoder.bogus", 1, None, "is not a key"),
    ("encoder.vocabulary.bogus", 1, None, "is not a key"),
    ("corpus.bogus", 1, None, "is not a key"),
    ("corpus.sources", [{"source": "language", "bogus": 1}], "corpus.sources.0.bogus", "is not a key"),
    ("pretraining.objective.masking.bogus", 1, None, "is not a key"),
    ("pretraining.criteria.magnitude.bogus", 1, None, "is not a key"),
    ("arms.random.bogus", 1, None, "is not a key"),
    ("finetuning.optimizer.bogus", 1, None, "is not a key"),
    ("study", DELETE, None, "is missing"),
    ("study", "../x", None, f"found '../x'; {NAME}"),
    ("study", "a/b", None, f"found 'a/b'; {NAME}"),
    ("study", ".hidden", None, f"found '.hidden'; {NAME}"),
    ("study", "two\n", None, f"found 'two\\n'; {NAME}"),
    ("study", "", None, f"found ''; {NAME}"),
    ("study", 7, None, "must be text, found 7"),
    ("sparsities", [0, 100], "sparsities.1", "must be less than or equal to 99, found 100"),
    ("sparsities", [0, -1], "sparsities.1", "must be greater than or equal to 0, found -1"),
    ("sparsities", [0, 30.5], "sparsities.1", "must be a whole number, found 30.5"),
    ("sparsities", [0, "x"], "sparsities.1", "must be a whole number, found 'x'"),
    ("sparsities", [0, True], "sparsities.1", "must be a whole number, found True"),
    ("sparsities", [0, 30, 30], None, "must not repeat a value, found 30 more than once"),
    ("sparsities", [30, 60], None, "must include 0, the unpruned model, found [30, 60]"),
    ("sparsities", [], None, "must not be empty, found []"),
    ("sparsities", 30, None, "must be a list, found 30"),
    ("analyses.bogus", 1, None, "is not a key"),
    ("analyses.trajectory.learning_rate", 7e-3, None, "found 0.007; allowed: 0.0005"),
    ("analyses.trajectory.epochs", 0, None, "must be greater than or equal to 1, found 0"),
    (
        "analyses.prune_after.epochs",
        [0, 13],
        None,
        "found 13; allowed: at most 12, which is analyses.trajectory.epochs",
    ),
    ("analyses.prune_after.epochs", [1, 1], None, "must not repeat a value, found 1 more than once"),
    ("analyses.prune_after.sparsity", 0, None, "must be greater than or equal to 1, found 0"),
    ("analyses.leave_out_of_fit", {"Cola": [90]}, None, "found 'Cola'; allowed: "),
    ("claims.tolerance.accuracy", -1, None, "must be greater than 0, found -1"),
    ("claims.harmless", [40, 30], None, "must be the lowest and the highest sparsity in percent, in this order"),
    ("tasks", ["average"], None, "'average' is what tables call the mean over tasks"),
    ("arms", {}, None, "must not be empty"),
    ("arms.prune_pretrain", DELETE, "arms", "must include prune_pretrain"),
    ("arms.prune_pretrain", 3, None, "must be a mapping of keys to values, found 3"),
    ("arms.random", {}, "arms.random.epochs", "is missing"),
    ("arms.random.epochs", 0, None, f"found 0; {EPOCHS}"),
    ("arms.random.epochs", 1.5, None, f"found 1.5; {EPOCHS}"),
    ("arms.random.epochs", True, None, f"found True; {EPOCHS}"),
    ("arms.random.epochs", None, None, f"found None; {EPOCHS}"),
    ("arms.random.epochs", {}, None, f"found {{}}; {EPOCHS}"),
    ("arms.random.epochs", {"0-99": 0}, None, f"found {{'0-99': 0}}; {EPOCHS}"),
    ("arms.random.epochs", {"0-60": 3, "60-90": 2}, None, "gives 60 % twice: in '0-60' and in '60-90'"),
    ("arms.random.epochs", {"0-99": 3, 60: 2}, None, "gives 60 % twice: in '0-99' and in 60"),
    ("arms.random.epochs", {60: 3, "60": 2}, None, "gives 60 % twice"),
    ("arms.random.epochs", {"0-30": 3, "70-90": 2}, None, "says nothing about 60 %: it has 0-30, 70-90"),
    ("arms.prune_pretrain.epochs", {"30-90": 3}, None, "says nothing about 0 %: it has 30-90"),
    ("arms.random.epochs", {"90-0": 3}, None, "must be sparsities in percent such as 80 or 70-90, found '90-0'"),
    ("arms.random.epochs", {"0-100": 3}, None, "must be sparsities in percent"),
    ("arms.random.epochs", {"all": 3}, None, "must be sparsities in percent such as 80 or 70-90, found 'all'"),
    ("arms.mine", {"epochs": 3}, "arms.mine.method", "is missing"),
    ("arms", {"../x": {"epochs": 3, "method": "prune_pretrain"}}, "arms.../x", f"found '../x'; {NAME}"),
    ("arms.random.method", "lottery", None, "found 'lottery'; allowed: 'prune_pretrain', 'information_deletion'"),
    ("arms.random.criterion", "snip", None, "found 'snip'; allowed: magnitude, random"),
    ("finetuning.seeds", [0, 1, 0], None, "must not repeat a value, found 0 more than once"),
    ("finetuning.seeds", [-1], "finetuning.seeds.0", "must be greater than or equal to 0, found -1"),
    ("finetuning.seeds", [2**31], "finetuning.seeds.0", f"must be less than {2**31}"),
    ("finetuning.learning_rates", [1e-3, "1e-3"], None, "must not repeat a value, found 0.001 more than once"),
    ("finetuning.learning_rates", [-1], "finetuning.learning_rates.0", "must be greater than 0, found -1"),
    ("finetuning.learning_rates", [0], "finetuning.learning_rates.0", "must be greater than 0, found 0"),
    ("finetuning.learning_rates", ["x"], "finetuning.learning_rates.0", "must be a number, found 'x'"),
    ("finetuning.learning_rates", [True], "finetuning.learning_rates.0", "must be a number, found True"),
    ("finetuning.learning_rates", [math.inf], "finetuning.learning_rates.0", "must be a finite number, found inf"),
    ("finetuning.learning_rates", [math.nan], "finetuning.learning_rates.0", "must be a finite number, found nan"),
    ("finetuning.max_length", 64, None, "found 64; allowed: at most 32, which is encoder.max_length"),
    ("tasks", [], None, "must not be empty, found []"),
    ("tasks", ["sentiment", "sentiment"], None, "must not repeat a value, found sentiment more than once"),
    ("tasks", ["sentiments"], None, "found 'sentiments'; allowed: CoLA, MNLI,"),
    ("tasks", ["../x"], "tasks.0", f"found '../x'; {NAME}"),
    ("task_definitions", {"mine": LANGUAGE_TASK}, "task_definitions.mine", "is defined and not used"),
    (
        "task_definitions",
        {"sentiment": {"metric": "bleu"}},
        "task_definitions.sentiment.metric",
        "found 'bleu'; allowed: 'accuracy', 'f1'",
    ),
    (
        "task_definitions",
        {"sentiment": {"labels": None}},
        "task_definitions.sentiment",
        "metric accuracy needs `labels`",
    ),
    (
        "task_definitions",
        {"sentiment": {"labels": [0, 1, 0]}},
        "task_definitions.sentiment.labels",
        "must not repeat a value, found 0",
    ),
    (
        "task_definitions",
        {"sentiment": {"metric": "pearson"}},
        "task_definitions.sentiment",
        "metric pearson is for regression",
    ),
    (
        "task_definitions",
        {"inference": {"metric": "f1"}},
        "task_definitions.inference",
        "metric f1 is for 2 labels, found 3",
    ),
    (
        "task_definitions",
        {"sentiment": {"source": {"source": "files", "train": "x"}}},
        "task_definitions.sentiment.source.dev",
        "is missing",
    ),
    (
        "task_definitions",
        {"sentiment": {"source": {"train": "x", "dev": "y"}}},
        "task_definitions.sentiment.source.source",
        "is missing",
    ),
    (
        "task_definitions",
        {"sentiment": {"text": ["a", "b", "c"]}},
        "task_definitions.sentiment.text",
        "must have at most 2 items",
    ),
    ("language", DELETE, "corpus.sources", "uses the artificial language, and the key `language` is missing"),
    (
        "pretraining.criteria.magnitude.ramp_steps",
        500,
        "pretraining.criteria.magnitude",
        "reaches its sparsity before step 500",
    ),
    ("pretraining.criteria.random.start", 500, "pretraining.criteria.random", "reaches its sparsity before step 500"),
    ("pretraining.criteria.magnitude.kind", "linear", None, "found 'linear'; allowed: 'one_shot', 'cubic'"),
    ("pretraining.criteria.magnitude.interval", 0, None, "must be greater than or equal to 1, found 0"),
    (
        "pretraining.criteria.Dense",
        {"kind": "one_shot", "saliency": "magnitude"},
        "pretraining.criteria",
        "'Dense' is what tables call 0 %",
    ),
    (
        "pretraining.criteria.mine",
        {"kind": "one_shot", "saliency": "snip"},
        "pretraining.criteria.mine.saliency",
        "found 'snip'; allowed: magnitude, random",
    ),
    ("pretraining.criteria.magnitude.saliency", "random", None, "found 'random'; allowed: 'magnitude'"),
    ("pretraining.criteria.magnitude.scope", "row", None, "found 'row'; allowed: 'matrix', 'layer' or 'global'"),
    ("arms.prune_pretrain.method", "from_scratch", None, "found 'from_scratch'; allowed: 'prune_pretrain'"),
    ("arms.information_deletion.criterion", "random", None, "found 'random'; allowed: 'magnitude'"),
    ("arms.random.criterion", "magnitude", None, "found 'magnitude'; allowed: 'random'"),
    (
        "pretraining.criteria.snip",
        {"kind": "one_shot"},
        "pretraining.criteria",
        "found 'snip'; allowed: magnitude, random",
    ),
    (
        "pretraining.criteria.random",
        DELETE,
        "arms.random.criterion",
        "'random' has no schedule in pretraining.criteria",
    ),
    ("pretraining.objective.sequence_length", 33, None, "found 33; allowed: at most 32, which is encoder.max_length"),
    ("pretraining.objective.masking.share", 0, None, "must be greater than 0, found 0"),
    ("pretraining.objective.next_sentence", "maybe", None, "must be true or false, found 'maybe'"),
    ("pretraining.optimizer.precision", "fp8", None, "found 'fp8'; allowed: 'fp32', 'bf16' or 'auto'"),
    ("pretraining.optimizer.weight_decay", -0.1, None, "must be greater than or equal to 0, found -0.1"),
    ("pretraining.optimizer.warmup", 1.5, None, "must be less than or equal to 1, found 1.5"),
    ("pretraining.prune", {"steps": 500}, "pretraining.prune.learning_rate", "is missing"),
    ("corpus.sources", [], None, "must not be empty"),
    (
        "corpus.sources",
        [{"source": "language", "weight": 1}, {"source": "language"}],
        None,
        "must give a weight to every source or to none, found 1 of 2",
    ),
    (
        "corpus.sources",
        [{"source": "web"}],
        "corpus.sources.0.source",
        "found 'web'; allowed: 'files', 'dataset', 'language'",
    ),
    ("corpus.sources", [{"source": "files", "files": []}], "corpus.sources.0.files", "must not be empty"),
    (
        "corpus.sources",
        [{"source": "files", "files": ["a"], "document_start": "("}],
        "corpus.sources.0.document_start",
        "must be a regular expression",
    ),
    ("corpus.sentence_splitter", "nltk", None, "found 'nltk'; allowed: 'spacy' or 'lines'"),
    ("encoder", "bert", None, "must be a mapping of keys to values, found 'bert'"),
    ("encoder.source", "web", None, "found 'web'; allowed: 'folder', 'hub', 'package', 'fresh'"),
    ("encoder.source", DELETE, None, "is missing"),
    ("encoder.architecture", "gpt2", None, "found 'gpt2'; allowed: bert, distilbert, electra, roberta"),
    ("encoder.heads", 3, "encoder", "hidden_size must be a multiple of heads, found 64 and 3"),
    ("encoder.layers", 0, None, "must be greater than or equal to 1, found 0"),
    ("figures.dpi", 10, None, "must be greater than or equal to 50, found 10"),
    ("", None, "", "must be a mapping of keys to values, found NoneType"),
    ("", [1], "", "must be a mapping of keys to values, found list"),
]


@pytest.mark.parametrize(("path", "value", "key", "message"), WRONG, ids=lambda value: str(value)[:40])
def test_wrong_configurations_are_refused_by_key(changed, path, value, key, message):
    values = changed(path, changed.delete if value == DELETE else value)
    with pytest.raises(ConfigError) as error:
        parse_study(values, "my.yaml")
    key = path if key is None else key
    start = f"my.yaml: {key}: {message}" if key else f"my.yaml: {message}"
    lines = str(error.value).splitlines()
    assert any(line.startswith(start) for line in lines), lines
    assert all(line.startswith("my.yaml: ") for line in lines)
    assert not any(phrase in str(error.value) for phrase in ("Value error", "nput should", "constrained"))


CHECK = """
import sys
from prunetransfer import cli
for file in sys.argv[1:]:
    print("status", cli.run(["check", file]), file=sys.stderr, flush=True)
assert "torch" not in sys.modules and "transformers" not in sys.modules, "an error must not wait for these"
"""


def test_the_command_refuses_each_with_an_error_and_without_torch(changed, tmp_path):
    files = []
    for number, (path, value, _, _) in enumerate(WRONG):
        files.append(tmp_path / f"{number}.yaml")
        files[-1].write_text(yaml.safe_dump(changed(path, changed.delete if value == DELETE else value)))
    done = subprocess.run([sys.executable, "-c", CHECK, *map(str, files)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    *told, rest = re.split(r"status 1\n", done.stderr)
    assert rest == ""
    assert len(told) == len(files) > 40
    assert all(text.startswith(f"error: {file}: ") for text, file in zip(told, files, strict=True))
    assert "Traceback" not in done.stderr


def places(content, before=()):
    """The path of every value in a configuration, as a sequence of keys."""
    yield before
    items = content.items() if isinstance(content, dict) else enumerate(content) if isinstance(content, list) else ()
    for key, value in items:
        yield from places(value, (*before, key))


SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from(["../x", "1e400", "", "~"]),
)
JUNK = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.one_of(st.text(max_size=5), st.integers()), inner)
    ),
    max_leaves=5,
)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), junk=JUNK)
def test_any_value_anywhere_is_accepted_or_refused_by_key(default, data, junk):
    place = data.draw(st.sampled_from(list(places(default))))
    content = junk
    for depth in range(len(place) - 1, -1, -1):
        section = default
        for key in place[:depth]:
            section = section[key]
        section = copy.copy(section)
        section[place[depth]] = content
        content = section
    try:
        parse_study(content, "my.yaml")
    except ConfigError as error:
        assert all(line.startswith("my.yaml: ") for line in str(error).splitlines()), str(error)


def test_all_problems_are_reported_at_once(default):
    default["arms"]["random"]["criterion"] = "snip"
    default["sparsities"] = [30]
    default["tasks"].append("absent")
    with pytest.raises(ConfigError) as error:
        parse_study(default)
    assert len(str(error.value).splitlines()) == 3


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("study: a\nsparsities: [0]\nstudy: b\n", r"line 3: the key 'study' stands twice"),
        ("arms:\n  random: {epochs: 1, epochs: 2}\n", r"line 2: the key 'epochs' stands twice"),
        ("study: [1, 2\n", "expected ',' or ']'"),
        ("study: !!python/object:os.system x\n", "could not determine a constructor"),
        ("study: \x00\n", "special characters are not allowed"),
        ("? [a, b]\n: 1\n", "found unhashable key"),
        ("", "must be a mapping of keys to values, found NoneType"),
        ("- a\n- b\n", "must be a mapping of keys to values, found list"),
        ("text", "must be a mapping of keys to values, found str"),
    ],
)
def test_unreadable_files_are_refused_by_name(tmp_path, text, message):
    path = tmp_path / "my.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=rf"(?s)my\.yaml.*{message}"):
        load_study(path)


def test_files_that_are_not_text_are_refused_by_name(tmp_path):
    path = tmp_path / "my.yaml"
    path.write_bytes(b"study: \xff\n")
    for unreadable in (path, tmp_path / "absent.yaml", tmp_path):
        with pytest.raises(ConfigError, match=re.escape(str(unreadable))):
            load_study(unreadable)


def test_configurations_of_the_project_are_valid(shipped, tmp_path):
    study = load_study(shipped)
    write_resolved_config(study, tmp_path / "resolved.yaml")
    assert load_study(tmp_path / "resolved.yaml") == study
    write_resolved_config(load_study(tmp_path / "resolved.yaml"), tmp_path / "again.yaml")
    assert (tmp_path / "resolved.yaml").read_bytes() == (tmp_path / "again.yaml").read_bytes()
    assert Study.model_validate_json(study.model_dump_json()) == study


def test_every_jobs_settings_survive_the_command_line(shipped):
    """Rules pass settings to their commands as JSON."""
    told = [job.settings for job in StudyJobs(load_study(shipped)).jobs if job.settings is not None]
    assert len(told) > 50
    for one in told:
        assert type(one).model_validate_json(one.model_dump_json()) == one


RANGES = st.lists(st.integers(0, 99), min_size=1, max_size=8, unique=True).map(sorted)
"""The first sparsities of ranges. Each range ends before the next one begins."""


@given(starts=RANGES, data=st.data())
def test_epochs_by_sparsity(starts, data):
    ends = [start - 1 for start in starts[1:]] + [99]
    epochs = {}
    for start, end in zip(starts, ends, strict=True):
        key = data.draw(st.sampled_from([f"{start}-{end}"] if end > start else [str(start), start, f"{start}-{start}"]))
        epochs[key] = data.draw(st.integers(1, 50))
    arm = Arm(method="prune_pretrain", epochs=epochs)
    for key, number in epochs.items():
        assert {arm.epochs_at(sparsity) for sparsity in sparsity_percent_range(key)} == {number}
    assert Arm.model_validate_json(arm.model_dump_json()) == arm
    assert Arm.model_validate(yaml.safe_load(yaml.safe_dump(arm.model_dump(mode="json")))) == arm
    for sparsity in range(starts[0]):
        with pytest.raises(ValueError, match=f"says nothing about {sparsity} %"):
            arm.epochs_at(sparsity)


@given(number=st.integers(1, 1000), sparsity=st.integers(0, 99))
def test_one_number_of_epochs_is_for_every_sparsity(number, sparsity):
    arm = Arm(method="prune_pretrain", epochs=number)
    assert arm.epochs_at(sparsity) == number
    assert Arm.model_validate_json(arm.model_dump_json()) == arm


SPARSITIES = st.lists(st.integers(1, 99), max_size=6, unique=True).map(lambda values: [0, *values])


@settings(max_examples=40)
@given(
    sparsities=SPARSITIES,
    seeds=st.lists(st.integers(0, 2**31 - 1), min_size=1, max_size=3, unique=True),
    rates=st.lists(st.floats(1e-7, 1.0), min_size=1, max_size=3, unique=True),
    arms=st.dictionaries(
        st.sampled_from(["information_deletion", "prune_downstream", "random", "from_scratch"]),
        st.one_of(st.integers(1, 9), st.just({"0-49": 2, "50-99": 3})),
    ),
    names=st.dictionaries(st.from_regex(r"\A[A-Za-z0-9][A-Za-z0-9_.-]{0,9}\Z"), st.just(LANGUAGE_TASK), max_size=2),
)
def test_any_study_can_be_written_and_read(default_once, tmp_path_factory, sparsities, seeds, rates, arms, names):
    names = {name: task for name, task in names.items() if name not in built_in_tasks()}
    values = {
        **default_once,
        "sparsities": sparsities,
        "tasks": ["sentiment", *names],
        "task_definitions": names,
        "arms": {"prune_pretrain": {"epochs": 2}} | {name: {"epochs": epochs} for name, epochs in arms.items()},
        "finetuning": {**default_once["finetuning"], "seeds": seeds, "learning_rates": rates},
    }
    study = parse_study(values)
    path = tmp_path_factory.mktemp("study") / "config.yaml"
    write_resolved_config(study, path)
    assert load_study(path) == study
    assert_grid_is_sound(study)


@pytest.fixture(scope="module")
def default_once(project):
    return read_yaml(project / "config.yaml")


def assert_grid_is_sound(study):
    found = grid(study)
    assert GridSettings.model_validate_json(found.model_dump_json()) == found
    runs = list(found.runs())
    assert len(set(runs)) == len(runs)
    checkpoints = list(found.checkpoints())
    assert checkpoints[0] == ("dense", 0)
    assert len(set(checkpoints)) == len(checkpoints)
    trained = {(run.arm, run.sparsity_percent) for run in runs}
    for arm, sparsity_percent, filed_under in found.rows():
        assert (filed_under, sparsity_percent) in trained, "every row of Table 1 has its runs"
        assert filed_under == arm or sparsity_percent == 0
        checkpoint = found.checkpoint_of(arm, sparsity_percent)
        assert checkpoint is None or checkpoint in checkpoints
        if filed_under != arm:
            assert study.arms[arm].epochs_at(0) == study.arms[filed_under].epochs_at(0)
    jobs = StudyJobs(study)
    for run in runs:
        settings = jobs["finetune"].settings(run.wildcards())
        assert round(100 * settings.sparsity) == run.sparsity_percent
        assert settings.epochs == study.arms[run.arm].epochs_at(run.sparsity_percent)
        assert settings.learning_rate == run.learning_rate


def test_grids_of_shipped_configurations(shipped):
    assert_grid_is_sound(load_study(shipped))


def test_built_in_tasks_are_filled_in_and_can_be_changed(default):
    default["tasks"] = ["sentiment", "CoLA"]
    default["task_definitions"] = {"CoLA": {"metric": "accuracy", "limit": {"train": 100}}}
    study = parse_study(default)
    cola = study.task_definitions["CoLA"]
    assert cola.metric == "accuracy"
    assert cola.limit.train == 100
    assert cola.source.dataset == "nyu-mll/glue"
    assert set(study.task_definitions) == {"sentiment", "CoLA"}


def test_new_arms(default):
    default["arms"]["mine"] = {"method": "information_deletion", "criterion": "random", "epochs": 3}
    study = parse_study(default)
    assert grid(study).criteria["mine"] == "random"
    assert study.arms["random"].method == "prune_pretrain"
    assert study.arms["random"].criterion == "random"


def test_a_criterion_may_have_another_name_than_its_saliency(default):
    default["pretraining"]["criteria"]["everywhere"] = {
        **default["pretraining"]["criteria"]["magnitude"],
        **{"saliency": "magnitude", "scope": "global"},
    }
    default["arms"]["everywhere"] = {"method": "prune_pretrain", "criterion": "everywhere", "epochs": 6}
    default["arms"]["later"] = {"method": "prune_downstream", "criterion": "everywhere", "epochs": 6}
    jobs = StudyJobs(parse_study(default))
    prune = jobs["pretrain"].settings({"criterion": "everywhere", "sparsity": "60"}).prune
    assert (prune.criterion, prune.saliency, prune.scope) == ("everywhere", "magnitude", "global")
    run = {"sparsity": "60", "task": "sentiment", "learning_rate": "5e-4", "seed": "0"}
    mask = jobs["finetune"].settings({"arm": "later", **run}).mask
    assert (mask.saliency, mask.scope) == ("magnitude", "global")
    assert jobs["finetune"].settings({"arm": "prune_downstream", **run}).mask.scope == "matrix"


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ('NEEDS = ("weight", "gradient")', "'odd' needs gradient; a mask update has weight"),
        ("NEEDS = weight", "pruning/criteria/odd.py has no NEEDS"),
        ("", "pruning/criteria/odd.py has no NEEDS"),
    ],
)
def test_what_a_criterion_needs_is_checked_before_anything_runs(default, tmp_path, monkeypatch, code, message):
    shutil.copytree(available.CRITERIA, tmp_path / "criteria")
    (tmp_path / "criteria" / "odd.py").write_text(f"{code}\n\n\ndef saliency(matrix):\n    return matrix.gradient\n")
    monkeypatch.setattr(available, "CRITERIA", tmp_path / "criteria")
    default["pretraining"]["criteria"]["odd"] = {"kind": "one_shot"}
    with pytest.raises(ConfigError, match=f"pretraining.criteria.odd: .*{message}"):
        parse_study(default)
    del default["pretraining"]["criteria"]["odd"]
    default["arms"]["later"] = {"method": "prune_downstream", "criterion": "odd", "epochs": 1}
    with pytest.raises(ConfigError, match=f"arms.later.criterion: .*{message}"):
        parse_study(default)


def test_architectures_are_those_with_a_file(architecture):
    assert available_families() == ["bert", "distilbert", "electra", "roberta"]
    assert architecture in available_families()
    assert family_named(architecture).PRETRAINING


def test_pretrained_encoders_do_not_depend_on_the_corpus(default):
    default["encoder"] = {"source": "hub", "name": "a/b"}
    study = parse_study(default)
    job = StudyJobs(study)["encoder"].job()
    assert job.settings.corpus is None and job.settings.max_documents is None
    assert job.inputs == {}


def test_missing_files_and_packages_are_named(default, tmp_path):
    absent = str(tmp_path / "absent")
    default["encoder"] = {"source": "package", "package": "not_installed.anywhere"}
    default["corpus"]["sources"] = [{"source": "files", "files": [str(tmp_path), absent]}]
    default["task_definitions"] = {"sentiment": {"source": {"source": "files", "train": str(tmp_path), "dev": absent}}}
    with pytest.raises(ConfigError) as error:
        refuse_missing_files(parse_study(default))
    found = [line.split(":")[0] for line in str(error.value).splitlines()]
    assert sorted(found) == ["corpus.sources.0.files.1", "encoder.package", "task_definitions.sentiment.source.dev"]


def test_the_followed_fine_tuning_has_a_snapshot_after_each_epoch_and_the_others_their_last(default):
    study = parse_study(
        {
            **default,
            "finetuning": {**default["finetuning"], "learning_rates": [2e-5, 5e-5]},
            "analyses": {"trajectory": {"learning_rate": 5e-5, "epochs": 4}, "prune_after": None},
        }
    )
    assert study.unpruned_epochs == 6
    assert study.followed_learning_rate == 5e-5
    assert study.snapshot_epochs(5e-5) == [1, 2, 3, 4, 6]
    assert study.snapshot_epochs(2e-5) == [6]
    jobs = StudyJobs(study)
    run = {"task": study.tasks[0], "seed": "0"}
    assert jobs["followed_trajectory"].settings({**run, "learning_rate": "5e-5"}).snapshots == (1, 2, 3, 4, 6)
    assert jobs["trajectory"].settings({**run, "learning_rate": "2e-5"}).snapshots == (6,)
