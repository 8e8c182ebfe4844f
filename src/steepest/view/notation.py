"""Derivatives in the notations of the field: ∂f/∂x, ∇f as a column, grad f, f′(x)."""

from __future__ import annotations

from typing import NamedTuple

from steepest.errors import ParameterError
from steepest.expression.expression import Expression
from steepest.functions.formula import Formula


class Line(NamedTuple):
    """One formula: its left side by itself, the formula typed, for a terminal, and in LaTeX."""

    name: str
    text: str
    unicode: str
    latex: str


def partials(f: Formula) -> list[Line]:
    """∂f/∂x = 2x, ∂f/∂y = 6y; f′(x) = 2x for one variable. Over data, by vectors as well."""
    names = [Expression(v) for v in f.symbols]
    if f.dim == 1:
        (x,), (g,) = names, f.gradient
        return [_line(f"f′({x.unicode})", f"f'({x.latex})", g)]
    return [
        _line(f"∂f/∂{x.unicode}", rf"\frac{{\partial f}}{{\partial {x.latex}}}", g)
        for x, g in zip(names, f.gradient, strict=True)
    ]


def second_derivatives(f: Formula) -> tuple[tuple[Expression, ...], ...] | None:
    """The Hessian of f, None where it has no matrix form: by a matrix, over data."""
    try:
        return f.hessian
    except ParameterError:
        return None


def second_partials(f: Formula) -> list[Line]:
    """The second derivatives, each once: ∂²f/∂x², ∂²f/∂x∂y, …; f″(x) for one variable."""
    names = [Expression(v) for v in f.symbols]
    if f.dim == 1:
        (x,) = names
        return [_line(f"f″({x.unicode})", f"f''({x.latex})", f.hessian[0][0])]
    lines = []
    for i, x in enumerate(names):
        for j, y in enumerate(names[i:], i):
            if i == j:
                below, latex = f"∂{x.unicode}²", rf"\partial {x.latex}^2"
            else:
                below = f"∂{x.unicode}∂{y.unicode}"
                latex = rf"\partial {x.latex}\,\partial {y.latex}"
            lines.append(
                _line(f"∂²f/{below}", rf"\frac{{\partial^2 f}}{{{latex}}}", f.hessian[i][j])
            )
    return lines


def gradient_notations(f: Formula) -> list[Line]:
    """The gradient as a column vector under ∇f and grad f, then partial by partial."""
    if len(f.symbols) == 1:
        return partials(f)
    text = f"({', '.join(str(g) for g in f.gradient)})"
    shown = f"({', '.join(g.unicode for g in f.gradient)})"
    rows = r" \\ ".join(g.latex for g in f.gradient)
    column = rf"\begin{{bmatrix}} {rows} \end{{bmatrix}}"
    return [
        Line("∇f", text, shown, rf"\nabla f = {column}"),
        Line("grad f", text, shown, rf"\operatorname{{grad}} f = {column}"),
        *partials(f),
    ]


def _line(name: str, latex_name: str, formula: Expression) -> Line:
    return Line(name, str(formula), formula.unicode, f"{latex_name} = {formula.latex}")
