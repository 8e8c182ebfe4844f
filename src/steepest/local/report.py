"""How a local model looks: one line, a small report, LaTeX, HTML."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import numpy as np

from steepest.errors import NoDirectionError
from steepest.local.results import FloatArray

if TYPE_CHECKING:
    from steepest.local.model import LocalModel

_SHOWN = 6  # components of a long vector


def vector(v: FloatArray) -> str:
    """(2, 12), shortened for long vectors."""
    shown = ", ".join(f"{c:.6g}" for c in v[:_SHOWN])
    return f"({shown}{', …' if len(v) > _SHOWN else ''})"


def one_line(m: LocalModel) -> str:
    """LocalModel(x^2 + 3y^2 at (1, 2): value 13, gradient (2, 12))."""
    formula = str(m.function)
    formula = formula if len(formula) <= 60 else formula[:57] + "…"
    place = f"{formula} at {vector(m.point)}: value {m.value:.6g}"
    known = f"gradient {vector(m.gradient)}" if m.status.differentiable else m.status.kind.value
    return f"LocalModel({place}, {known})"


def rows(m: LocalModel) -> list[tuple[str, str]]:
    """The report as (what, value) pairs."""
    table = [("f", str(m.function)), ("at", vector(m.point)), ("value", f"{m.value:.10g}")]
    if not m.status.differentiable:
        return [*table, ("status", m.status.sentence)]
    table.append(("gradient", vector(m.gradient)))
    try:
        up = m.steepest_ascent()
        table.append(("steepest ascent", f"{vector(up.direction)}, slope {up.rate:.6g}"))
        if m.function.dim == 2:
            table.append(("level curve along", vector(m.tangent)))
    except NoDirectionError:
        table.append(("steepest ascent", f"none: ∇f = 0, {m.critical_kind}"))
    if np.isfinite(m.eigenvalues).all():
        table.append(("curvatures", vector(m.eigenvalues)))
    return table


def text(m: LocalModel) -> str:
    """The report as aligned lines."""
    table = rows(m)
    width = max(len(what) for what, _ in table)
    return "\n".join(f"{what:<{width}}  {value}" for what, value in table)


def latex(m: LocalModel) -> str:
    """The value and the gradient as a column vector, in LaTeX."""
    place = ", ".join(f"{c:.6g}" for c in m.point[:_SHOWN])
    value = rf"f({place}) = {m.value:.6g}"
    if not m.status.differentiable:
        return rf"${value},\ \text{{{m.status.kind.value}}}$"
    column = r" \\ ".join(f"{c:.6g}" for c in m.gradient[:_SHOWN])
    more = r" \\ \vdots" if len(m.gradient) > _SHOWN else ""
    return rf"${value},\ \nabla f = \begin{{pmatrix}} {column}{more} \end{{pmatrix}}$"


def html(m: LocalModel) -> str:
    """The report as a small table."""
    body = "".join(
        f"<tr><th style='text-align:left'>{escape(what)}</th><td>{escape(value)}</td></tr>"
        for what, value in rows(m)
    )
    return f"<table>{body}</table>"
