"""What torch expects of every optimizer, with the inputs of torch's own tests."""

# Gradients are there, options come as dicts, and some arguments are wrong on purpose:
# pyright: reportOptionalMemberAccess=false, reportArgumentType=false, reportCallIssue=false
# pyright: reportOptionalIterable=false, reportOptionalSubscript=false, reportIndexIssue=false
# pyright: reportAttributeAccessIssue=false, reportMissingImports=false

import copy
import io
import pickle
import warnings

import pytest
import torch
from torch import nn
from torch.optim import lr_scheduler
from torch.testing._internal import common_optimizers
from torch.testing._internal.common_optimizers import (
    OptimizerErrorEnum,
    optim_error_inputs_func_sgd,
    optim_inputs_func_sgd,
)

import steepest.torch as stt
from steepest.errors import ParameterError

DTYPES = [torch.float64, torch.float32, torch.bfloat16, torch.float16]
SGD_INPUTS = optim_inputs_func_sgd("cpu")
# torch has Muon from 2.9 on.
MUON = hasattr(torch.optim, "Muon")
MUON_INPUTS = common_optimizers.optim_inputs_func_muon("cpu") if MUON else []
SGD_ERRORS = optim_error_inputs_func_sgd("cpu", torch.float32)
MUON_ERRORS = common_optimizers.optim_error_inputs_func_muon("cpu", torch.float32) if MUON else []

# One of every kind of step and of state.
KINDS = [
    {},
    {"momentum": 0.9, "weight_decay": 0.01},
    {"momentum": 0.9, "nesterov": True, "foreach": True},
    {"norm": "spectral", "momentum": 0.95, "nesterov": True, "weight_decay": 0.1},
    {"norm": stt.Spectral("polar-express", 4, precision="bfloat16"), "momentum": 0.5},
    {"norm": "linf", "momentum": 0.9, "maximize": True},
    {"normalized": True, "momentum": 0.9},
    {"norm": stt.PerLayer("l1", "l2"), "normalized": False, "momentum": 0.9, "dampening": 0.1},
    {"norm": "rows", "momentum": 0.9, "lr": torch.tensor(0.01)},
]


def named(desc):
    return [pytest.param(entry, id=entry.desc or "default") for entry in desc]


def of_muon(kwargs):
    """Muon's options in our words."""
    options = {"lr": 1e-3, "weight_decay": 0.1, "momentum": 0.95, "nesterov": True, **kwargs}
    scale = options.pop("adjust_lr_fn", None) or "original"
    norm = stt.Spectral(
        steps=options.pop("ns_steps", 5),
        coefficients=options.pop("ns_coefficients", None),
        scale=scale,
        precision="bfloat16",
    )
    options.pop("eps", None)
    return {**options, "norm": norm}


def model_and_batch(dtype=torch.float32, bias=True):
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(5, 7, bias=bias), nn.Tanh(), nn.Linear(7, 3, bias=bias))
    return model.to(dtype), torch.randn(4, 5).to(dtype)


def train(model, batch, optimizer, steps):
    def closure():
        optimizer.zero_grad()
        loss = model(batch).square().mean()
        loss.backward()
        return loss

    return [optimizer.step(closure).item() for _ in range(steps)]


def bits(model):
    return [p.detach().clone() for p in model.parameters()]


def same(one, two):
    return all(torch.equal(a, b) for a, b in zip(one, two, strict=True))


@pytest.mark.parametrize("entry", named(SGD_INPUTS))
@pytest.mark.parametrize("foreach", [None, True])
def test_torchs_inputs_of_sgd(entry, foreach):
    ends = []
    for make in (torch.optim.SGD, stt.SteepestDescent):
        model, batch = model_and_batch()
        optimizer = make(model.parameters(), foreach=foreach, **entry.kwargs)
        train(model, batch, optimizer, 5)
        ends.append(bits(model))
    assert same(*ends)


@pytest.mark.parametrize("entry", named(MUON_INPUTS))
def test_torchs_inputs_of_muon(entry):
    ends = []
    for make, kwargs in (
        (torch.optim.Muon, entry.kwargs),
        (stt.SteepestDescent, of_muon(entry.kwargs)),
    ):
        model, batch = model_and_batch(bias=False)
        train(model, batch, make(model.parameters(), **kwargs), 5)
        ends.append(bits(model))
    assert same(*ends)


@pytest.mark.parametrize(
    "entry", [pytest.param(e, id=e.optimizer_error_input.desc) for e in SGD_ERRORS]
)
def test_torchs_wrong_inputs(entry):
    given = entry.optimizer_error_input
    params = given.params or [nn.Parameter(torch.randn(2, 3))]
    assert entry.error_on is OptimizerErrorEnum.CONSTRUCTION_ERROR
    if issubclass(entry.error_type, Warning):
        with pytest.warns(entry.error_type, match=entry.error_regex):
            stt.SteepestDescent(params, **given.kwargs)
    else:
        with pytest.raises(entry.error_type, match=entry.error_regex):
            stt.SteepestDescent(params, **given.kwargs)


@pytest.mark.skipif(not MUON, reason="torch has Muon from 2.9 on")
def test_torchs_wrong_inputs_of_muon():
    seen = 0
    for entry in MUON_ERRORS:
        given = entry.optimizer_error_input
        if "adjust_lr_fn" in given.kwargs:
            with pytest.raises(ParameterError, match="scale='arbitrary': give one of"):
                of_muon(given.kwargs)
            seen += 1
        elif entry.error_on is OptimizerErrorEnum.STEP_ERROR:
            (p,) = given.params
            optimizer = stt.SteepestDescent([p], **of_muon(given.kwargs))
            p.grad = p.grad if p.grad is not None else torch.rand_like(p)
            with pytest.raises(ParameterError, match="gradient 1 is complex"):
                optimizer.step()
            seen += 1
    assert seen == 2


@pytest.mark.parametrize("options", KINDS, ids=range(len(KINDS)))
@pytest.mark.parametrize("dtype", DTYPES)
def test_resumed_runs_are_bit_exact(options, dtype):
    options = {"lr": 0.01, **options}
    model, batch = model_and_batch(dtype)
    optimizer = stt.SteepestDescent(model.named_parameters(), **options)
    train(model, batch, optimizer, 3)
    file = io.BytesIO()
    torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict()}, file)
    train(model, batch, optimizer, 3)

    file.seek(0)
    checkpoint = torch.load(file, weights_only=True)
    other, _ = model_and_batch(dtype)
    # The options come from the checkpoint, too.
    resumed = stt.SteepestDescent(other.named_parameters(), 0.5)
    other.load_state_dict(checkpoint["model"])
    resumed.load_state_dict(checkpoint["optimizer"])
    train(other, batch, resumed, 3)
    assert same(bits(other), bits(model))
    for p, q in zip(model.parameters(), other.parameters(), strict=True):
        kept, found = optimizer.state.get(p, {}), resumed.state.get(q, {})
        assert kept.keys() == found.keys()
        assert all(torch.equal(kept[key], found[key]) for key in kept)
    assert resumed.param_groups[0]["param_names"] == [n for n, _ in model.named_parameters()]


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda pair: pickle.loads(pickle.dumps(pair))])
def test_copies_walk_on(copied):
    model, batch = model_and_batch()
    optimizer = stt.SteepestDescent(model.parameters(), 0.1, norm="spectral", momentum=0.9)
    train(model, batch, optimizer, 2)
    twin, twins = copied((model, optimizer))
    train(model, batch, optimizer, 2)
    train(twin, batch, twins, 2)
    assert same(bits(twin), bits(model))


def test_checkpoints_of_sgd_and_muon_are_taken_over():
    options = {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.1}
    for bias, make in ((True, torch.optim.SGD), *([(False, torch.optim.Muon)] if MUON else ())):
        model, batch = model_and_batch(bias=bias)
        theirs = make(model.parameters(), **options)
        train(model, batch, theirs, 3)
        twin = copy.deepcopy(model)
        ours_norm = None if bias else stt.Spectral(precision="bfloat16")
        ours = stt.SteepestDescent(twin.parameters(), norm=ours_norm)
        ours.load_state_dict(copy.deepcopy(theirs.state_dict()))
        train(model, batch, theirs, 3)
        train(twin, batch, ours, 3)
        assert same(bits(twin), bits(model))


def test_groups_have_options_of_their_own():
    p, q = nn.Parameter(torch.zeros(2)), nn.Parameter(torch.zeros(2))
    optimizer = stt.SteepestDescent([{"params": [p], "lr": 0.5}], lr=0.1, norm="linf")
    optimizer.add_param_group({"params": [q], "norm": stt.PerLayer("l2")})
    p.grad, q.grad = torch.tensor([3.0, 4.0]), torch.tensor([3.0, 4.0])
    optimizer.step()
    assert p.tolist() == [-0.5, -0.5]
    assert q.tolist() == pytest.approx([-0.06, -0.08])
    for wrong, words in (
        ({"lr": -1.0}, "Invalid learning rate: -1.0"),
        ({"norm": "l7"}, "norm='l7' is no norm"),
        ({"momentum": -1}, "Invalid momentum value: -1"),
    ):
        with pytest.raises(ParameterError, match=words):
            optimizer.add_param_group({"params": [nn.Parameter(torch.zeros(1))], **wrong})
    assert len(optimizer.param_groups) == 2
    with pytest.raises(TypeError, match="param_group must be a dict"):
        optimizer.add_param_group([p])  # pyright: ignore[reportArgumentType]
    assert "norm: {'each': 'linf', 'combine': 'max'}" in repr(optimizer)


def test_options_may_change_between_steps():
    p = nn.Parameter(torch.zeros(2))
    optimizer = stt.SteepestDescent([p], 1.0, norm="linf")
    p.grad = torch.tensor([3.0, 4.0])
    optimizer.param_groups[0]["norm"] = stt.PerLayer("l2")
    optimizer.param_groups[0]["lr"] = 0.5
    optimizer.step()
    assert p.tolist() == pytest.approx([-0.3, -0.4])


def test_closure_and_hooks():
    p = nn.Parameter(torch.tensor([1.0, -2.0]))
    optimizer = stt.SteepestDescent([p], 0.1, norm="linf")
    seen = []
    optimizer.register_step_pre_hook(lambda *_: seen.append(("before", p.tolist())))
    optimizer.register_step_post_hook(lambda *_: seen.append(("after", p.tolist())))

    def closure():
        assert torch.is_grad_enabled()
        optimizer.zero_grad()
        loss = p.square().sum()
        loss.backward()
        seen.append("closure")
        return loss

    assert float(optimizer.step(closure).detach()) == 5.0
    assert seen[0] == ("before", [1.0, -2.0])
    assert seen[1] == "closure"
    assert seen[2] == ("after", pytest.approx([0.9, -1.9]))
    assert optimizer.step() is None
    kept = optimizer.state_dict()
    optimizer.register_load_state_dict_pre_hook(lambda _, state: seen.append("load"))
    optimizer.load_state_dict(kept)
    assert seen[-1] == "load"


def test_zero_grad():
    p = nn.Parameter(torch.ones(2))
    for foreach in (None, True):
        optimizer = stt.SteepestDescent([p], 0.1, foreach=foreach)
        p.grad = torch.ones(2)
        optimizer.zero_grad(set_to_none=False)
        assert p.grad.tolist() == [0.0, 0.0]
        optimizer.zero_grad()
        assert p.grad is None
        optimizer.step()
        assert p.tolist() == [1.0, 1.0]


def schedulers_take(lr):
    """Whether torch's own optimizer and schedulers do; not all releases take shape (1,)."""
    try:
        lr_scheduler.LinearLR(torch.optim.SGD([nn.Parameter(torch.ones(1))], lr))
    except RuntimeError:
        return False
    return True


RATES = [0.1, torch.tensor(0.1), torch.tensor([0.1])]


@pytest.mark.parametrize("lr", [r for r in RATES if schedulers_take(copy.deepcopy(r))], ids=str)
@pytest.mark.parametrize("options", [{}, {"norm": "linf"}, {"norm": "spectral"}], ids=str)
def test_schedulers_and_tensor_lr(lr, options):
    schedules = [
        lambda o: lr_scheduler.ExponentialLR(o, 0.5),
        lambda o: lr_scheduler.LinearLR(o, start_factor=0.1, total_iters=4),
        lambda o: lr_scheduler.CosineAnnealingLR(o, 5),
        lambda o: lr_scheduler.OneCycleLR(o, max_lr=0.3, total_steps=9, cycle_momentum=True),
    ]
    for make in schedules:
        ends = []
        for rate in (0.1, copy.deepcopy(lr)):
            model, batch = model_and_batch()
            optimizer = stt.SteepestDescent(model.parameters(), rate, momentum=0.9, **options)
            scheduler = make(optimizer)
            first = bits(model)
            for _ in range(4):
                train(model, batch, optimizer, 1)
                scheduler.step()
            assert not same(bits(model), first)
            ends.append(bits(model))
        for a, b in zip(*ends, strict=True):
            # A tensor holds 0.1 in single precision.
            assert torch.allclose(a, b, rtol=1e-5, atol=1e-6)


def test_plateau_and_scaler():
    model, batch = model_and_batch()
    optimizer = stt.SteepestDescent(model.parameters(), 0.1, norm="spectral")
    plateau = lr_scheduler.ReduceLROnPlateau(optimizer, patience=0)
    for loss in (1.0, 2.0, 3.0):
        train(model, batch, optimizer, 1)
        plateau.step(loss)
    assert optimizer.param_groups[0]["lr"] < 0.1

    # A gradient that overflowed under loss scaling is skipped by the scaler, not refused by us.
    scaler = torch.amp.GradScaler("cpu", init_scale=2.0**10)
    before = bits(model)
    scaler.scale(model(batch).square().mean()).backward()
    next(model.parameters()).grad[0, 0] = float("inf")
    scaler.step(optimizer)
    scaler.update()
    assert same(bits(model), before)
    optimizer.zero_grad()
    scaler.scale(model(batch).square().mean()).backward()
    scaler.step(optimizer)
    assert not same(bits(model), before)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"lr": float("nan")}, "Invalid learning rate: nan"),
        ({"lr": "fast"}, "Invalid learning rate: fast"),
        ({"weight_decay": -1}, "Invalid weight_decay value: -1"),
        ({"dampening": "x"}, "Invalid dampening value: x"),
        ({"nesterov": True}, "Nesterov momentum requires a momentum and zero dampening"),
        ({"fused": True, "foreach": True}, "`fused` and `foreach` cannot be `True` together"),
        ({"fused": True, "norm": "linf"}, "fused=True is for the gradient itself"),
        ({"momentum": 0.9, "dampening": 0.1, "norm": "linf"}, "dampening=0.1 only rescales"),
        ({"momentum": 1.5, "norm": "linf"}, "momentum=1.5: the average"),
        ({"norm": 3}, "norm=3 is no norm on parameters"),
    ],
)
def test_options_that_make_no_sense(options, words):
    with pytest.raises(ParameterError) as e:
        stt.SteepestDescent([nn.Parameter(torch.zeros(2))], **options)
    assert words in str(e.value)


def test_nothing_to_do_and_nothing_to_train():
    with pytest.raises(ValueError, match="empty parameter list"):
        stt.SteepestDescent([])
    p = nn.Parameter(torch.zeros(2))
    for norm in (None, "spectral"):
        optimizer = stt.SteepestDescent([p], norm=norm, momentum=0.9)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            optimizer.step()
        assert optimizer.state_dict()["state"] == {}
