"""What is rewritten, and what must not be."""

from __future__ import annotations

import pytest

from steepest.expression.graph import ONE, build, constant, count_operations, variable
from steepest.expression.parse import parse
from steepest.expression.simplify import call, div, mul, power, scale, simplify
from steepest.expression.typeset import text


def simplified(formula: str) -> str:
    return text(simplify([parse(formula)])[0])


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("x + x", "2x"),
        ("2(3x)", "6x"),
        ("x + 0", "x"),
        ("1*x*1", "x"),
        ("0*x", "0"),
        ("x - x", "0"),
        ("x + y + x + y + x", "3x + 2y"),
        ("x*y*x", "x^2*y"),
        ("x*x*x", "x^3"),
        ("x^2*x^3", "x^5"),
        ("(x^2)^3", "x^6"),
        ("(2x)^3", "8x^3"),
        ("-(-x)", "x"),
        ("-(x - y)", "y - x"),
        ("x + (-3)*y", "x - 3y"),
        ("1 + x + 2", "x + 3"),
        ("(-x)^2", "x^2"),
        ("(-x)^3", "-x^3"),
        ("x^1", "x"),
        ("x^2/x^3", "1/x"),
        ("6x/(4y)", "3x/(2y)"),
        ("(x/y)/z", "x/(y*z)"),
        ("cos(-x)", "cos(x)"),
        ("abs(-x)", "abs(x)"),
        ("sqrt(4)*x", "2x"),
        ("sqrt(1/9)", "1/3"),
        ("sin(0) + exp(0) + log(1) + log(e)", "2"),
        ("x^(1/2)", "sqrt(x)"),
        ("where(x < 1, y, y)", "y"),
    ],
)
def test_rewritten(formula: str, expected: str) -> None:
    assert simplified(formula) == expected


@pytest.mark.parametrize(
    "formula",
    [
        "x^2/x",  # undefined at 0
        "x/x",
        "0*log(x)",  # undefined for x <= 0
        "log(x) - log(x)",
        "1/x - 1/x",
        "x*(1/x)",
        "sqrt(x)^2",
        "0/x",
        "1/(1/x)",
        "(1/x)^0",
        "1e300*(1e300*x)",  # the product of the constants is not a double
        "where(log(x) < 1, y, y)",
        "x^3*x^-2",
        "x^2/x^2",
        "x^3/x^2",
    ],
)
def test_a_domain_is_never_widened(formula: str) -> None:
    node = parse(formula)
    assert not simplify([node])[0].total or formula.startswith("1e300")
    assert simplify([node])[0].op != "var"
    assert simplify([node])[0].op != "const"


def test_shared_parts_stay_shared() -> None:
    shared = parse("x + y + 1")
    root = build("mul", build("sin", shared), build("cos", shared))
    assert count_operations(simplify([root])) == count_operations([root])
    # A chain that something else uses is not flattened into both users.
    total = build("add", shared, variable("z"))
    both = build("mul", total, shared)
    assert count_operations(simplify([both])) <= count_operations([both])


def test_simplification_is_stable() -> None:
    for formula in ("x + y + x", "2x*3y/(4x)", "-(x - y)*(-2)", "x^2*y*x", "1 + x - 3 + x/2"):
        (once,) = simplify([parse(formula)])
        assert simplify([once])[0] is once


def test_builders() -> None:
    x = variable("x")
    assert scale(0, x) is constant(0)
    assert scale(0, parse("log(x)")).op == "mul"
    assert mul(constant(2), mul(constant(3), x)) is parse("6x")
    assert div(x, constant(0)).op == "div"
    assert power(parse("1/x"), 0).op == "ipow"
    assert power(x, 0) is ONE
    assert call("sqrt", constant(2)).op == "sqrt"
    assert call("sqrt", constant(-4)).op == "sqrt"
    assert call("pow", x, constant(0.5)) is parse("sqrt(x)")
