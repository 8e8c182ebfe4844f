"""What people try who have just met this: it works, or one sentence says what to do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

import steepest.torch as stt
from networks import batch, mlp
from steepest.errors import LossError, ParameterError, PointError, SteepestError

X, Y = batch(dtype=torch.float32)


def net() -> nn.Sequential:
    return mlp(dtype=torch.float32)


def asked(x: Tensor = X, y: Tensor = Y, loss: Any = cross_entropy) -> float:
    return stt.Loss(net(), (x, y), loss).value()


REFUSED: list[tuple[Callable[[], object], type[SteepestError], str]] = [
    (lambda: asked(X.double()), LossError, r"It is \[0\] float64 \(6, 3\), \[1\] int64 \(6,\); the"
     r" parameters are float32; convert with .to\(torch.float32\)"),
    (lambda: asked(X[:, :2]), LossError, r"the model or the loss refuses a batch: mat1 and mat2"
     r" shapes cannot be multiplied \(6x2 and 3x4\). It is \[0\] float32 \(6, 2\)"),
    (lambda: asked(y=Y + 5), LossError, r"refuses a batch: Target \d is out of bounds. It is"),
    (lambda: asked(y=Y.float()), LossError, r"\[1\] float32 \(6,\)"),
    (lambda: asked(y=Y[:3]), LossError, r"\[1\] int64 \(3,\)"),
    (lambda: asked(loss=nn.CrossEntropyLoss), ParameterError,
     r"is a class: make one of it, loss=CrossEntropyLoss\(\)"),
    (lambda: asked(loss="mse"), ParameterError, "loss='mse' cannot be called"),
    (lambda: stt.Loss(net(), (X, Y), compute=3), ParameterError, "compute=3 cannot be called"),  # type: ignore[arg-type]
    (lambda: stt.Loss(nn.Linear(2, 2, device="meta"), (X, Y)), ParameterError,
     "weight is on the meta device and has no values"),
    (lambda: stt.Loss(made_in_inference_mode(), (X, Y)), ParameterError,
     "0.weight was made in torch.inference_mode"),
    (lambda: stt.SteepestDescent(net(), 0.1), ParameterError,  # type: ignore[arg-type]
     r"params is a Sequential: give its parameters, as model.named_parameters\(\)"),
    (lambda: stt.clip_grad_norm_(on_meta(), 1.0), ParameterError,
     "the gradient of parameter 0 is on the meta device"),
    (lambda: stt.SteepestDescent(on_meta(), 0.1, norm="linf").step(), ParameterError,
     "parameter 0 of group 0, shape .* is on the meta device"),
    (lambda: stt.Loss(net(), (X, Y), cross_entropy).at(net()), PointError,  # type: ignore[arg-type]
     r"a Sequential is no vector: give its parameters, as dict\(model.named_parameters\(\)\)"),
]  # fmt: skip


def made_in_inference_mode() -> nn.Module:
    with torch.inference_mode():
        return net()


def on_meta() -> list[nn.Parameter]:
    p = nn.Parameter(torch.zeros(3, device="meta"))
    p.sum().backward()
    return [p]


@pytest.mark.parametrize("case", REFUSED, ids=range(len(REFUSED)))
def test_what_is_refused(case: tuple[Callable[[], object], type[SteepestError], str]) -> None:
    attempt, kind, sentence = case
    with pytest.raises(kind, match=sentence):
        attempt()


def test_a_state_dict_is_a_point_unless_it_has_buffers() -> None:
    model = net()
    f = stt.Loss(model, (X, Y), cross_entropy)
    assert f.value(model.state_dict()) == f.value()
    normed = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 2))
    with pytest.raises(PointError, match=r"1.running_mean is a buffer, .*named_parameters\(\)"):
        stt.Loss(normed, (X, Y), cross_entropy).at(normed.state_dict())


def test_data_made_in_inference_mode() -> None:
    with torch.inference_mode():
        x, batches = X * 1, [{"input": X * 1, "target": Y}]
    expected = stt.Loss(net(), (X, Y), cross_entropy).at().gradient
    assert torch.equal(stt.Loss(net(), (x, Y), cross_entropy).at().gradient, expected)
    found = stt.Loss(
        net(), batches, compute=lambda m, b: cross_entropy(m(b["input"]), b["target"])
    )  # fmt: skip
    assert torch.equal(found.at().gradient, expected)


def test_own_errors_of_a_model_keep_their_cause() -> None:
    class Fails(nn.Linear):
        def forward(self, input: Tensor) -> Tensor:
            raise RuntimeError("no luck today")

    with pytest.raises(LossError, match="no luck today") as raised:
        stt.Loss(Fails(3, 2), (X, Y), cross_entropy).value()
    assert type(raised.value.__cause__) is RuntimeError


def test_a_closure_that_calls_backward() -> None:
    model = net()
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    run = stt.watch(model, optimizer, curvature_every=1)

    def closure() -> Tensor:
        loss = cross_entropy(model(X), Y)
        loss.backward()
        return loss

    run.observe(closure(), closure)
    with pytest.raises(LossError, match=r"return it without backward\(\)"):
        optimizer.step()


def test_sparse_gradients_in_a_loss_and_in_a_watched_run() -> None:
    table = nn.Embedding(5, 3, sparse=True)
    optimizer = torch.optim.SGD(table.parameters(), 0.1)
    run = stt.watch(table, optimizer, curvature_every=1)
    ids = torch.tensor([1, 2, 2])

    def loss_of() -> Tensor:
        return (table(ids) ** 2).sum()

    f = stt.Loss(table, (ids,), compute=lambda model, batch: loss_of())
    expected = torch.zeros(5, 3)
    expected[1], expected[2] = 2 * table.weight[1].detach(), 4 * table.weight[2].detach()
    assert torch.allclose(f.at().gradient, expected.flatten())
    loss = loss_of()
    loss.backward()
    run.observe(loss, loss_of)
    optimizer.step()
    found = run.run()
    assert found["gradient"][0] == pytest.approx(float(expected.norm()))
    assert 0 < found["lambda_max"][0] <= 4.0001  # twice how often a row occurs


class Scalars(nn.Module):
    """A parameter without dimensions, and one without entries."""

    def __init__(self) -> None:
        super().__init__()
        self.gain = nn.Parameter(torch.tensor(2.0))
        self.none = nn.Parameter(torch.zeros(0, 3))

    def forward(self, x: Tensor) -> Tensor:
        return ((self.gain * x) ** 2).mean() + self.none.sum()


def test_parameters_without_dimensions_and_without_entries() -> None:
    f = stt.Loss(Scalars(), (X,))
    m, square = f.at(), float((X**2).mean())
    assert m.gradient.tolist() == [pytest.approx(4 * square)]
    assert m.hessian().tolist() == [[pytest.approx(2 * square)]]
    line = stt.surface(f, stt.Slice.along(m, m.gradient), resolution=3, ranges=[(-2, 0)])
    assert line.values == pytest.approx([0, square, 4 * square], abs=1e-6)
    for norm in ("l2", "l1", "linf", "spectral", "rows"):
        model = Scalars()
        optimizer = stt.SteepestDescent(model.parameters(), 0.1, norm=norm, normalized=True)
        model(X).backward()
        assert float(stt.clip_grad_norm_(model, 1.0)) == pytest.approx(4 * square)
        optimizer.step()
        assert model.gain.item() == pytest.approx(1.9)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_a_scaler_and_autocast_with_watch_and_clip(dtype: torch.dtype) -> None:
    model = net()
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    run = stt.watch(model, optimizer, curvature_every=1, max_products=8)
    scaler = torch.amp.GradScaler("cpu", init_scale=1024.0)

    def loss_of(part: Callable[[Any], Any] = lambda t: t) -> Tensor:
        with torch.autocast("cpu", dtype):
            return cross_entropy(model(part(X)), part(Y))

    known, factors = [], []
    for _ in range(3):
        known.append(stt.Loss(model, (X, Y), cross_entropy).at())
        assert known[-1].gradient_norm > 0.05
        optimizer.zero_grad()
        loss = loss_of()
        scaler.scale(loss).backward()
        scaler.unscale_(optimizer)
        run.observe(loss, loss_of)
        factors.append(stt.clip_grad_norm_(model, 0.05).factor)
        scaler.step(optimizer)
        scaler.update()
    found = run.run()
    assert found["gradient"] == pytest.approx([m.gradient_norm for m in known], rel=0.1)
    assert found["clip"] == pytest.approx(factors, rel=1e-4)
    assert (found["clip"] < 1).all() and np.isfinite(found["lambda_max"]).all()


def test_tied_weights_count_once_in_clipping_and_steps() -> None:
    torch.manual_seed(0)
    table, head = nn.Embedding(5, 3), nn.Linear(3, 5, bias=False)
    head.weight = table.weight
    both = [*table.parameters(), *head.parameters()]
    (head(table(torch.tensor([0, 1]))) ** 2).sum().backward()
    assert table.weight.grad is not None
    size = float(table.weight.grad.norm())
    clipped = stt.clip_grad_norm_(both, size / 2)
    assert len(clipped.names) == 1 and clipped.factor == pytest.approx(0.5)
    before = table.weight.detach().clone()
    stt.SteepestDescent(nn.ModuleList([table, head]).parameters(), 1.0, normalized=True).step()
    assert float((table.weight.detach() - before).norm()) == pytest.approx(1.0, rel=1e-5)
