"""Derivatives as a reader expects them, and where they are delicate."""

from __future__ import annotations

from fractions import Fraction

import flint
import pytest

from arb import BITS, ball, evaluate
from steepest.expression.differentiate import directional, gradient, hessian, partials
from steepest.expression.graph import ARITY, ONE, build, constant, variable
from steepest.expression.parse import parse
from steepest.expression.typeset import text

READS = [
    ("x^2 + 3y^2", ["2x", "6y"]),
    ("x^2*y + y^3", ["2x*y", "x^2 + 3y^2"]),
    ("e^(x*y) + sin(z)", ["y*e^(x*y)", "x*e^(x*y)", "cos(z)"]),
    ("x^2 + 4y^2", ["2x", "8y"]),
    ("x^2 - x*y + y^2", ["2x - y", "2y - x"]),
    ("sin(x)^2", ["2sin(x)*cos(x)"]),
    ("x^2 + x^3", ["2x + 3x^2"]),
    ("3x + 7", ["3"]),
    ("5", []),
    ("x - x", ["0"]),
    ("x/y", ["1/y", "-x/y^2"]),
    ("1/x", ["-1/x^2"]),
    ("sqrt(x)", ["1/(2sqrt(x))"]),
    ("cbrt(x)", ["1/(3cbrt(x)^2)"]),
    ("log(x)", ["1/x"]),
    ("log(x^2)", ["2/x"]),
    ("exp(-x^2)", ["-2x*exp(-x^2)"]),
    ("tan(x)", ["tan(x)^2 + 1"]),
    ("abs(x)", ["sign(x)"]),
    ("relu(x)", ["where(0 < x, 1, 0)"]),
    ("sigmoid(x)", ["sigmoid(x)*sigmoid(-x)"]),
    ("max(x, y)", ["where(y <= x, 1, 0)", "where(y <= x, 0, 1)"]),
    ("where(x < 1, x^2, x)", ["where(x < 1, 2x, 1)"]),
    ("x^0", ["0"]),
    ("2^x", ["2^x*log(2)"]),
    ("x^2.5", ["5x^(3/2)/2"]),
]


@pytest.mark.parametrize(("formula", "expected"), READS)
def test_gradient_reads_well(formula: str, expected: list[str]) -> None:
    names = ["x", "y", "z"][: len(expected)]
    assert [text(g) for g in gradient(parse(formula), names)] == expected


def test_hessian_reads_well() -> None:
    rows = hessian(gradient(parse("x^2*y + y^3"), ["x", "y"]), ["x", "y"])
    assert [[text(h) for h in row] for row in rows] == [["2y", "2x"], ["2x", "6y"]]
    rows = hessian(gradient(parse("x^2 + 3y^2"), ["x", "y"]), ["x", "y"])
    assert [[text(h) for h in row] for row in rows] == [["2", "0"], ["0", "6"]]


def test_mean_squared_error_of_the_chapter() -> None:
    terms = " + ".join(f"(w*{x} - {2 * x})^2" for x in range(1, 6))
    (slope,) = gradient(parse(f"({terms})/5"), ["w"])
    assert evaluate(slope, {"w": Fraction(1, 2)}) == -33


WITH_SLOPES = sorted(set(ARITY) - {"const", "var", "pi", "e", "lt", "le", "where"})


@pytest.mark.parametrize("op", WITH_SLOPES)
def test_every_operation_has_its_partial_derivatives(op: str) -> None:
    """Each table entry against a difference quotient of 1e-40 in 500-bit arithmetic."""
    args = [variable(name) for name in ("x", "y")[: ARITY[op]]]
    node = build("pow", args[0], constant(5)) if op == "ipow" else build(op, *args)
    base = 2 if op in ("acosh", "pow") else 0
    point = {"x": base + Fraction(5, 16), "y": Fraction(9, 16)}
    h = Fraction(1, 10**40)
    slopes = gradient(node, ["x", "y"])
    for name, slope in zip(("x", "y"), slopes, strict=True):
        up, down = ({**point, name: point[name] + s * h} for s in (1, -1))
        exact, above, below = evaluate(slope, point), evaluate(node, up), evaluate(node, down)
        assert exact is not None
        assert above is not None
        assert below is not None
        with flint.ctx.workprec(BITS):
            assert abs(exact - (above - below) / ball(2 * h)) < 1e-30


def test_forward_mode_moves_along_a_direction() -> None:
    x, y = variable("x"), variable("y")
    (speed,) = directional([parse("x^2*y")], {x: constant(3), y: constant(-1)})
    assert evaluate(speed, {"x": Fraction(2), "y": Fraction(5)}) == 3 * 20 - 4
    assert [text(s) for s in directional([parse("x*y"), parse("y")], {x: ONE})] == ["y", "0"]


def test_nothing_flows_through_a_zero_slope() -> None:
    # sign' = 0 and (x^0)' = 0: not 0*log(-1), which has no value.
    (slope,) = gradient(parse("(x^0 - 2)^(x^0)"), ["x"])
    assert evaluate(slope, {"x": Fraction(3)}) == 0
    assert text(gradient(parse("sqrt(sign(x))"), ["x"])[0]) == "0"


@pytest.mark.parametrize(
    ("formula", "at", "slope"),
    [
        ("relu(x) - relu(-x)", 1, 1),
        ("relu(x) - relu(-x)", -1, 1),
        ("cbrt(x)", -8, Fraction(1, 12)),
        ("where(x > 0, x^2, -x)", -2, -1),
        ("max(x^2, x + 2)", 3, 6),
        ("max(x^2, x + 2)", 1, 1),
        ("min(x, 1/x)", Fraction(1, 2), 1),
        ("abs(x - 3)^3", 1, -12),
    ],
)
def test_slopes_of_pieces(formula: str, at: int, slope: int) -> None:
    exact = evaluate(gradient(parse(formula), ["x"])[0], {"x": Fraction(at)})
    assert exact is not None
    assert abs(exact - float(slope)) < 1e-15


def test_hundreds_of_choices_stay_proportional() -> None:
    names = [f"x{k}" for k in range(200)]
    root = parse(" + ".join(f"max({n}^2, {n})" for n in names))
    assert len(gradient(root, names)) == 200


def test_partials_are_built_on_demand() -> None:
    node = parse("x^y")
    first, second = partials(node)
    assert text(first()) == "y*x^(y - 1)"
    assert text(second()) == "x^y*log(x)"
