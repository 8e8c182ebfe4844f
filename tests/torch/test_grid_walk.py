"""Every point of a surface is evaluated as it would be alone, and nobody keeps anything of it."""

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
from steepest.torch.memoryless import keeps_nothing


class Remembers(nn.Module):
    """Keeps a table from its first call on, as modules with positions do."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = mlp()
        self.table: Tensor | None = None

    def forward(self, x: Tensor) -> Tensor:
        if self.table is None:
            self.table = torch.ones(x.shape[1], dtype=x.dtype)
        return self.inner(x * self.table)


@pytest.mark.parametrize("make", [mlp, Remembers])
@pytest.mark.parametrize("given", [tuple, list])
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16])
def test_a_value_is_that_of_its_point_asked_alone(make: Any, given: Any, dtype: Any) -> None:
    model = make().to(dtype)
    x, y = batch()
    f = stt.Loss(model, given((x.to(dtype), y)), cross_entropy)
    plane = stt.Slice.random(f.at(), seed=2)
    close = {torch.float64: 1e-12, torch.float32: 1e-6, torch.bfloat16: 1e-2}[dtype]
    s = stt.surface(f, plane, resolution=(5, 4), ranges=[(-1, 2), (-0.5, 1)])
    for j, b in enumerate(s.grid[1]):
        for i, a in enumerate(s.grid[0]):
            alone = f.value(plane.origin + b * plane.axes[1] + a * plane.axes[0])
            assert s.values[j, i] == pytest.approx(alone, rel=close)
    line = stt.surface(f, stt.Slice.along(f.at(), plane.axes[0]), resolution=4)
    unit = plane.axes[0] / torch.linalg.vector_norm(plane.axes[0])
    assert line.values[0] == pytest.approx(f.value(plane.origin - unit), rel=close)


def test_parameters_of_different_precision() -> None:
    model = mlp()
    x, y = batch()

    class Mixed(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = model
            self.scale = nn.Parameter(torch.ones((), dtype=torch.float32))

        def forward(self, x: Tensor) -> Tensor:
            return self.inner(x) * self.scale

    f = stt.Loss(Mixed(), (x, y), cross_entropy)
    m = f.at()
    plane = stt.Slice.along(m, m.gradient, torch.ones(f.parameters.count))
    s = stt.surface(f, plane, resolution=3)
    for j, i in ((0, 0), (2, 1), (1, 2)):
        there = plane.origin + s.grid[1][j] * plane.axes[1] + s.grid[0][i] * plane.axes[0]
        assert s.values[j, i] == pytest.approx(f.value(there), rel=1e-9)


def test_dropout_is_the_same_at_every_point() -> None:
    model = nn.Sequential(mlp(), nn.Dropout(0.5)).train()
    f = stt.Loss(model, batch(), cross_entropy)
    m = f.at()
    plane = stt.Slice.random(m)
    still = stt.Slice.along(m, plane.axes[0])
    s = stt.surface(f, still, resolution=9, ranges=[(0, 1e-12)])
    assert np.ptp(s.values) < 1e-9


def test_a_module_with_a_memory_can_be_trained_afterwards() -> None:
    model = Remembers()
    x, y = batch()
    f = stt.Loss(model, (x, y), cross_entropy)
    plane = stt.Slice.random(f.at())
    model.table = None
    stt.surface(f, plane, resolution=2)
    table: Tensor | None = model.table
    assert table is not None and not table.is_inference()
    cross_entropy(model(x.requires_grad_()), y).backward()


def test_progress_is_called_outside_of_inference_mode() -> None:
    made: list[Tensor] = []
    f = stt.Loss(mlp(), batch(), cross_entropy)
    stt.surface(
        f, stt.Slice.random(f.at()), resolution=2,
        progress=lambda done, total: made.append(torch.zeros(1)),
    )  # fmt: skip
    assert len(made) == 4 and not any(t.is_inference() for t in made)


def hooked(model: nn.Module) -> nn.Module:
    next(model.children()).register_forward_hook(lambda *_: None)
    return model


def patched(model: nn.Module) -> nn.Module:
    model.forward = model.forward
    return model


def compiled(model: nn.Module) -> nn.Module:
    model._compiled_call_impl = model._call_impl  # what model.compile() sets
    return model


@pytest.mark.parametrize("change", [hooked, patched, compiled])
def test_who_may_keep_a_tensor(change: Callable[[nn.Module], nn.Module]) -> None:
    assert keeps_nothing(mlp(), batch(), cross_entropy)
    assert keeps_nothing(mlp(), list(batch()), nn.CrossEntropyLoss())
    assert not keeps_nothing(change(mlp()), batch(), cross_entropy)


def test_who_else_may_keep_a_tensor() -> None:
    class Own(nn.Linear):
        pass

    class OwnLoss(nn.CrossEntropyLoss):
        pass

    weighed = nn.utils.parametrizations.weight_norm(nn.Linear(4, 3))
    for model, loss in (
        (Own(4, 3), cross_entropy),
        (nn.Sequential(weighed), cross_entropy),
        (mlp(), OwnLoss()),
        (mlp(), lambda a, b: cross_entropy(a, b)),
    ):
        assert not keeps_nothing(model, batch(), loss)
    x, y = batch()
    assert not keeps_nothing(mlp(), {"x": x, "y": y}, cross_entropy)
    assert not keeps_nothing(mlp(), (nn.Parameter(x), y), cross_entropy)
    handle = nn.modules.module.register_module_forward_hook(lambda *_: None)
    try:
        assert not keeps_nothing(mlp(), batch(), cross_entropy)
    finally:
        handle.remove()
