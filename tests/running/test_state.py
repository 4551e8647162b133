"""A run that is interrupted at any step and resumed ends with the same bits as an uninterrupted run."""

import logging

import numpy as np
import pytest
import torch
from pydantic import TypeAdapter
from safetensors.torch import load_file, save_file
from torch.nn.functional import cross_entropy

from prunetransfer.config.pretraining import Objective
from prunetransfer.config.pruning import ScheduleSettings
from prunetransfer.data.sampling import PretrainingSampler
from prunetransfer.data.special_tokens import SpecialTokens
from prunetransfer.data.tokenized import TokenizedCorpus
from prunetransfer.models.families import family_named
from prunetransfer.models.unpadded import ATTENTION
from prunetransfer.pruning import prunable_matrices
from prunetransfer.pruning.pruner import Pruner
from prunetransfer.pruning.schedules import make_schedule
from prunetransfer.pruning.selection import Selection
from prunetransfer.running.progress import Progress
from prunetransfer.running.state import TrainingState
from prunetransfer.training.pretraining import predict

STEPS = 12
SCHEDULES = {
    "dense": None,
    "cubic": {"kind": "cubic", "start": 1, "ramp_steps": 6, "interval": 2},
    "one shot": {"kind": "one_shot", "start": 5},
}


class Interruption(BaseException):
    pass


@pytest.fixture
def masked_lm(make_family_model, make_loop, tiny_corpus):
    """Returns the model and the loop of a BERT that is pruned while it learns. weights_seed: decides its first weights."""
    special = SpecialTokens(cls=2, sep=3, mask=4, pad=0, unk=1)

    def make(schedule, *, next_sentence=True, precision="fp32"):
        objective = Objective(sequence_length=16, next_sentence=next_sentence)
        sampler = PretrainingSampler(TokenizedCorpus.open(tiny_corpus, "train"), objective, special, 60)
        model = make_family_model("bert", attention=ATTENTION, dropout=0.2)
        family = family_named("bert")
        pruner = None
        if schedule:
            parsed = TypeAdapter(ScheduleSettings).validate_python(schedule)
            pruner = Pruner(
                prunable_matrices(model),
                schedule=make_schedule(parsed, 0.6),
                selection=Selection("magnitude", "matrix", 0),
            )
        loop = make_loop(
            model,
            steps=STEPS,
            batch=lambda step: sampler.batch((0,), step, 4),
            losses=lambda model, batch: {
                name: cross_entropy(logits.float(), targets)
                for name, (logits, targets) in predict(model, family, batch).items()
            },
            pruner=pruner,
            optimizer={"precision": precision},
        )
        return model, loop

    return make


def bits(model, pruner=None):
    found = {name: weight.detach().clone().view(torch.int32) for name, weight in model.named_parameters()}
    return found | (pruner.state() if pruner else {})


def run(loop, path, stop_before=None, interval=0.0):
    """Saves after every step. Returns the steps that were done."""
    done = []
    plain = loop.batch

    def batch(step):
        if step == stop_before:
            raise Interruption
        done.append(step)
        return plain(step)

    loop.batch = batch
    state = TrainingState(path, "identity", interval)
    try:
        loop.run(state, Progress("test", STEPS, None))
    except Interruption:
        pass
    finally:
        loop.batch = plain
    return done


def spoil(model):
    """Changes all weights before a run resumes, so that they must come from the state."""
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.fill_(7.0)


@pytest.mark.parametrize("schedule", SCHEDULES.values(), ids=SCHEDULES)
def test_resumed_run_ends_at_the_same_bits(masked_lm, tmp_path, schedule):
    model, loop = masked_lm(schedule)
    assert run(loop, tmp_path / "whole") == list(range(STEPS))
    expected = bits(model, loop.pruner)
    for stop in (1, 5, 6, STEPS):
        path = tmp_path / f"stopped at {stop}"
        _, loop = masked_lm(schedule)
        assert run(loop, path, stop_before=stop) == list(range(stop))
        model, loop = masked_lm(schedule)
        spoil(model)
        assert run(loop, path) == list(range(stop, STEPS))
        found = bits(model, loop.pruner)
        assert found.keys() == expected.keys()
        assert all(torch.equal(found[name], tensor) for name, tensor in expected.items()), stop


@pytest.mark.parametrize("options", [{"next_sentence": False}, {"precision": "bf16"}], ids=str)
def test_often_interrupted_run_ends_at_the_same_bits(masked_lm, tmp_path, options):
    """Without next-sentence prediction, BERT's pooler has no gradient and no optimizer state."""
    model, loop = masked_lm(SCHEDULES["cubic"], **options)
    run(loop, tmp_path / "whole")
    expected = bits(model, loop.pruner)
    for stop in (3, 4, 9, None):
        model, loop = masked_lm(SCHEDULES["cubic"], **options)
        run(loop, tmp_path / "state", stop_before=stop)
    found = bits(model, loop.pruner)
    assert all(torch.equal(found[name], tensor) for name, tensor in expected.items())


def test_pruned_run_was_really_pruned(masked_lm, tmp_path):
    """If no weight were pruned, the comparisons above would prove little."""
    runs = {}
    for name, schedule in SCHEDULES.items():
        model, loop = masked_lm(schedule)
        run(loop, tmp_path / name)
        runs[name] = bits(model)
        assert (loop.pruner.sparsity if loop.pruner else 0.0) == pytest.approx(0.6 if schedule else 0.0, abs=0.01)
    assert not torch.equal(*(runs[name]["cls.predictions.bias"] for name in ("cubic", "one shot")))


def test_tokens_and_seconds_add_up(masked_lm, tmp_path):
    _, loop = masked_lm(None)
    path = tmp_path / "state"
    tokens = sum(loop.batch(step).packed.tokens.numel() for step in range(STEPS))
    run(loop, path, stop_before=5)
    state = TrainingState(path, "identity", 1e9)
    _, loop = masked_lm(None)
    loop.run(state, Progress("test", STEPS, None))
    assert state.tokens == tokens
    assert state.elapsed > state.seconds > 0


def test_saves_only_when_due(masked_lm, tmp_path):
    _, loop = masked_lm(None)
    run(loop, tmp_path / "state", interval=1e9)
    assert not list(tmp_path.iterdir())


def other_identity(path):
    model = torch.nn.Linear(1, 1)
    TrainingState(path, "another", 0).save(3, model, torch.optim.AdamW(model.parameters()), None)


def truncated(path):
    path.write_bytes(path.read_bytes()[:-10])


def half(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def garbage(path):
    path.write_bytes(np.random.default_rng(0).bytes(1000))


def empty(path):
    path.write_bytes(b"")


def one_bit_flipped(path):
    """Flips a bit in the last tensor."""
    content = bytearray(path.read_bytes())
    content[-2] ^= 1
    path.write_bytes(content)


def another_version(path):
    rewritten(path, {"prunetransfer-state-1": "{}"})


def no_metadata(path):
    rewritten(path, None)


def not_json(path):
    rewritten(path, {"prunetransfer-state-2": "{"})


def no_digest(path):
    rewritten(path, {"prunetransfer-state-2": "{}"})


def rewritten(path, metadata):
    save_file(load_file(path), path, metadata)


SPOILED = [
    other_identity,
    truncated,
    half,
    garbage,
    empty,
    one_bit_flipped,
    another_version,
    no_metadata,
    not_json,
    no_digest,
]


def warnings(caplog):
    return [record.getMessage() for record in caplog.records if record.name.startswith("prunetransfer")]


@pytest.mark.parametrize("spoil_file", SPOILED, ids=lambda function: function.__name__)
def test_an_unfit_state_is_set_aside_for_the_one_before_it(masked_lm, tmp_path, caplog, spoil_file):
    path = tmp_path / "state"
    whole, loop = masked_lm(SCHEDULES["cubic"])
    run(loop, tmp_path / "whole")
    _, loop = masked_lm(SCHEDULES["cubic"])
    run(loop, path, stop_before=4)
    previous = TrainingState(path, "identity", 0).previous
    good = previous.read_bytes()
    spoil_file(path)
    previous.write_bytes(good)  # `other_identity` saves, and so moves the file on
    spoiled = path.read_bytes()
    model, loop = masked_lm(SCHEDULES["cubic"])
    spoil(model)
    with caplog.at_level(logging.WARNING):
        assert run(loop, path) == list(range(3, STEPS))
    [warning] = warnings(caplog)
    aside = path.with_name("state.unfit")
    assert f"{path} " in warning
    assert f"set aside as {aside}" in warning
    assert aside.read_bytes() == spoiled
    assert all(torch.equal(tensor, bits(whole)[name]) for name, tensor in bits(model).items())


def test_without_a_fit_state_a_run_starts_again(masked_lm, tmp_path, caplog):
    path = tmp_path / "state"
    _, loop = masked_lm(None)
    run(loop, path, stop_before=4)
    for file in (path, TrainingState(path, "identity", 0).previous):
        half(file)
    with caplog.at_level(logging.WARNING):
        assert run(loop, path, interval=1e9) == list(range(STEPS))
    assert "starting from step 0" in warnings(caplog)[-1]
    assert {file.name for file in tmp_path.iterdir()} == {"state.unfit", "state.previous.unfit"}


def test_a_kill_between_the_two_renames_of_a_save_loses_no_state(masked_lm, tmp_path):
    path = tmp_path / "state"
    _, loop = masked_lm(None)
    run(loop, path, stop_before=4)
    path.unlink()
    assert run(loop, path) == list(range(3, STEPS))


def test_no_flipped_bit_goes_unseen(make_network, tmp_path):
    """Flips bits anywhere in the file. Each is noticed, or has no effect (in a blank of the header's padding)."""
    path = tmp_path / "state"
    model = make_network()
    optimizer = torch.optim.AdamW(model.parameters())
    TrainingState(path, "identity", 0).save(3, model, optimizer, None)
    whole = path.read_bytes()
    expected = bits(model)
    generator = np.random.default_rng(0)
    header = 8 + int.from_bytes(whole[:8], "little")
    places = [*generator.integers(0, 8 * header, 300), *generator.integers(8 * header, 8 * len(whole), 100)]
    resumed = 0
    for place in places:
        content = bytearray(whole)
        content[place // 8] ^= 1 << place % 8
        path.write_bytes(content)
        spoil(model)
        if TrainingState(path, "identity", 0).load(model, optimizer, None):
            resumed += 1
            assert all(torch.equal(tensor, expected[name]) for name, tensor in bits(model).items()), place
        else:
            assert path.with_name("state.unfit").read_bytes() == content
    assert resumed < 10


def test_without_a_state_there_is_no_warning(masked_lm, tmp_path, caplog):
    _, loop = masked_lm(None)
    with caplog.at_level(logging.WARNING):
        assert len(run(loop, tmp_path / "state", interval=1e9)) == STEPS
    assert not caplog.records


def test_remove(tmp_path):
    other_identity(tmp_path / "state")
    state = TrainingState(tmp_path / "state", "another", 0)
    state.remove()
    state.remove()
    assert not list(tmp_path.iterdir())
