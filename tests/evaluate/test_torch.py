"""Tapes on PyTorch: every operation has the value that numpy gives it, and its own gradient."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
import torch

from steepest.errors import ParameterError
from steepest.evaluate import torch as pytorch
from steepest.evaluate.torch import TorchEvaluator
from steepest.expression.graph import ARITY, build, variable
from steepest.functions.formula import Formula

POINTS = [(0.3, 0.7), (-0.6, 0.2), (1.5, -2.5), (2.0, 3.0), (0.9, -0.1)]
OPERATIONS = sorted(op for op, n in ARITY.items() if n and op not in ("ipow", "lt", "le", "where"))


def formula(op: str) -> Formula:
    x, y = variable("x"), variable("y")
    return Formula(build(op, *(x, y)[: ARITY[op]]), ["x", "y"])


@pytest.mark.parametrize("op", OPERATIONS)
def test_every_operation(op: str) -> None:
    f = formula(op)
    evaluator = TorchEvaluator(f.value_tape)
    values, gradients = f.values_and_gradients(POINTS)
    tested = 0
    for point, value, gradient in zip(POINTS, values, gradients, strict=True):
        found, slopes = evaluator.gradient(point)
        assert found == pytest.approx(value, rel=1e-13, nan_ok=True)
        if np.isfinite(value):
            assert slopes == pytest.approx(gradient, rel=1e-12, abs=1e-15)
            tested += 1
    assert tested >= 2


def test_choices_powers_and_constants() -> None:
    f = Formula("where(x < y, x^3, where(x <= 2, pi/7, e)) + x^(-2)")
    evaluator = TorchEvaluator(f.value_tape)
    for point in POINTS:
        value, slopes = evaluator.gradient(point)
        assert value == pytest.approx(f(*point))
        assert slopes == pytest.approx(f.gradients([point])[0])
    assert TorchEvaluator(Formula("3", ["x"]).value_tape).gradient([1])[1] == [0]


def test_many_points_at_once() -> None:
    f = Formula("sin(x)*y + softplus(x)")
    columns = torch.tensor(POINTS, dtype=torch.float64).T
    (values,) = TorchEvaluator(f.value_tape)(list(columns))
    assert values.numpy() == pytest.approx(f.values(POINTS))


def test_conventions_are_torchs_own() -> None:
    assert TorchEvaluator(Formula("relu(x)").value_tape).gradient([0])[1] == [0]
    assert TorchEvaluator(Formula("|x|").value_tape).gradient([0])[1] == [0]
    assert list(TorchEvaluator(Formula("max(x, y)").value_tape).gradient([1, 1])[1]) == [0.5, 0.5]


def test_without_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pytorch, "find_spec", lambda name: None)
    m = Formula("x^2").at(1)
    with pytest.raises(ParameterError, match="torch=True, but PyTorch is not installed"):
        m.verify(torch=True)
    with pytest.raises(ParameterError, match="PyTorch is not installed: install it"):
        TorchEvaluator(Formula("x").value_tape)
    names = [way.name for way in m.verify().ways]
    assert names == ["reverse mode", "forward mode", "numerical"]


def test_torch_is_imported_only_when_wanted() -> None:
    code = (
        "import sys, steepest as st; m = st.Formula('x^2').at(1); m.verify(torch=False); str(m);"
        " assert 'torch' not in sys.modules; m.verify(torch=True); assert 'torch' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
