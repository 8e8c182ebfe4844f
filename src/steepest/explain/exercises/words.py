"""Formulas, points and vectors as exercises show them."""

from __future__ import annotations

from collections.abc import Iterable

from steepest.expression.expression import Expression
from steepest.expression.graph import variable
from steepest.functions.formula import Formula


def formula(f: Formula, name: str = "f") -> str:
    """f(x, y) = x² + 3y²."""
    arguments = ", ".join(Expression(variable(v)).unicode for v in f.variables)
    return f"{name}({arguments}) = {f.expression.unicode}"


def point_text(point: Iterable[float]) -> str:
    """(1, 2)."""
    return f"({', '.join(f'{x:g}' for x in point)})"


def vector_text(vector: Iterable[float]) -> str:
    """(4, 0.5), to six digits."""
    return f"({', '.join(f'{x + 0.0:.6g}' for x in vector)})"


def floats(vector: Iterable[float]) -> tuple[float, ...]:
    """Plain numbers of an array."""
    return tuple(float(x) for x in vector)
