"""What holds for every formula, checked on random ones against Arb."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import flint
import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from arb import BITS, Undecided, ball, evaluate, same
from steepest.errors import TraceError
from steepest.evaluate.numpy import NumpyEvaluator
from steepest.evaluate.tape import Tape
from steepest.expression import typeset
from steepest.expression.differentiate import directional, gradient, hessian
from steepest.expression.graph import ONE, Node, topological, variable
from steepest.expression.parse import parse
from steepest.expression.simplify import simplify
from steepest.expression.sympy import from_sympy, to_sympy
from strategies import VARIABLES, nodes, points

Point = dict[str, Fraction]

# Operations with a derivative everywhere they are defined, for comparisons with differences.
SMOOTH = "neg exp sin cos atan sinh tanh asinh sigmoid softplus erf log sqrt tan asin".split()
SMOOTH_PAIRS = ["hypot", "atan2", "pow"]


def decided(node: Node, point: Point, **options: int) -> flint.arb | None:
    """`evaluate`, where Arb can tell."""
    try:
        return evaluate(node, point, **options)
    except Undecided:
        assume(False)
        raise


SINGULAR: dict[str, Callable[..., bool]] = {
    "sqrt": lambda a: a == 0,
    "cbrt": lambda a: a == 0,
    "pow": lambda a, b: a == 0,
    "hypot": lambda a, b: a == 0 and b == 0,
    "atan2": lambda a, b: a == 0 and b == 0,
    "asin": lambda a: abs(a) == 1,
    "acos": lambda a: abs(a) == 1,
    "acosh": lambda a: a == 1,
}


def is_singular(node: Node, point: Point) -> bool:
    """Whether a part of `node` stands where its own derivative does not exist."""
    for n in topological([node]):
        if n.op in SINGULAR:
            at = [decided(a, point) for a in n.args]
            if None not in at and SINGULAR[n.op](*at):
                return True
    return False


def numpy_values(roots: list[Node], point: Point) -> np.ndarray:
    evaluator = NumpyEvaluator(Tape.record(roots, VARIABLES))
    return evaluator(np.array([[float(point[v]) for v in VARIABLES]]))[:, 0]


@settings(max_examples=400)
@given(nodes(), points)
def test_text_reads_back_as_the_same_function(node: Node, point: Point) -> None:
    again = parse(typeset.text(node))
    # Constants too long to be typed are rounded to a double; everything else is exact.
    if not same(decided(node, point), decided(again, point)):
        assert same(decided(node, point, ulps=2), decided(again, point, ulps=2))


@settings(max_examples=300)
@given(nodes())
def test_latex_and_unicode_are_balanced(node: Node) -> None:
    latex = typeset.latex(node)
    assert latex.count("{") == latex.count("}")
    assert latex.count(r"\left") == latex.count(r"\right")
    assert typeset.unicode(node)


@settings(max_examples=400)
@given(nodes(), points)
def test_simplification_keeps_value_and_domain(node: Node, point: Point) -> None:
    assert same(decided(node, point), decided(simplify([node])[0], point))


@settings(max_examples=400)
@given(nodes(), points)
def test_numpy_errs_by_a_few_ulp_times_the_condition_number(node: Node, point: Point) -> None:
    # The reference function itself is evaluated at the doubles that stand for the point.
    bound = decided(node, point, ulps=8)
    if bound is None or bound.abs_upper() > 1e300:
        return
    (value,) = numpy_values([node], point)
    assert bound.contains(flint.arb(value)), (typeset.text(node), value, bound)


@settings(max_examples=300)
@given(nodes(SMOOTH, SMOOTH_PAIRS, choices=False), points)
def test_gradient_is_the_limit_of_difference_quotients(node: Node, point: Point) -> None:
    _check_gradient(node, point)


@settings(max_examples=300)
@given(nodes(), points)
def test_gradient_with_kinks_and_choices(node: Node, point: Point) -> None:
    _check_gradient(node, point)


def _check_gradient(node: Node, point: Point) -> None:
    """Our gradient graph, in exact arithmetic, against central differences of f."""
    assume(decided(node, point) is not None)
    compared = [
        _compare_slopes(node, partial, point, name)
        for name, partial in zip(VARIABLES, gradient(node, VARIABLES), strict=True)
    ]
    assume(any(compared))


def _compare_slopes(node: Node, partial: Node, point: Point, name: str) -> bool:
    """Whether f has a slope there; if it has, the graph must have the same."""
    numerical = _slope(node, point, name)
    if numerical is None:
        return False
    graph = decided(partial, point)
    if graph is None:
        assert is_singular(node, point), typeset.text(node)
        return False
    with flint.ctx.workprec(BITS):
        assert abs(graph - numerical) <= 1e-20 * (1 + abs(numerical)), typeset.text(node)
    return True


JUMP = 1e20  # sign(x) at 0 has slope 1e40 on both sides of 0


def _slope(node: Node, point: Point, name: str) -> flint.arb | None:
    """The derivative by differences, or None where the two sides disagree or do not exist."""
    h = Fraction(1, 10**40)
    before, here, after = (decided(node, {**point, name: point[name] + k * h}) for k in (-1, 0, 1))
    if before is None or here is None or after is None:
        return None
    with flint.ctx.workprec(BITS):
        left, right = (here - before) / ball(h), (after - here) / ball(h)
        smooth = abs(left - right) <= 1e-25 * (1 + abs(right)) and abs(right) < JUMP
        return (left + right) / 2 if smooth else None


@settings(max_examples=150)
@given(nodes(SMOOTH, SMOOTH_PAIRS, choices=False, size=6), points)
def test_hessian_is_the_gradient_of_the_gradient(node: Node, point: Point) -> None:
    assume(decided(node, point) is not None)
    first = gradient(node, VARIABLES)
    second = hessian(first, VARIABLES)
    compared = [
        _compare_slopes(first[j], second[i][j], point, name)
        for i, name in enumerate(VARIABLES)
        for j in range(len(VARIABLES))
    ]
    assume(any(compared))


@settings(max_examples=300)
@given(nodes(), points)
def test_numpy_gradient_errs_by_a_few_ulp_times_the_condition_number(
    node: Node, point: Point
) -> None:
    assume(decided(node, point, ulps=8) is not None)
    partials = gradient(node, VARIABLES)
    bounds = [decided(p, point, ulps=8) for p in partials]
    for value, bound in zip(numpy_values(partials, point), bounds, strict=True):
        if bound is not None and bound.abs_upper() < 1e300:
            assert bound.contains(flint.arb(value)), typeset.text(node)


@settings(max_examples=200)
@given(nodes(), points, st.sampled_from(VARIABLES))
def test_forward_mode_agrees_with_reverse_mode(node: Node, point: Point, name: str) -> None:
    (reverse,) = gradient(node, [name])
    (forward,) = directional([node], {variable(name): ONE})
    assume(decided(node, point) is not None)
    a, b = decided(reverse, point), decided(forward, point)
    assert a is None or b is None or same(a, b)


SYMPY_UNARY = "neg abs sign sqrt cbrt exp log sin cos tan atan sinh tanh sigmoid relu erf".split()


SYMPY_CONSTANTS = ("ImaginaryUnit", "Infinity", "real number", "too large", "cannot hold")


@settings(max_examples=50)
@given(nodes(SYMPY_UNARY, ["min", "max", "hypot", "atan2"], size=5), points)
def test_sympy_and_back(node: Node, point: Point) -> None:
    value = decided(node, point)
    assume(value is not None)  # SymPy cancels while it builds: its domain may be larger
    try:
        again = from_sympy(to_sympy(node))
    except TraceError as error:
        # SymPy computes constant parts that have no value, or none among the doubles.
        assume(not any(word in str(error) for word in SYMPY_CONSTANTS))
        raise
    assert same(value, decided(again, point)), typeset.text(node)


@settings(max_examples=60)
@given(nodes("neg exp log sin cos atan sinh tanh erf sqrt".split(), ["add"], choices=False, size=5))
def test_derivative_against_sympy(node: Node) -> None:
    point = {"x": Fraction(7, 8), "y": Fraction(5, 4), "z": Fraction(-3, 8)}
    assume(decided(node, point) is not None)
    ours = decided(gradient(node, ["x"])[0], point)
    assume(ours is not None)
    symbols = to_sympy(node)
    try:
        theirs = from_sympy(symbols.diff(next(iter(to_sympy(variable("x")).free_symbols))))
    except TraceError:
        assume(False)
        raise
    assert same(ours, decided(theirs, point)), typeset.text(node)


def test_the_oracle_works_with_hundreds_of_bits() -> None:
    third = evaluate(parse("1/3 + 0x"), {"x": Fraction(1)})
    assert third is not None
    assert third.rel_accuracy_bits() > BITS - 10
