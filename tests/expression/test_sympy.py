"""SymPy in and out."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
import sympy as sp

from steepest.errors import TraceError
from steepest.expression.graph import build, variable
from steepest.expression.parse import parse
from steepest.expression.sympy import from_sympy, to_sympy
from steepest.expression.typeset import text

x, y = sp.symbols("x y", real=True)
third = sp.Rational(1, 3)

OUT = [
    ("x^2 + 3y^2", x**2 + 3 * y**2),
    ("0.1x", x / 10),
    ("x/y - 2", x / y - 2),
    ("pi*e", sp.pi * sp.E),
    ("-x", -x),
    ("x^-3", x**-3),
    ("2^x*x^y", 2**x * x**y),
    ("abs(x)*sign(y)", sp.Abs(x) * sp.sign(y)),
    ("cbrt(x)", sp.sign(x) * sp.Abs(x) ** third),
    ("sqrt(x)", sp.sqrt(x)),
    ("exp(x) + log(x)", sp.exp(x) + sp.log(x)),
    ("log2(x) + log10(x)", sp.log(x, 2) + sp.log(x, 10)),
    ("sin(x) + cos(x) + tan(x)", sp.sin(x) + sp.cos(x) + sp.tan(x)),
    ("asin(x) + acos(x) + atan(x)", sp.asin(x) + sp.acos(x) + sp.atan(x)),
    ("atan2(y, x)", sp.atan2(y, x)),
    ("sinh(x) + cosh(x) + tanh(x)", sp.sinh(x) + sp.cosh(x) + sp.tanh(x)),
    ("asinh(x) + acosh(x) + atanh(x)", sp.asinh(x) + sp.acosh(x) + sp.atanh(x)),
    ("sigmoid(x)", 1 / (1 + sp.exp(-x))),
    ("softplus(x)", sp.log(1 + sp.exp(x))),
    ("relu(x)", sp.Max(x, 0)),
    ("erf(x)", sp.erf(x)),
    ("hypot(x, y)", sp.sqrt(x**2 + y**2)),
    ("min(x, y, 1)", sp.Min(x, y, 1)),
    ("where(x < y, x, y^2)", sp.Piecewise((x, x < y), (y**2, True))),
    ("where(x <= 0, 1, 2)", sp.Piecewise((1, x <= 0), (2, True))),
]


@pytest.mark.parametrize(("formula", "expected"), OUT)
def test_out(formula: str, expected: sp.Expr) -> None:
    assert to_sympy(parse(formula)) == expected


IN = [
    (x**2 + 3 * y**2, "x^2 + 3y^2"),
    (sp.Symbol("alpha") * sp.Symbol("x_1"), "alpha*x_1"),
    (sp.Float("0.1") * x, "0.1x"),
    (sp.Float("0.1", 50) * x, "0.1x"),
    (sp.Rational(2, 7) * x, "2x/7"),
    (sp.pi * x + sp.E, "pi*x + e"),
    (sp.GoldenRatio, "(sqrt(5) + 1)/2"),
    (sp.EulerGamma, "0.5772156649015329"),
    (1 / x**2, "1/x^2"),
    (sp.sqrt(x) ** 3, "x^(3/2)"),
    (x ** sp.Rational(-1, 2), "1/sqrt(x)"),
    (x**third, "x^(1/3)"),
    (sp.real_root(x, 3), "cbrt(x)"),
    (2 * sp.real_root(x, 3) * y, "2y*cbrt(x)"),
    (sp.sec(x) + sp.cot(y), "1/tan(y) + 1/cos(x)"),
    (sp.csc(x) * sp.sech(y), "1/(sin(x)*cosh(y))"),
    (sp.erfc(x), "1 - erf(x)"),
    (sp.Max(x, y, 2), None),
    (sp.Abs(x - y), None),
    (sp.expand((x + y) ** 3), "x^3 + 3x^2*y + 3x*y^2 + y^3"),
    (sp.cos(x).diff(x), "-sin(x)"),
    (sp.integrate(x**2, x), "x^3/3"),
    (sp.Piecewise((x, x < 0), (x**2, True)), "where(x < 0, x, x^2)"),
    (sp.Piecewise((1, (x > 0) & (y > 0)), (2, True)), "where(0 < x, where(0 < y, 1, 2), 2)"),
    (sp.Piecewise((1, sp.Ne(x, 0)), (2, True)), None),
    (sp.Piecewise((1, sp.Eq(x, 0)), (2, True)), "where(x <= 0, where(0 <= x, 1, 2), 2)"),
    (sp.Piecewise((1, sp.Or(x > 1, x < -1)), (2, True)), None),
    (sp.Piecewise((1, sp.Xor(x > 0, y > 0)), (2, True)), None),
    (sp.Piecewise((1, sp.ITE(x > 0, y > 1, y < 0)), (2, True)), None),
]


@pytest.mark.parametrize(("expression", "written"), IN)
def test_in(expression: Any, written: str | None) -> None:
    node = from_sympy(expression)
    if written is not None:
        assert text(node) == written
    for a, b in ((-1.5, 0.5), (0.25, -1), (3, 2)):
        assert at(to_sympy(node), a, b) == pytest.approx(at(expression, a, b))


def at(expression: sp.Expr, *values: float) -> complex:
    symbols = sorted(expression.free_symbols, key=str)
    return complex(expression.subs(dict(zip(symbols, values, strict=False))))


REFUSED = [
    (sp.Heaviside(x), r"Heaviside is not part of a formula: write Piecewise"),
    (sp.Function("f")(x), "SymPy's f is not part"),
    (sp.gamma(x) + 1, "gamma is not part"),
    (sp.besselj(0, x), "besselj is not part"),
    (sp.Integral(sp.exp(-(x**2)), x), r"Integral is not part of a formula: call .doit\(\) first"),
    (sp.Derivative(sp.Function("f")(x), x), "Derivative is not part"),
    (sp.Sum(x, (x, 1, 3)), "Sum is not part"),
    (sp.I * x, "its values are real numbers"),
    (sp.zoo, "its values are real numbers"),
    (sp.oo, "inf is not a real number"),
    (sp.nan, "nan is not a real number"),
    (sp.Integer(10) ** 400 * x, "too large"),
    (x**2000, "exponent 2000 is too large"),
    (sp.Symbol("x'"), "cannot name a variable"),
    (sp.Symbol("__import__('os')"), "cannot name a variable"),
    (sp.Symbol("sin"), "already has a meaning"),
    (x < y, "is a condition, not a number"),
    (sp.true, "is a condition, not a number"),
    (sp.Matrix([x]), "DenseMatrix is not part"),
    (sp.MatrixSymbol("M", 2, 2), "MatrixSymbol is not part"),
    (sp.Lambda(x, x**2), "Lambda is not part"),
    (sp.Tuple(x, y), "Tuple is not part"),
    (sp.Piecewise((x, x < 0)), r"end it with \(value, True\)"),
]


@pytest.mark.parametrize(("expression", "message"), REFUSED)
def test_refused(expression: Any, message: str) -> None:
    with pytest.raises(TraceError, match=message):
        from_sympy(expression)


def test_what_sympy_cannot_hold() -> None:
    with pytest.raises(TraceError, match="cannot hold"):
        to_sympy(parse("max(sqrt(-1), x)"))
    with pytest.raises(TraceError, match="too many digits"):
        to_sympy(parse("9^(x - x + 1e9)"))  # SymPy cancels x, and would compute 9^1000000000
    node = variable("x")
    for _ in range(5000):
        node = build("sin", node)
    with pytest.raises(TraceError, match="nested too deeply"):
        to_sympy(node)


def test_the_deepest_formula_that_can_be_typed() -> None:
    node = parse("sin(1 + " * 31 + "x" + ")" * 31)
    assert text(from_sympy(to_sympy(node))) == text(parse(str(to_sympy(node)).replace("**", "^")))


def test_a_long_sum_is_read_without_recursion() -> None:
    names = sp.symbols("a1:1501")
    node = from_sympy(sp.Add(*(n**2 for n in names)))
    assert len(text(node)) > 1500


def test_sympy_is_not_loaded_before_it_is_needed() -> None:
    code = (
        "import sys, steepest; f = steepest.Formula('x^2 + 3y^2'); f.gradients([[1, 2]]);"
        "f.hessian; assert 'sympy' not in sys.modules; f.sympy(); assert 'sympy' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
