"""A derivation as plain data for the page, whether it is written into it or told by the lab."""

from __future__ import annotations

from typing import Any, Final

from steepest.explain.derivation import derivation
from steepest.explain.layout import chain_name
from steepest.expression.expression import Expression
from steepest.expression.graph import variable
from steepest.functions.formula import Formula

_LONGEST: Final = 2000  # lines of a derivation that anybody would read


def symbolic_data(f: Formula) -> dict[str, Any]:
    """The gradient and Hessian of f in LaTeX, and the way to the gradient, rule by rule.

    Over data the derivatives are those by the coordinates, and the steps are in matrix form.

    `chains` is empty if there are more than 2,000 `steps`.
    """
    work = derivation(f)
    if f.arrays is not None:
        f = f.written_out()  # the page shows a derivative for each coordinate
    chains = [chain for partial in work.partials for chain in partial.chains]
    steps = sum(len(chain.steps) for chain in chains)
    return {
        "gradient": [g.latex for g in f.gradient],
        "hessian": [[h.latex for h in row] for row in f.hessian],
        "parts": [
            {"name": _latex(p.name), "latex": Expression(p.definition).latex} for p in work.parts
        ],
        "chains": [
            {
                "name": chain_name(chain, "latex"),
                "start": chain.notation.show(chain.start, "latex"),
                "steps": [
                    {
                        "latex": step.line("latex"),
                        "rule": step.rule.name,
                        "reason": step.reason("unicode"),
                        "checked": step.check.checked,
                    }
                    for step in chain.steps
                ],
            }
            for chain in (chains if steps <= _LONGEST else [])
        ],
        "steps": steps,
        "checked": all(partial.agreement.checked for partial in work.partials),
    }


def _latex(name: str) -> str:
    return Expression(variable(name)).latex
