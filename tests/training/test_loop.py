"""The loop: its learning rates, what decay and dropout do, and what it does with a loss that isn't finite."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from prunetransfer.config.optimization import OptimizerSettings
from prunetransfer.data.packing import pack
from prunetransfer.models.families import family_named
from prunetransfer.models.unpadded import ATTENTION
from prunetransfer.training.evaluation import task_logits, task_loss
from prunetransfer.training.finetuning import LabelledBatch
from prunetransfer.training.loop import NonFiniteLoss, assert_finite
from prunetransfer.training.optimizer import learning_rate_at, make_optimizer

STEPS = st.integers(1, 400)
WARMUP = st.one_of(st.sampled_from([0.0, 0.1, 1.0]), st.floats(0, 1))


def weights(model):
    return {name: parameter.detach().clone() for name, parameter in model.named_parameters()}


def equal(one, other):
    return all(torch.equal(one[name], other[name]) for name in one)


@given(steps=STEPS, warmup=WARMUP)
def test_learning_rate_rises_and_falls_in_straight_lines(steps, warmup):
    rates = [learning_rate_at(step, steps, 2.0, warmup) for step in range(steps)]
    rising = math.ceil(warmup * steps)
    assert all(0 < rate <= 2.0 + 1e-12 for rate in rates), "no step is wasted"
    assert max(rates) == pytest.approx(2.0)
    # Both lines reach 0: the rising one before the first step, the falling one after the last step.
    up = [2.0 * (step + 1) / rising for step in range(rising)]
    down = torch.linspace(2.0, 0.0, steps - rising + 1, dtype=torch.float64)[:-1].tolist()
    assert rates == pytest.approx([*up, *down])


def test_learning_rate_without_warmup_is_transformers(make_network):
    """The decay is transformers' linear schedule."""
    from transformers import get_linear_schedule_with_warmup

    optimizer = torch.optim.SGD(make_network().parameters(), lr=0.3)
    schedule = get_linear_schedule_with_warmup(optimizer, 0, 7)
    expected = []
    for _ in range(7):
        expected += schedule.get_last_lr()
        optimizer.step()
        schedule.step()
    assert [learning_rate_at(step, 7, 0.3, 0.0) for step in range(7)] == pytest.approx(expected)


def test_loop_equals_plain_torch(make_network, make_loop, run_loop):
    """AdamW, clipped gradients and the schedule, written out."""
    model, reference = make_network(dropout=0.0), make_network(dropout=0.0)
    loop = make_loop(model, steps=15, peak=0.05, optimizer={"clip_norm": 0.3, "weight_decay": 0.2})
    state = run_loop(loop)
    assert state.tokens == 15 * 24
    vectors = [parameter for parameter in reference.parameters() if parameter.ndim == 1]
    matrices = [parameter for parameter in reference.parameters() if parameter.ndim > 1]
    optimizer = torch.optim.AdamW(
        [{"params": matrices, "weight_decay": 0.2}, {"params": vectors, "weight_decay": 0.0}], lr=0.0
    )
    for step in range(15):
        for group in optimizer.param_groups:
            group["lr"] = learning_rate_at(step, 15, 0.05, loop.settings.warmup)
        loss = loop.losses(reference, loop.batch(step))["loss"]
        optimizer.zero_grad()
        loss.backward()
        norm = torch.cat([parameter.grad.flatten() for parameter in reference.parameters()]).norm()
        for parameter in reference.parameters():
            parameter.grad *= min(1.0, 0.3 / float(norm))
        optimizer.step()
    for name, weight in weights(model).items():
        torch.testing.assert_close(weight, reference.get_parameter(name).detach(), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("done", [1, 4, 9])
def test_a_stopped_loop_equals_a_shorter_one(make_network, make_loop, run_loop, done):
    """A stopped loop ends like a loop whose last step this is, if both have the same learning rates."""
    stopped, shorter = make_network(), make_network()
    states = [
        run_loop(make_loop(stopped, steps=12, stop=lambda step, state: step == done)),
        run_loop(make_loop(shorter, steps=done, cycle=12)),
    ]
    assert equal(weights(stopped), weights(shorter))
    assert states[0].tokens == states[1].tokens == done * 24


def test_a_stop_is_asked_for_after_each_step_with_the_state(make_network, make_loop, run_loop):
    asked = []
    run_loop(make_loop(make_network(), steps=5, stop=lambda step, state: asked.append((step, state.tokens))))
    assert asked == [(step, 24 * step) for step in range(1, 6)]


def test_weight_decay_spares_vectors(make_network, make_loop, run_loop):
    """Without gradients, only weight decay changes weights."""
    model = make_network()
    before = weights(model)

    def no_gradient(model, batch):
        return {"loss": 0.0 * sum(parameter.sum() for parameter in model.parameters())}

    loop = make_loop(model, steps=10, peak=0.1, optimizer={"weight_decay": 0.5}, losses=no_gradient)
    run_loop(loop)
    shrunk = math.prod(1 - 0.5 * learning_rate_at(step, 10, 0.1, 0.1) for step in range(10))
    for name, weight in weights(model).items():
        if weight.ndim > 1:
            torch.testing.assert_close(weight, before[name] * shrunk)
        else:
            assert torch.equal(weight, before[name])


def test_every_parameter_is_optimised_once(make_model):
    model = make_model()
    optimizer = make_optimizer(model, OptimizerSettings(weight_decay=0.25))
    decays = {id(parameter): group["weight_decay"] for group in optimizer.param_groups for parameter in group["params"]}
    assert sum(len(group["params"]) for group in optimizer.param_groups) == len(list(model.parameters()))
    for name, parameter in model.named_parameters():
        spared = name.endswith("bias") or "LayerNorm" in name or "layer_norm" in name
        assert decays[id(parameter)] == (0.0 if spared else 0.25), name


def test_dropout_depends_on_seed_and_step_alone(make_network, make_loop, run_loop):
    def train(seed, disturb=False):
        model = make_network()
        loop = make_loop(model, seed=seed)
        batch = loop.batch
        if disturb:
            loop.batch = lambda step: (torch.rand(step + 1), batch(step))[1]
        torch.manual_seed(1234 if disturb else 0)
        run_loop(loop)
        return weights(model)

    assert equal(train(3), train(3))
    assert not equal(train(3), train(4)), "seeds draw different dropout masks"


def test_masks_of_dropout_differ_from_step_to_step(make_network, make_loop, run_loop):
    seen = []

    def losses(model, batch):
        seen.append(model[3](torch.ones(200)) != 0)
        return {"loss": model(batch.inputs).sum()}

    run_loop(make_loop(make_network(), steps=4, losses=losses))
    assert len({tuple(mask.tolist()) for mask in seen}) == 4


def test_sum_of_the_parts_is_minimised(make_network, make_loop, run_loop):
    models = [make_network(dropout=0.0) for _ in range(2)]
    loops = [make_loop(model) for model in models]
    loss = loops[0].losses
    loops[1].losses = lambda model, batch: {
        name: share * loss(model, batch)["loss"] for name, share in (("a", 0.25), ("b", 0.75))
    }
    for loop in loops:
        run_loop(loop)
    for one, other in zip(models[0].parameters(), models[1].parameters(), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-5)


def test_a_loss_that_is_not_finite_ends_the_run_and_names_the_step(make_network, make_loop, run_loop):
    seen = []
    model = make_network()
    loop = make_loop(model, steps=40, peak=1e30)
    plain = loop.losses

    def losses(model, batch):
        seen.append(plain(model, batch))
        return seen[-1]

    loop.losses = losses
    with pytest.raises(NonFiniteLoss) as error:
        run_loop(loop)
    finite = [bool(loss["loss"].isfinite()) for loss in seen]
    assert finite.index(False) == len(finite) - 1 > 0, "it ends at the first such step"
    assert f"not finite at step {len(finite) - 1} " in str(error.value)
    assert "learning rate" in str(error.value)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_evaluated_numbers_must_be_finite(value):
    assert_finite({"dev_loss": 1.0, "nsp_loss": None})
    with pytest.raises(NonFiniteLoss, match="nsp_loss is"):
        assert_finite({"dev_loss": 1.0, "nsp_loss": value})


@pytest.mark.parametrize("precision", ["fp32", "bf16", "auto"])
def test_precisions(make_model, make_loop, run_loop, architecture, precision):
    """bf16 computes near to fp32, with float32 weights; auto on a CPU is fp32."""
    family = family_named(architecture)
    examples = [
        pack(torch.arange(5 + n, 20 + n).numpy(), torch.tensor([6, 9]).numpy(), torch.tensor([6, 9]).numpy())
        for n in range(4)
    ]

    def train(precision):
        model = make_model(head="CLASSIFICATION", attention=ATTENTION)
        loop = make_loop(
            model,
            steps=4,
            peak=1e-3,
            optimizer={"precision": precision},
            batch=lambda step: LabelledBatch(examples[step], torch.tensor([0, 2])),
            losses=lambda model, batch: {"loss": task_loss(task_logits(model, family, batch.packed), batch.labels)},
        )
        run_loop(loop)
        return weights(model)

    found, exact = train(precision), train("fp32")
    assert all(weight.dtype == torch.float32 for weight in found.values())
    assert equal(found, exact) == (precision != "bf16")
    for name, weight in found.items():
        torch.testing.assert_close(weight, exact[name], rtol=0, atol=4 * 1e-3 * 2)


def test_last_and_regular_steps_are_reported(make_network, make_loop, tmp_path):
    from prunetransfer.running.progress import EVENTS, Progress
    from prunetransfer.running.state import TrainingState

    class Recorder(Progress):
        steps: list[int]

        def report(self, step, losses, rate, sparsity, state):
            super().report(step, losses, rate, sparsity, state)
            self.steps.append(step)
            assert rate == learning_rate_at(step, 250, 0.01, 0.1)
            assert sparsity == 0.0

    recorder = Recorder("test", 250, tmp_path / "events")
    recorder.steps = []
    make_loop(make_network(), steps=250).run(TrainingState(tmp_path / "state", "identity", 1e9), recorder)
    assert recorder.steps[0] == 0
    assert recorder.steps[-1] == 249
    assert len(recorder.steps) <= 250 // (250 // EVENTS) + 1
    assert list((tmp_path / "events").iterdir()), "TensorBoard events were written"
