"""What `watch` records is what happened, and the training does not notice."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

import steepest.torch as stt
from steepest.errors import ParameterError, RunError
from steepest.training.reading import read_run

X = torch.randn(32, 5, generator=torch.Generator().manual_seed(0))
Y = (X.sum(1) > 0).long()


def network(seed: int = 0) -> nn.Sequential:
    """With everything that a forward pass may change: running statistics, random masks."""
    torch.manual_seed(seed)
    return nn.Sequential(
        nn.Linear(5, 8), nn.BatchNorm1d(8), nn.Tanh(), nn.Dropout(0.2), nn.Linear(8, 2)
    )


def train(model: nn.Module, optimizer: torch.optim.Optimizer, run: stt.Watch | None,
          steps: int, start: int = 0) -> None:  # fmt: skip
    for k in range(start, start + steps):
        torch.manual_seed(k)
        rows = torch.randperm(len(X))[:16]
        optimizer.zero_grad()
        loss = cross_entropy(model(X[rows]), Y[rows])
        loss.backward()
        if run is not None:
            run.observe(loss, lambda rows=rows: cross_entropy(model(X[rows]), Y[rows]))
        nn.utils.clip_grad_norm_(model.parameters(), 0.3)
        optimizer.step()


OPTIMIZERS = {
    "sgd": lambda p: torch.optim.SGD(p, 0.1, momentum=0.9, weight_decay=0.01),
    "adam": lambda p: torch.optim.Adam(p, 0.01),
    "rmsprop": lambda p: torch.optim.RMSprop(p, 0.01, centered=True),
    "steepest": lambda p: stt.SteepestDescent(p, 0.1, norm="spectral"),
}


@pytest.mark.parametrize("kind", OPTIMIZERS)
def test_training_is_the_same_to_the_bit(kind: str, tmp_path: Path) -> None:
    models = [network(), network()]
    for model, watched in zip(models, (False, True), strict=True):
        optimizer = OPTIMIZERS[kind](model.parameters())
        run = stt.watch(model, optimizer, tmp_path / "a", curvature_every=3) if watched else None
        train(model, optimizer, run, 8)
    alone, beside = (m.state_dict() for m in models)
    for name in alone:
        assert torch.equal(alone[name], beside[name]), name
    recorded = read_run(tmp_path / "a")
    column = "lambda_max" if kind == "steepest" else "sharpness"
    assert np.isfinite(recorded[column]).sum() == 3


def test_the_numbers_are_those_of_the_definitions() -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(5, 4), nn.Tanh(), nn.Linear(4, 2)).double()
    x, optimizer = X.double(), torch.optim.SGD(model.parameters(), 0.5)
    parameters = list(model.parameters())
    run = stt.watch(model, optimizer, curvature_every=1, max_products=40)

    def loss_of() -> Tensor:
        return cross_entropy(model(x), Y)

    gradients, expected = [], []
    for _ in range(3):
        before = torch.cat([p.detach().flatten().clone() for p in parameters])
        optimizer.zero_grad()
        loss = loss_of()
        loss.backward()
        g = torch.cat([p.grad.flatten() for p in parameters if p.grad is not None]).clone()
        run.observe(loss, loss_of)
        stt.clip_grad_norm_(model.parameters(), 0.25)
        top = stt.Loss(model, (x, Y), cross_entropy).at().top_eigenvalues(tolerance=1e-9).values[0]
        optimizer.step()
        after = torch.cat([p.detach().flatten() for p in parameters])
        step = after - before
        gradients.append(g)
        expected.append({
            "loss": loss.item(), "gradient": float(g.norm()), "update": float(step.norm()),
            "weights": float(after.norm()), "predicted": float(g @ step),
            "promised": float(g @ step), "clip": min(1.0, 0.25 / float(g.norm())),
            "change": (loss_of() - loss).item(), "lambda_max": top, "sharpness": 0.5 * top,
            "at_most": float(g @ step + 0.5 * top * step @ step), "lr": 0.5, "limit": 2.0,
        })  # fmt: skip
    found = run.run()
    for k, values in enumerate(expected):
        for name, value in values.items():
            rel = 5e-2 if name in ("lambda_max", "sharpness", "at_most") else 1e-9
            assert found[name][k] == pytest.approx(value, rel=rel), name
        sizes = [g.norm() for g in (gradients[k][:24], gradients[k][24:])]
        assert found.layers[k] == pytest.approx([float(s) for s in sizes])
    assert math.isnan(found["turn"][0])
    for k in (1, 2):
        a, b = gradients[k - 1], gradients[k]
        cosine = float(a @ b / (a.norm() * b.norm()))
        assert found["turn"][k] == pytest.approx(math.degrees(math.acos(cosine)), abs=1e-5)
    assert [layer.name for layer in found.header.layers] == ["0", "2"]


@pytest.mark.parametrize("clip", ["torch", "ours", "by value", "none"])
def test_the_clip_factor_is_seen_whoever_clips(clip: str) -> None:
    model = nn.Linear(5, 2)
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    run = stt.watch(model, optimizer)
    loss = 100 * cross_entropy(model(X), Y)
    loss.backward()
    size = math.hypot(*(float(p.grad.norm()) for p in model.parameters() if p.grad is not None))
    run.observe(loss)
    if clip == "torch":
        nn.utils.clip_grad_norm_(model.parameters(), 0.1)
    elif clip == "ours":
        stt.clip_grad_norm_(model, 0.1)
    elif clip == "by value":
        nn.utils.clip_grad_value_(model.parameters(), 0.1)
    left = math.hypot(*(float(p.grad.norm()) for p in model.parameters() if p.grad is not None))
    optimizer.step()
    assert run.run()["clip"][0] == pytest.approx(left / size, rel=1e-5)
    assert run.run()["gradient"][0] == pytest.approx(size, rel=1e-5)


@pytest.mark.parametrize("to_none", [True, False])
@pytest.mark.parametrize("when", ["before zero_grad", "before backward", "never", "clipped"])
def test_told_at_another_time_the_factor_is_unknown(when: str, to_none: bool) -> None:
    model = nn.Linear(5, 2)
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    run = stt.watch(model, optimizer)
    size = math.nan
    for _ in range(3):
        loss = cross_entropy(model(X), Y)
        if when == "before zero_grad":
            run.observe(loss)
        optimizer.zero_grad(set_to_none=to_none)
        if when == "before backward":
            run.observe(loss)
        loss.backward()
        size = math.hypot(*(float(p.grad.norm()) for p in model.parameters() if p.grad is not None))
        if when == "clipped":
            run.observe(loss, clipped=True)
        optimizer.step()
    found = run.run()
    assert np.isnan(found["clip"]).all()
    assert found["gradient"][-1] == pytest.approx(size, rel=1e-5)
    assert np.isfinite(found["loss"]).all() == (when != "never")


@pytest.mark.parametrize(("scale", "rate"), [(0.0, 0.1), (1e30, 1e-40), (1.0, math.nan)])
def test_a_step_of_no_direction_does_not_stop_the_training(scale: float, rate: float) -> None:
    w = nn.Linear(3, 1, bias=False)
    optimizer = torch.optim.SGD(w.parameters(), rate)
    run = stt.watch(w, optimizer, curvature_every=1)
    for _ in range(3):
        optimizer.zero_grad()
        loss = scale * w(torch.ones(2, 3)).sum()
        loss.backward()
        run.observe(loss, lambda: scale * w(torch.ones(2, 3)).sum())
        optimizer.step()
    assert len(run.run()) == 3


def test_a_closure_given_to_the_optimizer_is_listened_to() -> None:
    model = nn.Linear(5, 2)
    optimizer = torch.optim.LBFGS(model.parameters(), max_iter=3)
    run = stt.watch(model, optimizer)
    losses = []

    def closure() -> Tensor:
        optimizer.zero_grad()
        loss = cross_entropy(model(X), Y)
        loss.backward()
        losses.append(loss.item())
        return loss

    optimizer.step(closure)
    first = len(losses)
    optimizer.step(closure=closure)
    assert run.run()["loss"] == pytest.approx([losses[0], losses[first]])
    assert (run.run()["gradient"] > 0).all()


def test_micro_batches_give_the_noise() -> None:
    """The mean of many estimates is the true share of noise."""
    model = nn.Linear(1, 1, bias=False)
    optimizer = torch.optim.SGD(model.parameters(), 0.0)
    run = stt.watch(model, optimizer)
    source = torch.Generator().manual_seed(0)
    for _ in range(400):
        optimizer.zero_grad()
        for _ in range(4):
            # The gradient of each part is N(1, 4): of the sum, mean 4 and variance 16.
            loss = model.weight.sum() * (1 + 2 * torch.randn((), generator=source))
            loss.backward()
            run.observe(loss)
        optimizer.step()
    found = run.run()
    # The mean of 400 such estimates scatters by 0.65.
    assert float(np.mean(found["noise"] * found["gradient"] ** 2)) == pytest.approx(16, abs=2)


def test_a_step_that_a_scaler_gives_up_is_counted() -> None:
    model = nn.Linear(5, 2)
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    run = stt.watch(model, optimizer)
    for factor in (1.0, math.inf, math.inf, 1.0):
        optimizer.zero_grad()
        loss = cross_entropy(model(X), Y)
        (loss * factor).backward()
        run.observe(loss)
        if factor == 1.0:
            optimizer.step()
    found = run.run()
    assert len(found) == 2
    assert found["skipped"][1] == 2 and math.isnan(found["skipped"][0])
    assert np.isfinite(found["gradient"]).all()


@pytest.mark.parametrize("scale", [1e25, 1e-25])
def test_huge_and_tiny_gradients_are_measured(scale: float) -> None:
    model = nn.Linear(5, 2)
    optimizer = torch.optim.SGD(model.parameters(), 1e-30)
    run = stt.watch(model, optimizer)
    for _ in range(2):
        optimizer.zero_grad()
        loss = cross_entropy(model(X), Y) * scale
        loss.backward()
        optimizer.step()
    sizes = [float(p.grad.double().norm()) for p in model.parameters() if p.grad is not None]
    assert run.run()["gradient"][-1] == pytest.approx(math.hypot(*sizes), rel=1e-5)
    assert run.run()["turn"][-1] == pytest.approx(0.0, abs=0.1)


def test_missing_sparse_and_half_precision_gradients() -> None:
    model = nn.ModuleDict({
        "words": nn.Embedding(6, 3, sparse=True), "used": nn.Linear(3, 2), "idle": nn.Linear(2, 2),
        "low": nn.Linear(3, 2).bfloat16(),
    })  # fmt: skip
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    run = stt.watch(model, optimizer)
    h = model["words"](torch.tensor([1, 1, 4])).mean(0)
    loss = model["used"](h).sum() + model["low"](h.bfloat16()).sum()
    loss.backward()
    run.observe(loss)
    optimizer.step()
    sizes = [
        math.sqrt(sum(float(p.grad.to_dense().float().square().sum())
                      for p in module.parameters() if p.grad is not None))
        for module in model.values()
    ]  # fmt: skip
    assert run.run().layers[0] == pytest.approx(sizes, rel=1e-5)
    assert sizes[2] == 0


def test_a_run_is_continued_as_if_it_had_not_stopped(tmp_path: Path) -> None:
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    model = network()
    optimizer = OPTIMIZERS["adam"](model.parameters())
    train(model, optimizer, stt.watch(model, optimizer, whole, curvature_every=4), 12)
    model = network()
    optimizer = OPTIMIZERS["adam"](model.parameters())
    run = stt.watch(model, optimizer, parts, curvature_every=4)
    train(model, optimizer, run, 6)
    torch.save([model.state_dict(), optimizer.state_dict(), run.state_dict()], tmp_path / "kept")
    train(model, optimizer, run, 3, 6)  # lost in the crash
    with parts.open("a") as file:
        file.write('{"step": 9, "lo')
    model = network(seed=9)
    optimizer = OPTIMIZERS["adam"](model.parameters())
    run = stt.watch(model, optimizer, parts, curvature_every=4)
    states = torch.load(tmp_path / "kept", weights_only=True)
    for thing, state in zip((model, optimizer, run), states, strict=True):
        thing.load_state_dict(state)
    train(model, optimizer, run, 6, 6)
    assert run.steps == 12
    a, b = read_run(whole), read_run(parts)
    assert a.steps.tolist() == b.steps.tolist() == list(range(12))
    for name in a.columns:
        assert np.array_equal(a[name], b[name], equal_nan=True), name
    assert np.array_equal(a.layers, b.layers)
    assert "cut off" in b.notes[0]


def test_after_close_nothing_is_watched(tmp_path: Path) -> None:
    model = network()
    optimizer = OPTIMIZERS["sgd"](model.parameters())
    with stt.watch(model, optimizer, tmp_path / "a") as run:
        train(model, optimizer, run, 2)
    train(model, optimizer, None, 2)
    assert len(run.run()) == 2 and len(read_run(tmp_path / "a")) == 2
    assert isinstance(run.sentences(), tuple)


def test_what_makes_no_sense_is_refused(tmp_path: Path) -> None:
    model, other = nn.Linear(5, 2), nn.Linear(5, 2)
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    with pytest.raises(ParameterError, match="SGD has none of the parameters of Linear"):
        stt.watch(other, optimizer)
    with pytest.raises(ParameterError, match="the optimizer is a float"):
        stt.watch(model, 0.1)  # type: ignore[arg-type]
    with pytest.raises(ParameterError, match="the model is a int"):
        stt.watch(3, optimizer)  # type: ignore[arg-type]
    with pytest.raises(ParameterError, match="curvature_every=-1"):
        stt.watch(model, optimizer, curvature_every=-1)
    with pytest.raises(ParameterError, match="max_products=0"):
        stt.watch(model, optimizer, max_products=0)
    with pytest.raises(RunError, match="cannot be written"):
        stt.watch(model, optimizer, tmp_path / "no" / "a")
    (tmp_path / "notes").write_text("dear diary\n")
    with pytest.raises(RunError, match="left as it is"):
        stt.watch(model, optimizer, tmp_path / "notes")
    assert (tmp_path / "notes").read_text() == "dear diary\n"
    run = stt.watch(model, optimizer)
    for wrong in (torch.ones(3), "2.3", None, True, torch.tensor(1j)):
        with pytest.raises(ParameterError, match="a loss is one real number"):
            run.observe(wrong)  # type: ignore[arg-type]
    with pytest.raises(ParameterError, match="no state of a watched run"):
        run.load_state_dict({})
    with pytest.raises(ParameterError, match="3 watched parameters, this one has 12"):
        run.load_state_dict({"step": 1, "last_gradient": torch.ones(3), "last_size": 1.0})


def test_another_models_run_is_not_continued(tmp_path: Path) -> None:
    for width in (2, 3):
        model = nn.Linear(5, width)
        optimizer = torch.optim.SGD(model.parameters(), 0.1)
        run = stt.watch(model, optimizer, tmp_path / "a")
        if width == 3:
            run.load_state_dict({"step": 1, "last_gradient": None, "last_size": math.nan})
        cross_entropy(model(X), Y).backward()
        if width == 2:
            optimizer.step()
        else:
            with pytest.raises(RunError, match="not of this model"):
                optimizer.step()
