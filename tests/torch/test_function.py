"""Functions of tensors, where every answer is known."""

from __future__ import annotations

import re

import pytest
import torch
from torch import Tensor

import steepest as st
import steepest.torch as stt
from steepest.errors import LossError, NoDirectionError, ParameterError, PointError


def bowl(x: Tensor, y: Tensor) -> Tensor:
    return x**2 + 3 * y**2


def test_the_chapters_example() -> None:
    m = stt.Function(bowl).at(1, 2)
    assert m.value == 13
    assert m.gradient.tolist() == [2, 12]
    assert {name: float(g) for name, g in m.gradients.items()} == {"x": 2, "y": 12}
    assert m.gradient_norm == pytest.approx(148**0.5)
    assert m.hessian().tolist() == [[2, 0], [0, 6]]
    assert m.slope(torch.tensor([3.0, 4.0])) == pytest.approx((2 * 3 + 12 * 4) / 5)
    assert m.slope({"y": torch.tensor(2.0)}) == 12


@pytest.mark.parametrize(
    ("norm", "up", "rate"),
    [
        (None, [2 / 148**0.5, 12 / 148**0.5], 148**0.5),
        ("linf", [1, 1], 14),
        (st.LInf(), [1, 1], 14),
        (st.L1(), [0, 1], 12),
    ],
)
def test_steepest_in_a_norm(norm: object, up: list[float], rate: float) -> None:
    m = stt.Function(bowl).at(1, 2)
    ascent, descent = m.steepest_ascent(norm), m.steepest_descent(norm)  # type: ignore[arg-type]
    assert ascent.direction.tolist() == pytest.approx(up)
    assert descent.direction.tolist() == pytest.approx([-u for u in up])
    assert ascent.rate == pytest.approx(rate) and descent.rate == pytest.approx(-rate)
    assert m.slope(ascent.direction, norm=norm) == pytest.approx(rate)  # type: ignore[arg-type]


def test_it_agrees_with_the_formula() -> None:
    m = stt.Function(lambda x, y: torch.exp(x * y) + torch.sin(x)).at(0.5, -1.0)
    known = st.Formula("exp(x*y) + sin(x)").at(0.5, -1.0)
    assert m.gradient.numpy() == pytest.approx(known.gradient, rel=1e-14)
    assert m.hessian().numpy() == pytest.approx(known.hessian, rel=1e-14)


def test_arguments_of_any_shape() -> None:
    X, y = torch.randn(5, 3, dtype=torch.float64), torch.randn(5, dtype=torch.float64)
    w, b = torch.randn(3, dtype=torch.float64), 0.5
    m = stt.Function(lambda w, b: (X @ w + b - y).square().sum()).at(w, b)
    assert torch.allclose(m.gradients["w"], 2 * X.T @ (X @ w + b - y))
    A = torch.cat([X, torch.ones(5, 1)], dim=1).double()
    assert torch.allclose(m.hessian(), 2 * A.T @ A)


def test_the_arguments_own_tensors_are_not_touched() -> None:
    x = torch.tensor([1.0, 2.0])
    m = stt.Function(lambda x: x.square().sum()).at(x)
    assert m.gradient.dtype == torch.float32
    x[0] = 100
    assert m.gradient.tolist() == [2, 4]
    assert not x.requires_grad


def test_a_hessian_product_has_the_form_of_its_vector() -> None:
    m = stt.Function(bowl).at(1, 2)
    one = torch.tensor(1.0, dtype=torch.float64)
    assert m.hessian_product(torch.tensor([1.0, 2.0])).tolist() == [2, 12]
    assert [float(p) for p in m.hessian_product([one, 2 * one])] == [2, 12]
    assert {k: float(p) for k, p in m.hessian_product({"y": one}).items()} == {"x": 0, "y": 6}
    assert m.hessian_product(torch.eye(2)).tolist() == [[2, 0], [0, 6]]


def test_linear_functions_have_the_hessian_zero() -> None:
    m = stt.Function(lambda x, y: 3 * x + 0 * y).at(1, 2)
    assert m.gradient.tolist() == [3, 0]
    assert m.hessian().tolist() == [[0, 0], [0, 0]]


def test_any_number_of_arguments() -> None:
    m = stt.Function(lambda *x: torch.stack(x).square().sum()).at(1, 2, 3)
    assert m.parameters.names == ("x1", "x2", "x3")
    assert m.gradient.tolist() == [2, 4, 6]


def test_what_is_random_repeats() -> None:
    m = stt.Function(lambda x: (x * torch.rand(3)).sum()).at(torch.ones(3))
    state = torch.get_rng_state()
    assert m.value == pytest.approx(float(m.gradient.sum()))
    assert torch.equal(torch.get_rng_state(), state)


@pytest.mark.parametrize(
    ("function", "point", "error", "sentence"),
    [
        (bowl, (1,), PointError, "1 argument for the function of (x, y)"),
        (bowl, (1, "two"), PointError, "y = 'two': expected a number, an array or a tensor"),
        (bowl, (1, float("inf")), PointError, "y = inf is not finite"),
        (lambda x: x.square(), (torch.ones(2),), LossError,
         "has shape (2,), but a scalar function has one number as its value: average it"),
        (lambda x: float(x), (1,), LossError, "is a float, not a tensor: return the tensor itself"),
        (lambda x: torch.tensor(1.0), (1,), LossError, "does not depend on the parameters (x)"),
        (lambda x: x.detach() ** 2, (1,), LossError, "look for .detach()"),
        (lambda x: torch.log(x), (0,), LossError,
         "is -inf, though data and parameters are finite: something overflows or divides by zero"),
        (lambda x: torch.sqrt(x), (0,), LossError,
         "gradient of the loss of the batch is not finite at x"),
        (lambda x: (1j * x), (1,), LossError, "is complex: take its real part"),
    ],
)  # fmt: skip
@pytest.mark.filterwarnings("ignore:Converting a tensor with requires_grad")
def test_refused(function: object, point: tuple[object, ...], error: type, sentence: str) -> None:
    with pytest.raises(error, match=re.escape(sentence)):
        stt.Function(function).at(*point).gradient  # type: ignore[arg-type] # noqa: B018


def test_refused_before_a_point() -> None:
    with pytest.raises(ParameterError, match="a int cannot be called: give a function of tensors"):
        stt.Function(3)  # type: ignore[arg-type]
    with pytest.raises(ParameterError, match="no argument without a default"):
        stt.Function(lambda x=1: x)


def test_no_direction_at_a_critical_point() -> None:
    m = stt.Function(bowl).at(0, 0)
    with pytest.raises(NoDirectionError, match=r"∇f = 0 here.*verdict\(\) tells"):
        m.steepest_descent()
    with pytest.raises(PointError, match="the direction is zero"):
        m.slope(torch.zeros(2))
    with pytest.raises(PointError, match="the direction is not finite"):
        m.slope(torch.tensor([torch.nan, 1.0]))


def test_an_operation_without_second_derivative_is_named() -> None:
    class Once(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x**2

        @staticmethod
        @torch.autograd.function.once_differentiable
        def backward(ctx, g):
            return 2 * g * ctx.saved_tensors[0]

    m = stt.Function(Once.apply, names=["x"]).at(3)  # type: ignore[arg-type]
    assert m.gradient.tolist() == [6]
    with pytest.raises(LossError, match=r"no second derivatives for torch.*once_differentiable"):
        m.hessian()


def test_printing() -> None:
    m = stt.Function(bowl).at(1, 2)
    assert repr(m) == "LocalModel(bowl, 2 parameters)"
    assert str(m) == "bowl: value 13, ‖∇f‖ 12.1655"
    assert repr(stt.Function(bowl)) == "Function(bowl(x, y))"
    assert str(m.steepest_ascent("l1")) == "rate 12 per unit in the l1 norm"
