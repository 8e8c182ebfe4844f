"""The words around a picture: its title, the names of its axes."""

from __future__ import annotations

from typing import Any

from steepest.expression.expression import Expression
from steepest.expression.graph import variable
from steepest.local.model import ScalarFunction


def title(f: ScalarFunction) -> dict[str, str]:
    """f(x, y) = x² + 3y², as text and as LaTeX; f(x, y) where no formula is known."""
    symbols = getattr(f, "symbols", None) or [variable(v) for v in f.variables]
    names = [Expression(v) for v in symbols]
    text = f"f({', '.join(n.unicode for n in names)})"
    latex = f"f({', '.join(n.latex for n in names)})"
    expression = getattr(f, "expression", None)
    if expression is not None:
        text += f" = {expression.unicode}"
        latex += f" = {expression.latex}"
    return {"text": text, "latex": latex}


def axis(name: str, ends: tuple[float, float]) -> dict[str, Any]:
    """An axis for the variable `name`."""
    shown = Expression(variable(name))
    return {
        "name": name,
        "text": shown.unicode,
        "latex": shown.latex,
        "range": [float(ends[0]), float(ends[1])],
    }
