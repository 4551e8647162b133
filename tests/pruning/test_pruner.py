"""Training under a pruner equals a slow reference that multiplies latent weights by masks."""

import copy
from dataclasses import dataclass

import pytest
import torch
from pydantic import TypeAdapter
from torch import nn
from torch.nn.functional import cross_entropy
from torch.nn.utils import parametrize

from prunetransfer.config.optimization import OptimizerSettings
from prunetransfer.config.pruning import ScheduleSettings
from prunetransfer.jobs.settings.finetune import FinetuneJobSettings
from prunetransfer.jobs.settings.pretrain import PretrainJobSettings
from prunetransfer.pruning import magnitude_mask, prunable_matrices
from prunetransfer.pruning.kept_mask import kept_mask_pruner
from prunetransfer.pruning.one_shot_mask import one_shot_pruner
from prunetransfer.pruning.pruner import Pruner
from prunetransfer.pruning.scheduled import scheduled_pruner
from prunetransfer.pruning.schedules import make_schedule
from prunetransfer.pruning.selection import Selection
from prunetransfer.running.progress import Progress
from prunetransfer.running.state import TrainingState
from prunetransfer.training.loop import Loop
from prunetransfer.training.optimizer import learning_rate_at

WORDS, WIDTH, STEPS = 20, 8, 60
SEED = 3
MATRICES = ("embeddings.weight", "hidden.weight")
CUBIC = {"kind": "cubic", "start": 4, "ramp_steps": 25, "interval": 4}
ONE_SHOT = {"kind": "one_shot", "start": 7}
MAGNITUDE = Selection("magnitude", "matrix", seed=0)
SETTINGS = OptimizerSettings(weight_decay=0.3, clip_norm=0.5)


class TinyLanguageModel(nn.Module):
    """A model whose decoder is tied to the embeddings, like a masked language model."""

    def __init__(self):
        super().__init__()
        self.embeddings = nn.Embedding(WORDS, WIDTH)
        self.hidden = nn.Linear(WIDTH, WIDTH)

    def forward(self, words):
        return torch.tanh(self.hidden(self.embeddings(words))) @ self.embeddings.weight.T


@dataclass
class Batch:
    words: torch.Tensor

    @property
    def packed(self):
        return self

    @property
    def tokens(self):
        return self.words

    def to(self, device):
        return self


def tiny_model() -> TinyLanguageModel:
    torch.manual_seed(0)
    return TinyLanguageModel().double()


def batch(step: int) -> Batch:
    return Batch(torch.randint(WORDS, (12,), generator=torch.Generator().manual_seed(step)))


def loss(model: nn.Module, batch: Batch) -> torch.Tensor:
    return cross_entropy(model(batch.words), batch.words.roll(1))


def schedule(settings: dict, sparsity: float = 0.7):
    return make_schedule(TypeAdapter(ScheduleSettings).validate_python(settings), sparsity)


def train(model, pruner, tmp_path, steps=STEPS, peak=0.05):
    loop = Loop(
        model=model,
        batch=batch,
        losses=lambda model, batch: {"loss": loss(model, batch)},
        steps=steps,
        cycle=steps,
        peak=peak,
        seed=SEED,
        settings=SETTINGS,
        device=torch.device("cpu"),
        pruner=pruner,
    )
    loop.run(TrainingState(tmp_path / "state", "identity", interval=1e9), Progress("test", steps, None))


class Masked(nn.Module):
    """The reference's forward pass: latent weights times a mask."""

    def __init__(self, mask):
        super().__init__()
        self.mask = mask

    def forward(self, latent):
        return latent * self.mask


def train_reference(model, schedule, selection, steps=STEPS, peak=0.05):
    """Trains latent weights with a textbook AdamW. Returns the masks of every step."""
    modules = {name: model.get_submodule(name.rpartition(".")[0]) for name in MATRICES}
    for module in modules.values():
        parametrize.register_parametrization(module, "weight", Masked(torch.ones_like(module.weight, dtype=torch.bool)))
    parameters = list(model.parameters())
    masks = {
        id(module.parametrizations.weight.original): module.parametrizations.weight[0] for module in modules.values()
    }
    first = [torch.zeros_like(parameter) for parameter in parameters]
    second = [torch.zeros_like(parameter) for parameter in parameters]
    history = []
    for step in range(steps):
        if schedule.updates_at(step):
            latent = {name: module.parametrizations.weight.original for name, module in modules.items()}
            for name, mask in selection.masks(latent, schedule.sparsity_at(step)).items():
                masks[id(latent[name])].mask = mask
        history.append({name: module.parametrizations.weight[0].mask for name, module in modules.items()})
        gradients = torch.autograd.grad(loss(model, batch(step)), parameters)
        norm = torch.cat([gradient.flatten() for gradient in gradients]).norm()
        rate = learning_rate_at(step, steps, peak, SETTINGS.warmup)
        with torch.no_grad():
            for place, (parameter, gradient) in enumerate(zip(parameters, gradients, strict=True)):
                gradient = gradient * min(1.0, float(SETTINGS.clip_norm / (norm + 1e-6)))
                mask = masks[id(parameter)].mask if id(parameter) in masks else torch.ones_like(parameter, dtype=bool)
                first[place] = (0.9 * first[place] + 0.1 * gradient) * mask
                second[place] = 0.999 * second[place] + 0.001 * gradient**2
                mean = first[place] / (1 - 0.9 ** (step + 1))
                scale = (second[place] / (1 - 0.999 ** (step + 1))).sqrt() + 1e-8
                decay = SETTINGS.weight_decay if parameter.ndim > 1 else 0.0
                parameter -= mask * rate * (decay * parameter + mean / scale)
    return history


@pytest.mark.parametrize("scope", ["matrix", "global"])
@pytest.mark.parametrize("criterion", ["magnitude", "random"])
@pytest.mark.parametrize("settings", [CUBIC, ONE_SHOT, CUBIC | {"interval": 1, "start": 0}], ids=str)
def test_equals_training_of_latent_weights_times_masks(tmp_path, settings, criterion, scope):
    model, reference = tiny_model(), tiny_model()
    pruner = Pruner(
        {name: dict(model.named_parameters())[name] for name in MATRICES},
        schedule=schedule(settings),
        selection=Selection(criterion, scope, SEED),
    )
    train(model, pruner, tmp_path)
    history = train_reference(reference, schedule(settings), Selection(criterion, scope, SEED))
    for name, mask in history[-1].items():
        assert torch.equal(mask, pruner.masks[name])
    for group in [[mask] for mask in history[-1].values()] if scope == "matrix" else [list(history[-1].values())]:
        assert round(0.7 * sum(mask.numel() for mask in group)) == sum(int((~mask).sum()) for mask in group)
    for name, parameter in model.named_parameters():
        module, _, attribute = name.rpartition(".")
        expected = getattr(reference.get_submodule(module), attribute)
        torch.testing.assert_close(parameter, expected, rtol=0, atol=1e-6)
    if settings["kind"] == "cubic" and criterion == "magnitude":
        after_ramp = history[settings["start"] + settings["ramp_steps"] :]
        kinds = {name: {tuple(masks[name].flatten().tolist()) for masks in after_ramp} for name in MATRICES}
        assert max(map(len, kinds.values())) > 1, "the reference's masks no longer change: the comparison is too easy"
        returned = [
            (~history[step][name] & history[step + 1][name]).any() for step in range(STEPS - 1) for name in MATRICES
        ]
        assert any(returned)


@pytest.fixture
def matrices():
    generator = torch.Generator().manual_seed(1)
    return {name: nn.Parameter(torch.randn(6, 5, generator=generator)) for name in ("a", "b")}


class Always:
    """A schedule that prunes the half before every step."""

    def updates_at(self, step):
        return True

    def sparsity_at(self, step):
        return 0.5


def test_pruned_weights_are_zero_and_kept_ones_untouched(matrices):
    before = {name: weight.detach().clone() for name, weight in matrices.items()}
    pruner = Pruner(matrices, selection=MAGNITUDE)
    pruner.prune(0.4)
    for name, weight in matrices.items():
        assert torch.equal(weight.detach(), before[name] * pruner.masks[name])
        assert torch.equal(pruner.masks[name], magnitude_mask(before[name], 0.4))
    assert pruner.sparsity == pytest.approx(0.4)
    pruner.prune(0.0)
    assert all(torch.equal(weight.detach(), before[name]) for name, weight in matrices.items())
    assert pruner.sparsity == 0.0


def test_a_pruned_weight_keeps_its_latent_value_and_can_come_back(matrices):
    weight = matrices["a"]
    latent = weight.detach().clone()
    pruner = Pruner({"a": weight}, schedule=Always(), selection=MAGNITUDE)
    optimizer = torch.optim.AdamW([weight], lr=0.1, weight_decay=0.5)
    pruner.before_step(0, optimizer)
    pruned = ~pruner.masks["a"]
    for _ in range(3):
        weight.grad = torch.ones_like(weight)
        pruner.mask_gradients()
        optimizer.step()
    assert not weight[pruned].any()
    with torch.no_grad():
        weight[~pruned] *= 1e-6  # what was kept is now the smallest
    pruner.before_step(1, optimizer)
    assert torch.equal(pruner.masks["a"], pruned)
    assert torch.equal(weight[pruned], latent[pruned])


def test_pruned_weights_get_no_gradient_and_no_momentum(matrices):
    pruner = Pruner(matrices, schedule=Always(), selection=MAGNITUDE)
    optimizer = torch.optim.AdamW(matrices.values(), lr=0.1)
    for weight in matrices.values():
        weight.grad = torch.ones_like(weight)
    optimizer.step()  # momentum everywhere
    pruner.before_step(1, optimizer)
    for weight in matrices.values():
        weight.grad = torch.full_like(weight, 3.0)
    pruner.mask_gradients()
    for name, weight in matrices.items():
        mask = pruner.masks[name]
        momentum = optimizer.state[weight]["exp_avg"]
        assert not momentum[~mask].any()
        assert momentum[mask].all()
        assert torch.equal(weight.grad, 3.0 * mask)
    norm = nn.utils.clip_grad_norm_(matrices.values(), 1e9)
    assert float(norm) == pytest.approx((9 * sum(int(mask.sum()) for mask in pruner.masks.values())) ** 0.5)
    optimizer.step()
    assert not any(weight[~pruner.masks[name]].any() for name, weight in matrices.items())


def test_a_matrix_without_gradient_is_no_error(matrices):
    """Without next-sentence prediction, BERT's pooler gets no gradient."""
    pruner = Pruner(matrices, selection=MAGNITUDE)
    pruner.prune(0.5)
    matrices["a"].grad = torch.ones(6, 5)
    pruner.mask_gradients()
    assert torch.equal(matrices["a"].grad, pruner.masks["a"].float())
    assert matrices["b"].grad is None


def test_state_round_trip(matrices):
    pruner = Pruner(matrices, selection=MAGNITUDE)
    pruner.prune(0.6)
    state = {name: tensor.clone() for name, tensor in pruner.state().items()}
    copies = {name: nn.Parameter(weight.detach().clone()) for name, weight in matrices.items()}
    other = Pruner(copies, selection=MAGNITUDE)
    other.load_state(state)
    for step in (pruner, other):
        for weight in step.matrices.values():
            weight.grad = torch.ones_like(weight)
        step.mask_gradients()
    for name in matrices:
        assert torch.equal(other.masks[name], pruner.masks[name])
        assert torch.equal(copies[name].grad, matrices[name].grad)
    for sparsity in (0.3, 0.0):
        pruner.prune(sparsity)
        other.prune(sparsity)
        assert all(torch.equal(copies[name], weight) for name, weight in matrices.items())


def finetune_settings(mask, sparsity: float) -> FinetuneJobSettings:
    run = {"arm": "any", "task": "any", "epochs": 1, "learning_rate": 0.1, "seed": 4, "classifier_dropout": 0.0}
    return FinetuneJobSettings.model_validate({**run, "mask": mask, "sparsity": sparsity, "optimizer": {}})


def test_checkpoint_masks_stay(make_model):
    model = make_model(head="CLASSIFICATION")
    matrices = prunable_matrices(model)
    masks = {name: torch.rand(weight.shape) < 0.5 for name, weight in matrices.items()}
    pruner = kept_mask_pruner(model, masks, finetune_settings("kept", 0.5))
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.1, weight_decay=0.1)
    for step in range(3):
        pruner.before_step(step, optimizer)
        for parameter in model.parameters():
            parameter.grad = torch.ones_like(parameter)
        pruner.mask_gradients()
        optimizer.step()
    for name, weight in matrices.items():
        assert torch.equal(pruner.masks[name], masks[name])
        assert torch.equal(weight != 0, masks[name])


@pytest.mark.parametrize("criterion", ["magnitude", "random"])
def test_one_shot_prunes_each_matrix_at_once(make_model, criterion):
    model = make_model(head="CLASSIFICATION")
    before = copy.deepcopy(model.state_dict())
    pruner = one_shot_pruner(model, {}, finetune_settings({"saliency": criterion}, 0.8))
    for name, weight in prunable_matrices(model).items():
        expected = Selection(criterion, "matrix", seed=4).masks({name: before[name]}, 0.8)[name]
        assert torch.equal(pruner.masks[name], expected)
        assert torch.equal(weight.detach(), before[name] * expected)
    masks = dict(pruner.masks)
    pruner.before_step(0, torch.optim.AdamW(model.parameters()))
    assert all(pruner.masks[name] is mask for name, mask in masks.items())


def test_scheduled_pruner_starts_dense(make_model):
    settings = PretrainJobSettings.model_validate(
        {
            "objective": {},
            "optimizer": {},
            "phase_name": "prune",
            "phase": {"steps": 20, "learning_rate": 0.1},
            "seed": 0,
            "prune": {"criterion": "magnitude", "saliency": "magnitude", "schedule": CUBIC, "sparsity": 0.9},
        }
    )
    model = make_model()
    pruner = scheduled_pruner(model, settings)
    assert pruner.matrices.keys() == prunable_matrices(model).keys()
    optimizer = torch.optim.AdamW(model.parameters())
    shares = []
    for step in range(40):
        pruner.before_step(step, optimizer)
        shares.append(pruner.sparsity)
    assert shares[0] == shares[4] == 0.0
    assert shares == sorted(shares)
    entries = sum(weight.numel() for weight in pruner.matrices.values())
    pruned = sum(round(0.9 * weight.numel()) for weight in pruner.matrices.values())
    assert shares[29] == shares[-1] == pytest.approx(pruned / entries)
