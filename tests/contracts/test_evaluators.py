"""The contract of an evaluator: `Evaluator(tape)(points (m, n)) -> outputs (k, m)`.

Every evaluator of a graph at many points runs it. It says what the numbers are (Arb decides),
what IEEE arithmetic does at the edges, and which shapes go in and out.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from itertools import product

import flint
import numpy as np
import pytest
from hypothesis import given, settings

from arb import Undecided, evaluate
from steepest.evaluate.native import NativeEvaluator, Target
from steepest.evaluate.native.target import host
from steepest.evaluate.numpy import NumpyEvaluator
from steepest.evaluate.tape import Tape
from steepest.expression.differentiate import gradient
from steepest.expression.graph import ARITY, Node, build, constant, integer_power, variable
from steepest.expression.parse import parse
from steepest.expression.typeset import text
from strategies import VARIABLES, nodes, points

Evaluator = Callable[[Tape], Callable[[np.ndarray], np.ndarray]]


def native(target: Target) -> Evaluator:
    """Machine code for `target`, whatever this machine has: LLVM splits vectors that it lacks."""
    return lambda tape: NativeEvaluator(tape, target)


EVALUATORS: dict[str, Evaluator] = {
    "numpy": NumpyEvaluator,
    "native": native(host()),
    "native-8-lanes": native(Target(8, fma=host().fma, vector_math=True)),
    "native-2-lanes-without-fma": native(Target(2, fma=False, vector_math=True)),
    "native-4-lanes-libm": native(Target(4, fma=False, vector_math=False)),
    "native-1-lane": native(Target(1, fma=host().fma, vector_math=False)),
}


@pytest.fixture(params=EVALUATORS.values(), ids=list(EVALUATORS))
def evaluator(request: pytest.FixtureRequest) -> Evaluator:
    return request.param


X, Y = variable("x"), variable("y")
INF, NAN = math.inf, math.nan


def run(
    evaluator: Evaluator, roots: Sequence[Node], points: object, names: Sequence[str] = ("x", "y")
) -> np.ndarray:
    return evaluator(Tape.record(roots, names))(np.array(points, dtype=float))


def at(evaluator: Evaluator, formula: str, x: float, y: float = 0.0) -> float:
    return float(run(evaluator, [parse(formula)], [[x, y]])[0, 0])


# --- Numbers -----------------------------------------------------------------------------

ULPS = 4  # what one operation may err
OPERATIONS = [
    *(build(op, X) for op, n in ARITY.items() if n == 1 and op != "ipow"),
    *(build(op, X, Y) for op, n in ARITY.items() if n == 2 and op not in ("lt", "le")),
    *(integer_power(X, n) for n in (-7, -3, -2, -1, 0, 1, 2, 3, 4, 5, 11, 64)),
    *(build("where", build(op, X, Y), X, Y) for op in ("lt", "le")),
    *(build("pow", X, constant(Fraction(e))) for e in ("1/3", "3/2", "-1/2")),
]


@pytest.mark.parametrize("node", OPERATIONS, ids=text)
def test_every_operation_errs_by_at_most_four_ulp(evaluator: Evaluator, node: Node) -> None:
    rng = np.random.default_rng(0)
    batch = np.concatenate([
        rng.normal(size=(200, 2)),
        rng.normal(size=(200, 2)) * 10.0 ** rng.integers(-9, 3, (200, 2)),
        rng.integers(-3, 4, (60, 2)),
        [[-1.0, 2.0], [1.0, 1.0], [0.5, 0.5], [700.0, 0.25], [-700.0, 0.25], [1e-300, 1.0]],
    ])  # fmt: skip
    values = run(evaluator, [node], batch)[0]
    told = 0
    for point, value in zip(batch, values, strict=True):
        where = {"x": Fraction(point[0]), "y": Fraction(point[1])}
        try:
            exact = evaluate(node, where, ulps=ULPS)
        except Undecided:
            continue
        if exact is None:
            assert not math.isfinite(value), (point, value)
        elif exact.abs_upper() < flint.arb(1e308):
            told += 1
            assert exact.contains(flint.arb(float(value))), (point, value, exact)
    assert told > 60


@settings(max_examples=150)
@given(nodes(), points)
def test_random_formulas(node: Node, point: dict[str, Fraction]) -> None:
    try:
        exact = evaluate(node, point, ulps=8)
    except Undecided:
        return
    if exact is not None and exact.abs_upper() < flint.arb(1e300):
        where = [[float(point[v]) for v in VARIABLES]]
        for evaluator in EVALUATORS.values():
            value = run(evaluator, [node], where, VARIABLES)[0, 0]
            assert exact.contains(flint.arb(float(value))), text(node)


def test_fifty_nested_sines(evaluator: Evaluator) -> None:
    node = X
    for _ in range(50):
        node = build("sin", node)
    (slope,) = gradient(node, ["x"])
    outputs = run(evaluator, [node, slope], [[0.7], [2.0], [-1.3]], ["x"])
    for column, x in enumerate((0.7, 2.0, -1.3)):
        for row, root in enumerate((node, slope)):
            exact = evaluate(root, {"x": Fraction(x)})
            assert exact is not None
            assert outputs[row, column] == pytest.approx(float(exact), rel=1e-12)


# --- The edges of the domain and of the range ----------------------------------------------

EDGES = [
    ("1/x", 0.0, INF),
    ("1/x", -0.0, -INF),
    ("0/x", 0.0, NAN),
    ("log(x)", 0.0, -INF),
    ("log(x)", -1.0, NAN),
    ("log2(x)", -1.0, NAN),
    ("log10(x)", 0.0, -INF),
    ("sqrt(x)", -1.0, NAN),
    ("cbrt(x)", -8.0, -2.0),
    ("cbrt(x)", -0.0, -0.0),
    ("asin(x)", 2.0, NAN),
    ("acos(x)", -2.0, NAN),
    ("acosh(x)", 0.5, NAN),
    ("atanh(x)", 1.0, INF),
    ("atanh(x)", 2.0, NAN),
    ("x^(1/3)", -8.0, NAN),
    ("x^0", NAN, 1.0),
    ("x^-1", 0.0, INF),
    ("x^-2", 0.0, INF),
    ("x^0.5", 0.0, 0.0),
    ("exp(x)", 1000.0, INF),
    ("exp(x)", -1000.0, 0.0),
    ("exp(x)", INF, INF),
    ("exp(1000x)", 1.0, INF),
    ("cosh(x)", -1000.0, INF),
    ("tanh(x)", 1000.0, 1.0),
    ("sigmoid(x)", 1000.0, 1.0),
    ("sigmoid(x)", -1000.0, 0.0),
    ("sigmoid(x)", -700.0, math.exp(-700.0)),
    ("softplus(x)", 1000.0, 1000.0),
    ("softplus(x)", -700.0, math.exp(-700.0)),
    ("softplus(x)", -1000.0, 0.0),
    ("erf(x)", 10.0, 1.0),
    ("sin(x)", INF, NAN),
    ("x - x", INF, NAN),
    ("relu(x)", -1.0, 0.0),
    ("sign(x)", 0.0, 0.0),
    ("abs(x)", -INF, INF),
    ("where(x < 1, 2, 3)", 1.0, 3.0),
    ("where(x <= 1, 2, 3)", 1.0, 2.0),
    ("where(x < x, 2, 3)", NAN, 3.0),
    ("where(x <= x, 2, 3)", NAN, 3.0),
]


@pytest.mark.parametrize(("formula", "x", "expected"), EDGES)
def test_edges(evaluator: Evaluator, formula: str, x: float, expected: float) -> None:
    value = at(evaluator, formula, x)
    if math.isfinite(expected) and expected:
        assert value == pytest.approx(expected, rel=1e-14)
    else:
        assert np.array_equal([value], [expected], equal_nan=True)


NAN_HANDED_ON = sorted(
    op for op, n in ARITY.items() if n in (1, 2) and op not in ("ipow", "pow", "hypot", "lt", "le")
)


@pytest.mark.parametrize("op", NAN_HANDED_ON)
def test_nan_is_handed_on(evaluator: Evaluator, op: str) -> None:
    if ARITY[op] == 1:
        assert math.isnan(run(evaluator, [build(op, X)], [[NAN, 0]])[0, 0])
    else:
        values = run(evaluator, [build(op, X, Y)], [[NAN, 1], [1, NAN], [NAN, NAN]])[0]
        assert np.isnan(values).all()


@pytest.mark.parametrize(
    ("formula", "x", "expected"),
    [
        ("where(x > 30, x, log(1 + exp(x)))", 1000.0, 1000.0),
        ("where(x > 0, log(x), x)", -1.0, -1.0),
        ("where(x > 0, sqrt(x), 0)", -4.0, 0.0),
        ("where(x <= 0, 1, sin(x)/x)", 0.0, 1.0),
    ],
)
def test_the_branch_not_taken_does_not_leak(
    evaluator: Evaluator, formula: str, x: float, expected: float
) -> None:
    assert at(evaluator, formula, x) == expected


@pytest.mark.parametrize(
    ("formula", "x", "expected"),
    [
        ("where(x > 30, x, log(1 + exp(x)))", 1000.0, 1.0),
        ("2where(x > 30, x, log(1 + exp(x)))", 1000.0, 2.0),
        ("where(x > 0, log(x), x)", -1.0, 1.0),
        ("max(exp(x), 3x)", -1.0, math.exp(-1)),
        ("max(x, exp(x))", 1000.0, INF),
        ("min(x, exp(x))", 1000.0, 1.0),
        ("relu(exp(x)/x - 1)", -1000.0, 0.0),
        ("where(x <= 0, x, x*log(x))", 0.0, 1.0),
        ("where(x > 1, where(x > 30, x, log(1 + exp(x))), x^2)", 1000.0, 1.0),
    ],
)
def test_slopes_of_choices_do_not_leak(
    evaluator: Evaluator, formula: str, x: float, expected: float
) -> None:
    (slope,) = gradient(parse(formula), ["x"])
    assert run(evaluator, [slope], [[x]], ["x"])[0, 0] == pytest.approx(expected, rel=1e-15)


# --- Shapes ------------------------------------------------------------------------------


@pytest.mark.parametrize("m", [0, 1, 2, 7, 8, 9, 8191, 8192, 8193, 20_000])
def test_any_number_of_points(evaluator: Evaluator, m: int) -> None:
    batch = np.random.default_rng(m).normal(size=(m, 2))
    outputs = run(evaluator, [parse("x^2 + 3y^2"), parse("x")], batch)
    assert outputs.shape == (2, m)
    np.testing.assert_allclose(outputs[0], batch[:, 0] ** 2 + 3 * batch[:, 1] ** 2, rtol=1e-15)
    np.testing.assert_array_equal(outputs[1], batch[:, 0])


def test_a_point_does_not_depend_on_its_neighbours(evaluator: Evaluator) -> None:
    node = parse("sin(x)*exp(y) + x^1.5/(1 + tanh(y))")
    batch = np.random.default_rng(1).uniform(0, 2, (101, 2))
    together = run(evaluator, [node], batch)[0]
    alone = [run(evaluator, [node], point[None])[0, 0] for point in batch]
    np.testing.assert_allclose(together, alone, rtol=4e-16)


def test_memory_layouts(evaluator: Evaluator) -> None:
    compute = evaluator(Tape.record([parse("x - 2y")], ("x", "y")))
    batch = np.arange(40.0).reshape(10, 4)
    expected = batch[:, 0] - 2 * batch[:, 2]
    np.testing.assert_array_equal(compute(batch[:, ::2])[0], expected)
    np.testing.assert_array_equal(compute(np.asfortranarray(batch[:, ::2]))[0], expected)
    np.testing.assert_array_equal(compute(batch[::-1, ::2])[0], expected[::-1])


def test_points_are_left_alone(evaluator: Evaluator) -> None:
    batch = np.arange(10.0).reshape(5, 2)
    batch.flags.writeable = False
    run_twice = evaluator(Tape.record([parse("x*y + 1")], ("x", "y")))
    first = run_twice(batch)
    second = run_twice(batch)
    first += 1  # the answer belongs to the caller
    np.testing.assert_array_equal(first, second + 1)


def test_outputs_that_are_constants_inputs_or_repeated(evaluator: Evaluator) -> None:
    outputs = run(evaluator, [constant(Fraction(1, 3)), Y, X, Y, parse("pi")], [[1, 2], [3, 4]])
    np.testing.assert_array_equal(outputs, [[1 / 3] * 2, [2, 4], [1, 3], [2, 4], [math.pi] * 2])


def test_no_variables(evaluator: Evaluator) -> None:
    outputs = run(evaluator, [parse("2 + sin(1)")], np.empty((3, 0)), ())
    np.testing.assert_allclose(outputs, [[2 + math.sin(1)] * 3], rtol=1e-15)


def test_variables_in_any_order_and_unused(evaluator: Evaluator) -> None:
    outputs = run(evaluator, [parse("x - y")], [[1, 2, 3]], ("y", "unused", "x"))
    assert outputs[0, 0] == 2


def test_a_thousand_nested_operations(evaluator: Evaluator) -> None:
    node = X
    for _ in range(500):
        node = build("mul", build("sin", node), constant(Fraction(11, 10)))
    expected = 0.5
    for _ in range(500):
        expected = math.sin(expected) * 1.1
    assert run(evaluator, [node], [[0.5]], ["x"])[0, 0] == pytest.approx(expected, rel=1e-9)


def test_threads_share_an_evaluator(evaluator: Evaluator) -> None:
    compute = evaluator(Tape.record([parse("exp(-x^2)*sin(3y) + x/y")], ("x", "y")))
    batches = [np.random.default_rng(k).normal(size=(5000, 2)) for k in range(8)]
    expected = [compute(b) for b in batches]
    with ThreadPoolExecutor(4) as pool:
        for a, b in zip(expected, pool.map(compute, batches), strict=True):
            np.testing.assert_array_equal(a, b)


def test_no_input_makes_noise(evaluator: Evaluator) -> None:
    # Infinity and NaN are answers: no exception, and no warning (pytest makes those errors).
    simple = {op: n for op, n in ARITY.items() if n in (1, 2) and op not in ("ipow", "lt", "le")}
    roots = [build(op, *(X, Y)[:n]) for op, n in simple.items()]
    awkward = [0.0, 5e-324, 1e-308, 0.5, 1.0, 2.0, 1e16, 1e300, 1.7e308, INF]
    awkward = [*awkward, *(-v for v in awkward), NAN]
    batch = list(product(awkward, awkward))
    assert run(evaluator, roots, batch).shape == (len(roots), len(batch))
