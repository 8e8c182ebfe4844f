"""Tracing: a callable's graph computes what the callable computes on numbers."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from steepest.errors import TraceError
from steepest.evaluate.numpy import NumpyEvaluator
from steepest.evaluate.tape import Tape
from steepest.expression.graph import PI, E, Node, build, constant, topological, variable
from steepest.expression.parse import parse
from steepest.expression.trace import call_traced, scalar_result, trace
from steepest.expression.traced import Traced
from steepest.expression.typeset import text

MATRIX = np.array([[2.0, 1.0, 0.0], [1.0, 3.0, -0.5], [0.0, -0.5, 1.0]])


# Functions of one vector, in the style in which test functions are published.
def sphere(x):
    return np.sum(x**2)


def rastrigin(x):
    return 10 * len(x) + np.sum(x**2 - 10 * np.cos(2 * np.pi * x))


def ackley(x):
    x = np.asarray(x)
    n = x.shape[0]
    return (
        -20 * np.exp(-0.2 * np.sqrt(np.sum(x**2) / n))
        - np.exp(np.sum(np.cos(2 * np.pi * x)) / n)
        + 20
        + np.e
    )


def rosenbrock(x):
    return sum(100 * (b - a**2) ** 2 + (1 - a) ** 2 for a, b in pairwise(x))


def rosenbrock_slices(x):
    return (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()


def griewank(x):
    i = np.arange(1, len(x) + 1)
    return 1 + np.sum(x**2) / 4000 - np.prod(np.cos(x / np.sqrt(i)))


def levy(x):
    w = 1 + (x - 1) / 4
    first = np.sin(np.pi * w[0]) ** 2
    middle = np.sum((w[:-1] - 1) ** 2 * (1 + 10 * np.sin(np.pi * w[:-1] + 1) ** 2))
    last = (w[-1] - 1) ** 2 * (1 + np.sin(2 * np.pi * w[-1]) ** 2)
    return first + middle + last


def zakharov(x):
    s = np.dot(0.5 * np.arange(1, x.size + 1), x)
    return x @ x + s**2 + s**4


def shekel(x):
    centres = np.array([[4.0, 4, 4], [1, 1, 1], [8, 8, 8]])
    return -np.sum(1 / (np.sum((x - centres) ** 2, axis=1) + np.array([0.1, 0.2, 0.2])))


def michalewicz(x):
    return -np.sum(np.sin(x) * np.sin(np.arange(1, 4) * x**2 / np.pi) ** 20)


def styblinski_tang(x, a=16.0, *, b=5.0):
    total = 0
    for v in x:
        total += v**4 - a * v**2 + b * v
    return total / 2


def filled(x):
    y = np.zeros_like(x, dtype=float)
    y[0] = x[0] ** 2
    y[1:] = x[:-1] * x[1:]
    return y.sum()


def unpacked(x):
    a, b, c = x
    return a * b + abs(c) + max(1, 2)


def piecewise(x):
    inside = (x[0] > 0) & ~(x[1] < 1) | (x[2] == 3) ^ (x[0] != x[1])
    return np.where(inside, x[0], x[1]) + (x[2] > 0) * x[2]


def network(x):
    hidden = np.maximum(MATRIX @ x + np.array([0.1, -0.2, 0.3]), 0)
    return np.log(1 + np.exp(hidden @ np.array([1.0, -2.0, 0.5])))


VECTOR_FUNCTIONS: list[Callable[[Any], Any]] = [
    sphere, rastrigin, ackley, rosenbrock, rosenbrock_slices, griewank, levy, zakharov, shekel,
    michalewicz, styblinski_tang, filled, unpacked, piecewise, network,
    lambda x: x @ MATRIX @ x,
    lambda x: np.einsum("i,ij,j", x, MATRIX, x),
    lambda x: np.dot(x, MATRIX).dot(x) + np.inner(x, x) + np.vdot(x, x),
    lambda x: np.trace(np.outer(x, x)) + np.matmul(x, x),
    lambda x: np.linalg.norm(x) + np.linalg.norm(x, 1) + np.linalg.norm(x, np.inf),
    lambda x: np.linalg.norm(x, 3) + np.linalg.norm(x, -np.inf) + np.linalg.norm(np.outer(x, x)),
    lambda x: np.sum(np.linalg.norm(np.outer(x, x), axis=1)),
    lambda x: np.mean(x) + np.var(x) + np.std(x) + np.var(x, ddof=1) + x.var() + x.std() + x.mean(),
    lambda x: np.max(x) + x.min() + np.ptp(x) + np.amax(x) + np.amin(x) + x.max(),
    lambda x: np.max(np.outer(x, x), axis=0).sum() + np.max(x, initial=3.0),
    lambda x: np.clip(x, -1, 1).sum() + np.clip(x, 0, None).sum() + x.clip(-1, 2).sum(),
    lambda x: np.cumsum(x)[-1] + np.cumprod(x)[-1] + np.diff(x).sum() + np.roll(x, 1)[0],
    lambda x: np.concatenate([x, [1.0], x[:1]]).sum() + np.hstack([x, x]).sum(),
    lambda x: np.stack([x[0], x[1]]).max() + np.vstack([x, 2 * x]).T.ravel().sum(),
    lambda x: np.array([x[0], x[1]]).sum() + np.sin(np.array([x[0], x[1]])).sum(),
    lambda x: np.sum([np.exp(v) for v in x]) + np.prod([x[0], 2.0]) + np.mean([x[0], x[1]]),
    lambda x: x.reshape(3, 1).sum(axis=0)[0] + x[None, :].sum() + x[[0, 2]].sum() + x[::-1][0],
    lambda x: np.polyval([1.0, 2, 3], x).sum() + np.polyval([1, 0, -1], x[0]),
    lambda x: np.tile(x, 2).sum() + np.repeat(x, 2).sum() + np.flip(x)[0] + x.copy()[1],
    lambda x: np.sum(x, dtype=float) + np.sum(x, axis=0, keepdims=True)[0] + np.add.reduce(x[:0]),
    lambda x: np.multiply.accumulate(x)[-1] + np.maximum.reduce(x) + np.subtract.outer(x, x)[0, 1],
    lambda x: np.sum(np.ones_like(x) * x) + np.sum(np.full_like(x, 2.0) * x) + x.astype(float)[0],
    lambda x: np.select([x < 0, x < 1], [-x, x**2], default=3.0).sum(),
    lambda x: np.any(x > 0) + 2 * np.all(x > 0) + np.sum(x > 0) + np.count_nonzero([1, 0]),
    lambda x: np.where(np.logical_or(x > 1, np.logical_not(x > 0)), x, 0).sum(),
    lambda x: np.where(np.logical_and(x > 0, True), x, 1).sum(),
    lambda x: np.logical_xor(x > 0, x > 1).sum(),
    lambda x: sum(i * v for i, v in enumerate(x, 1)) + math.prod(x) + x.size + x.ndim,
    lambda x: np.meshgrid(x, x)[0].sum() + np.split(x, 3)[1][0] + np.squeeze(x[:, None])[0],
    lambda x: np.broadcast_to(x, (2, 3)).sum() + np.atleast_1d(x[0])[0] + np.take(x, 1),
]  # fmt: skip

SCALAR_FUNCTIONS: list[Callable[[Any, Any], Any]] = [
    lambda x, y: np.sin(x) * y,
    lambda x, y: (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2,
    lambda x, y: x**0.5 + x**1.5 + x**-0.5 + 2**y + np.e**y + x**y + x**-2 + x**1 + pow(x, 3),
    lambda x, y: np.hypot(x, y) + np.arctan2(y, x) + np.log1p(x) + np.expm1(y) + np.logaddexp(x, y),
    lambda x, y: np.square(x) + np.reciprocal(x) + np.exp2(y) + np.cbrt(y) + np.positive(x),
    lambda x, y: np.sinh(y) + np.cosh(y) + np.tanh(y) + np.arcsinh(y) + np.arccosh(1 + x),
    lambda x, y: np.arcsin(x / 9) + np.arccos(x / 9) + np.arctan(y) + np.arctanh(x / 9) + np.tan(y),
    lambda x, y: np.log(x) + np.log2(x) + np.log10(x) + np.fabs(y) + np.sign(y) - (+x) + (-y),
    lambda x, y: np.minimum(x, y) + np.maximum(x, 0.5) + np.heaviside(y, 0.5) + np.sinc(y),
    lambda x, y: np.deg2rad(y) + np.rad2deg(x) + np.radians(x) + np.degrees(y),
    lambda x, y: np.float32(0.5) * x + np.int64(3) * y - np.arange(3)[2] + np.float64(2) / x,
    lambda x, y: np.pi * x + 2 * np.pi * y - np.pi / 2 + 1 / np.pi,
    lambda x, y: np.where(x > y, x, np.where((x < 1) | (y >= 0), x * y, -1.0)),
    lambda x, y: np.polynomial.polynomial.polyval(x, [1, 2, 3]) + x.sum() + y.max(),
    functools.partial(lambda a, x, y: a * x + y, 3.0),
    lambda x, y, a=2, *, b=3: a * x + b * y,
]


def stacked(*symbols: Any) -> Any:
    return np.stack(symbols)


def check(function: Callable[..., Any], node: Node, arguments: tuple[Any, ...]) -> None:
    point = np.concatenate([np.ravel(a) for a in arguments])
    names = [f"x{i}" for i in range(1, 4)] if len(arguments) == 1 else ["x", "y"]
    value = NumpyEvaluator(Tape.record([node], names))(point[None])[0, 0]
    assert value == pytest.approx(float(function(*arguments)), rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("function", VECTOR_FUNCTIONS)
def test_functions_of_one_vector(function: Callable[[Any], Any]) -> None:
    node, variables = trace(function, None, 3)
    assert variables == ("x1", "x2", "x3")
    for point in ([0.3, 1.7, -0.4], [2.5, 0.6, 3.0], [-1.2, -0.7, 0.9], [1.5, 1.5, 1.5]):
        check(function, node, (np.array(point),))


@pytest.mark.parametrize("function", SCALAR_FUNCTIONS)
def test_functions_of_numbers(function: Callable[[Any, Any], Any]) -> None:
    node, variables = trace(function)
    assert variables == ("x", "y")
    for x, y in ((0.3, 1.7), (2.5, -0.6), (4.0, 4.0)):
        check(function, node, (np.float64(x), np.float64(y)))


@pytest.mark.parametrize(
    ("function", "written"),
    [
        (lambda x, y: x**2 + 3 * y**2, "x^2 + 3y^2"),
        (lambda x: 0.1 * x, "0.1x"),
        (lambda x: np.float32(0.1) * x, "0.1x"),
        (lambda x: x * np.float64(0.1), "0.1x"),
        (lambda x: x + np.array([0.1, 0.2], dtype=np.float32)[0], "x + 0.1"),
        (lambda x: Fraction(1, 3) * x + Decimal("0.3"), "x/3 + 0.3"),
        (lambda x: sum([x, x * 1, 0 * x, x + 0]), "x + x + x"),
        (lambda x: np.cos(2 * np.pi * x), "cos(2pi*x)"),
        (lambda x: x**0.5, "sqrt(x)"),
        (lambda x: np.sqrt(x) ** 2, "sqrt(x)^2"),
        (lambda x: x ** np.int32(3), "x^3"),
        (lambda x: x**3.0, "x^3"),
        (lambda x: True * x, "x"),
        (lambda x: np.e**x, "e^x"),
        (lambda x: -np.pi * x, "-pi*x"),
        (lambda x: np.where(True, x, 1 / x), "x"),
        (lambda x: np.where(x > 0, x, 0), "where(0 < x, x, 0)"),
        (lambda: 3, "3"),
        (lambda x: 2.5, "2.5"),
        (lambda x: np.array(x), "x"),
    ],
)
def test_reads_as_it_was_written(function: Callable[..., Any], written: str) -> None:
    assert text(trace(function)[0]) == text(parse(written))


def test_constants_become_what_they_stand_for() -> None:
    assert trace(lambda x: np.pi)[0] is PI
    assert trace(lambda x: math.e)[0] is E
    assert trace(lambda x: 3.1415926)[0] is constant(3.1415926)


def test_names_and_order_of_variables() -> None:
    assert trace(lambda b, a: a - b)[1] == ("b", "a")
    assert trace(lambda b, a: a - b, ("p", "q")) == (parse("q-p"), ("p", "q"))
    assert trace(lambda v: v[0] * v[1], ("p", "q")) == (parse("p*q"), ("p", "q"))
    assert trace(lambda v: v[0] * v[1], ("p", "q"), 2)[1] == ("p", "q")
    assert trace(lambda v: v.sum(), None, 1) == (variable("x1"), ("x1",))


class Shifted:
    """Callable objects and bound methods are functions too."""

    def __call__(self, x: Any) -> Any:
        return x - 1

    def method(self, y: Any) -> Any:
        return y + 1


def test_objects_and_methods() -> None:
    assert trace(Shifted()) == (parse("x-1"), ("x",))
    assert trace(Shifted().method) == (parse("y+1"), ("y",))
    assert trace(np.hypot)[0].op == "hypot"


# What cannot be traced, and what the message must say.
def branches(x):
    y = x - 1
    if y > 0:
        return y
    return -y


def loops(x):
    while x > 1:
        x = x / 2
    return x


def calls(x):
    return branches(2 * x)


def needs_keyword(x, *, k):
    return k * x


REFUSED: list[tuple[Callable[..., Any], str]] = [
    (branches, r"np.where\(x > 0, a, b\)"),
    (loops, "neither true nor false"),
    (calls, r"if y > 0:"),
    (lambda x: x if x else 1, "np.where"),
    (lambda x: max(x, 0), r"np.maximum\(a, b\)"),
    (lambda x: sorted([x, 1])[0], "np.maximum"),
    (lambda x: 0 < x < 1, "chained comparisons"),
    (lambda x: np.sort(np.stack([x, 1]))[0], "np.where"),
    (lambda x: np.maximum(np.array([x, 1]), 0).sum(), "np.stack"),
    (lambda x: math.sin(x), r"np.sin\(x\), not math.sin\(x\)"),
    (lambda x: int(x), "no numeric value"),
    (lambda x: float(x), "no numeric value"),
    (lambda x: complex(x), "no numeric value"),
    (lambda x: [1, 2, 3][x], "no numeric value"),
    (lambda x: np.arange(3)[x], "raised IndexError"),
    (lambda x: np.asarray([x], dtype=float).sum(), "leave out dtype=float"),
    (lambda x: np.floor(x), "np.floor cannot be traced: it jumps"),
    (lambda x: x // 2, "it jumps"),
    (lambda x: x % 2, "it jumps"),
    (lambda x: round(x), "it jumps"),
    (lambda x: math.floor(x), "it jumps"),
    (lambda x: math.trunc(x), "it jumps"),
    (lambda x: np.isnan(x), "np.isnan cannot be traced"),
    (lambda x: x.nothing, "no attribute 'nothing'"),
    (lambda x: x**2000, "exponent 2000 is too large"),
    (lambda x: x * float("nan"), "nan is not a real number"),
    (lambda x: x + np.inf, "inf is not a real number"),
    (lambda x: x + 10**400, "too large"),
    (lambda x: x + 1j, "not a real number"),
    (lambda x: x + Decimal("1e999999999"), "not a real number"),
    (lambda x: x + Decimal("nan"), "not a real number"),
    (lambda x: x + "a", "'a' is not a real number"),
    (lambda x: x & 1, "combine comparisons"),
    (lambda x: np.where(x > 0), "all three arguments"),
    (lambda x: np.exp(x, where=False), "np.exp"),
    (lambda x: x[0] ** 2, "give dim="),
    (lambda x: len(x), "give dim="),
    (lambda x: next(iter(x)), "give dim="),
    (lambda x: f"{x:.2f}", "raised TypeError"),
    (lambda x: {}[3], "raised KeyError: 3"),
    (lambda x: x > 0, "returns a condition"),
    (lambda x: None, "needs `return`"),
    (lambda x: (x, x), "returns a tuple"),
    (lambda x: np.stack([x, x]), r"an array of shape \(2,\)"),
    (lambda x: np.zeros(3), r"an array of shape \(3,\)"),
    (lambda x: "x", "'x' is not a real number"),
    (lambda *x: x[0], r"any number of arguments \(\*x\)"),
    (needs_keyword, "needs the keyword k"),
    (lambda e: e, "'e' already has a meaning in formulas"),
    (dict, "does not say what it takes"),
]


@pytest.mark.parametrize(("function", "message"), REFUSED)
def test_refused(function: Callable[..., Any], message: str) -> None:
    with pytest.raises(TraceError, match=message):
        trace(function)


def test_the_line_is_named() -> None:
    line = branches.__code__.co_firstlineno + 2
    with pytest.raises(TraceError) as caught:
        trace(calls)
    assert str(caught.value).splitlines()[-1] == f"  line {line} of test_trace.py: if y > 0:"


def test_the_cause_is_kept() -> None:
    with pytest.raises(TraceError, match="raised ZeroDivisionError") as caught:
        trace(lambda x: x + 1 / 0)
    assert isinstance(caught.value.__cause__, ZeroDivisionError)


def test_keyboard_interrupt_passes_through() -> None:
    def interrupted(x: Any) -> Any:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        trace(interrupted)


@pytest.mark.parametrize("dim", [0, -1, 2.0, True, "2"])
def test_bad_dim(dim: Any) -> None:
    with pytest.raises(TraceError, match=r"dim=.*1 or more"):
        trace(sphere, None, dim)


def test_declared_names_must_fit() -> None:
    with pytest.raises(TraceError, match="takes 2 arguments"):
        trace(lambda a, b: a, ("x",))
    with pytest.raises(TraceError, match="names 2 components, but dim=3"):
        trace(sphere, ("x", "y"), 3)
    with pytest.raises(TraceError, match="takes 2 arguments"):
        trace(lambda a, b: a, None, 2)


def test_masks_and_out_are_refused() -> None:
    with pytest.raises(TraceError, match="mask"):
        trace(lambda x: x[x > 0].sum(), None, 2)
    with pytest.raises(TraceError, match="out="):
        trace(lambda x: np.add(x, 1, out=np.zeros(2)).sum(), None, 2)
    with pytest.raises(TraceError, match=r"np.zeros_like\(x\)"):
        trace(_writes_into_zeros, None, 2)
    with pytest.raises(TraceError, match="cannot be traced"):
        trace(lambda x: np.linalg.norm(np.outer(x, x), 2), None, 2)


def _writes_into_zeros(x: Any) -> Any:
    y = np.zeros(2)
    y[0] = x[0]
    return y.sum()


def test_a_hundred_thousand_operations() -> None:
    def deep(x: Any) -> Any:
        for _ in range(50_000):
            x = np.sin(x) + 1
        return x

    node, _ = trace(deep)
    assert len(topological([node])) == 100_002
    wide, _ = trace(lambda x: np.sum(np.sin(x) * x), None, 10_000)
    assert len(topological([wide])) == 39_999


def _step_rule(a: Any, b: Any) -> Any:
    return np.where((a > 0) & (b > 0), np.minimum(a, b), -a)


def test_symbols_give_their_nodes_back() -> None:
    # A tracer of step rules builds symbols of its own nodes and takes nodes out again.
    x, y = variable("x"), variable("y")
    result = call_traced(_step_rule, Traced(x), Traced(y))
    assert result.node is parse("where(x > 0, where(y > 0, min(x, y), -x), -x)")
    assert (Traced(x) < 1).is_condition
    assert (Traced(x) < 1).node is parse("where(x < 1, 1, 0)")
    assert scalar_result(np.float64(2), "f") is constant(2)
    with pytest.raises(TraceError, match=r"shape \(2,\)"):
        _ = stacked(Traced(x), Traced(y)).node


def test_printing_a_symbol_shows_its_formula() -> None:
    x = Traced(variable("x"))
    assert repr(x**2 + 1) == "Traced(x^2 + 1)"
    assert repr(stacked(x, 2 * x)) == "Traced([Traced(x), Traced(2x)])"


def test_symbols_compare_with_other_things() -> None:
    x = Traced(variable("x"))
    assert (x == None) is False  # noqa: E711
    assert (x != "x") is True
    assert len({x, x}) == 1
    assert text(build("add", x.node, constant(1))) == "x + 1"
