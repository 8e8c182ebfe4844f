"""Formulas as people read them: text, Unicode, LaTeX."""

from __future__ import annotations

import pytest

from steepest.expression.expression import Expression
from steepest.expression.graph import build, constant, integer_power, variable
from steepest.expression.parse import parse
from steepest.expression.typeset import latex, text, unicode


@pytest.mark.parametrize(
    ("formula", "in_unicode", "in_latex"),
    [
        ("x^2 + 3y^2", "x² + 3y²", "x^{2} + 3 y^{2}"),
        ("x^-2", "1/x²", r"\frac{1}{x^{2}}"),
        ("-x/2", "-x/2", r"-\frac{x}{2}"),
        ("x^12", "x¹²", "x^{12}"),
        ("x^y", "x^y", "x^{y}"),
        ("(x^2)^3", "(x²)³", r"{\left(x^{2}\right)}^{3}"),
        ("(x + y)^2", "(x + y)²", r"\left(x + y\right)^{2}"),
        ("alpha*x1", "α·x₁", r"\alpha x_{1}"),
        ("w_12 + theta_a", "w_₁₂ + theta_a", r"w_{12} + \theta_{a}"),
        ("2pi*x", "2π·x", r"2 \pi x"),
        ("sqrt(x + 1)", "sqrt(x + 1)", r"\sqrt{x + 1}"),
        ("cbrt(x)", "cbrt(x)", r"\sqrt[3]{x}"),
        ("abs(x)", "abs(x)", r"\left|x\right|"),
        ("exp(-x^2)", "exp(-x²)", "e^{-x^{2}}"),
        ("exp(x)^2", "exp(x)²", r"{\left(e^{x}\right)}^{2}"),
        ("log(x)*log2(y)", "log(x)·log2(y)", r"\ln\left(x\right) \log_{2}\left(y\right)"),
        ("asin(x)", "asin(x)", r"\arcsin\left(x\right)"),
        ("sigmoid(x)", "sigmoid(x)", r"\sigma\left(x\right)"),
        ("erf(x)", "erf(x)", r"\operatorname{erf}\left(x\right)"),
        ("max(x, y)", "max(x, y)", r"\max\left(x, y\right)"),
        (
            "where(x <= 0, -x, x)",
            "where(x ≤ 0, -x, x)",
            r"\begin{cases}-x & \text{if } x \le 0 \\ x & \text{otherwise}\end{cases}",
        ),
        ("x - (y - z)", "x - (y - z)", r"x - \left(y - z\right)"),
        ("x/(y/z)", "x/(y/z)", r"\frac{x}{\frac{y}{z}}"),
        ("3*2^x", "3·2^x", r"3 \cdot 2^{x}"),
        ("1e-7x", "1e-7·x", "10^{-7} x"),
        ("2.5e-9", "2.5e-9", r"2.5 \cdot 10^{-9}"),
        ("1e30x", "1e30·x", "10^{30} x"),
        ("x/1.25", "4x/5", r"\frac{4 x}{5}"),
        ("2x/3", "2x/3", r"\frac{2 x}{3}"),
        ("x/1.41421356", "x/1.41421356", r"\frac{x}{1.41421356}"),
        ("0.5x", "x/2", r"\frac{x}{2}"),
        ("2.1x", "2.1x", "2.1 x"),
        # Too long to be typed again: written as the nearest double is.
        ("x + (0.5 + 1e-300)", "x + 1/2", r"x + \frac{1}{2}"),
        ("(1.5 + 1e-300)*x/y", "3x/(2y)", r"\frac{3 x}{2 y}"),
    ],
)
def test_unicode_and_latex(formula: str, in_unicode: str, in_latex: str) -> None:
    node = parse(formula)
    assert unicode(node) == in_unicode
    assert latex(node) == in_latex


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("x + -y", "x - y"),
        ("x - -y", "x + y"),
        ("x - (y + z)", "x - (y + z)"),
        ("x + (y + z)", "x + y + z"),
        ("(x + y)*z", "z*(x + y)"),
        ("x*(y/z)", "x*y/z"),
        ("-(x + y)", "-(x + y)"),
        ("(-x)*y", "-x*y"),
        ("x^(-2)", "1/x^2"),
        ("(x*y)^2", "(x*y)^2"),
        ("(2^x)^y", "(2^x)^y"),
        ("2^(x + 1)", "2^(x + 1)"),
        ("(-2)^x", "(-2)^x"),
        ("(1/2)^x", "(1/2)^x"),
        ("2*3^x", "2*3^x"),
        ("2e*x", "2*e*x"),
        ("2exp(x)", "2exp(x)"),
        ("x*2", "2x"),
        ("y*x", "x*y"),
        ("sin(x)*x*3", "3x*sin(x)"),
        ("1/(x*y)", "1/(x*y)"),
        ("x/y^2", "x/y^2"),
        ("x^y^z", "x^(y^z)"),
        ("where(x < y, 1, 2)*3", "3where(x < y, 1, 2)"),
        ("12345678901234567890123", "12345678901234567890123"),
        ("1e25", "1e25"),
        ("123456789e300", "1.23456789e308"),
    ],
)
def test_text(formula: str, expected: str) -> None:
    node = parse(formula)
    assert text(node) == expected
    assert text(parse(expected)) == expected


def test_constants_too_long_to_type_are_rounded() -> None:
    third = constant(1)
    for _ in range(3):
        third = build("mul", third, parse("0.12345678901234567"))
    written = text(build("mul", third, variable("x")))
    assert written == "0.0018816763723536573x"
    assert len(written) < 40


def test_an_exploding_tree_is_elided() -> None:
    node = variable("x")
    for _ in range(100):
        node = build("mul", build("add", node, constant(1)), node)
    assert "…" in text(node)
    assert len(text(node)) < 100_000


def test_repeated_squares_are_elided() -> None:
    node = variable("x")
    for _ in range(60):
        node = build("mul", node, node)
    assert "…" in text(node)


def test_powers_of_constants() -> None:
    assert text(integer_power(constant(9), 1024)) == "9^1024"
    assert text(build("pow", constant(0.5), variable("x"))) == "(1/2)^x"


def test_expression_is_the_face_of_a_node() -> None:
    expression = Expression(parse("2x*y"))
    assert str(expression) == "2x*y"
    assert repr(expression) == "Expression('2x*y')"
    assert expression.latex == "2 x y"
    assert expression.unicode == "2x·y"
    assert expression.variables == ("x", "y")
    assert expression._repr_latex_() == "$2 x y$"
    assert str(expression.sympy()) == "2*x*y"
    assert expression == Expression(parse("2x*y"))
