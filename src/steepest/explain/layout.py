"""A derivation on the page of a terminal, in LaTeX and as plain data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from steepest.explain.notation import Notation, StyleName
from steepest.expression import typeset
from steepest.expression.expression import Expression
from steepest.expression.graph import Node, has_arrays, variable

if TYPE_CHECKING:
    from steepest.explain.chains import Chain, PartialDerivation
    from steepest.explain.derivation import Derivation
    from steepest.explain.parts import Part
    from steepest.explain.steps import Step

_WIDEST_ENTRY = 72  # longer entries of the gradient are written in terms of named parts
_WIDEST = 60  # the reasons stand in one column, unless a line is longer than this


def show(node: Node, style: StyleName) -> str:
    """A formula in one of the three styles."""
    return formula_json(node)[style] if has_arrays([node]) else _OF_NUMBERS[style](node)


_OF_NUMBERS: Final = {
    "text": typeset.text, "unicode": typeset.unicode, "latex": typeset.latex,
}  # fmt: skip


def derivation_text(work: Derivation, style: StyleName) -> str:
    """The whole derivation; lines start with = and end with the rule and its reason."""
    f = work.formula
    arguments = ", ".join(show(v, style) for v in f.symbols)
    lines = [f"f({arguments}) = {_whole(work, style)}"]
    lines.extend(_part_lines(work.parts, style))
    for partial in work.partials:
        lines += ["", *_partial_lines(partial, style)]
    lines += ["", *_column(work, style)]
    return "\n".join(lines)


def partial_text(partial: PartialDerivation, style: StyleName) -> str:
    """One partial derivative; with the names of its parts."""
    return "\n".join([*_part_lines(partial.parts, style), *_partial_lines(partial, style)])


def _whole(work: Derivation, style: StyleName) -> str:
    """The formula itself, in terms of its parts if it has any."""
    if not work.parts:
        return show(work.formula.root, style)
    (meaning,) = [work.notation.meaning(work.partials[0].chain.start)] if work.partials else [None]
    return show(meaning.of if meaning else work.formula.root, style)


def _part_lines(parts: tuple[Part, ...], style: StyleName) -> list[str]:
    return [
        f"{'with' if k == 0 else '    '} {show(variable(p.name), style)}"
        f" = {show(p.definition, style)}"
        for k, p in enumerate(parts)
    ]


def _partial_lines(partial: PartialDerivation, style: StyleName) -> list[str]:
    lines = [line for chain in partial.inner for line in _chain_lines(chain, style)]
    lines.extend(_chain_lines(partial.chain, style))
    return lines


def _chain_lines(chain: Chain, style: StyleName) -> list[str]:
    notation = chain.notation
    name = chain_name(chain, style)
    lines = [f"{name} = {notation.show(chain.start, style)}"]
    formulas = [f"{' ' * len(name)} = {step.line(style)}" for step in chain.steps]
    column = max((len(line) for line in formulas if len(line) <= _WIDEST), default=0) + 3
    for step, line in zip(chain.steps, formulas, strict=True):
        reason = step.reason(style)
        said = step.rule.name + (f": {reason}" if reason else "")
        if not step.check.checked:
            said += f" ({step.check})"
        gap = max(3, column - len(line))
        lines.append(f"{line}{' ' * gap}{said}")
    return lines


def chain_name(chain: Chain, style: StyleName) -> str:
    """The left side of a chain: d of / d by, or the differential d of."""
    return chain.notation.left_side(chain.of, chain.by, style)


def _column(work: Derivation, style: StyleName) -> list[str]:
    """The gradient as a column vector."""
    f = work.formula
    if f.dim == 1:
        x = show(variable(f.variables[0]), style)
        mark = "′" if style == "unicode" else "'"
        return [f"f{mark}({x}) = {_entry(work.partials[0], style)}"]
    if work.in_matrix_form:
        return [
            f"{'∂' if style == 'unicode' else 'd'}f/{'∂' if style == 'unicode' else 'd'}"
            f"{show(v, style)} = {_entry(partial, style)}"
            for v, partial in zip(f.symbols, work.partials, strict=True)
        ]
    entries = [_entry(partial, style) for partial in work.partials]
    width = max(map(len, entries))
    label = "∇f = " if style == "unicode" else "grad f = "
    rows = []
    last = len(entries) - 1
    for k, entry in enumerate(entries):
        if style == "unicode":
            left, right = "⎡⎤" if k == 0 else "⎣⎦" if k == last else "⎢⎥"
        else:
            left, right = "[]"
        front = label if k == last // 2 else " " * len(label)
        rows.append(f"{front}{left} {entry.ljust(width)} {right}")
    return rows


def _entry(partial: PartialDerivation, style: StyleName) -> str:
    """The derivative, in terms of named parts if it is long."""
    whole = show(partial.result.node, style)
    # A line of differentials holds more than the derivative.
    in_parts = isinstance(partial.chain.notation, Notation) and bool(partial.parts)
    if len(whole) <= _WIDEST_ENTRY or not in_parts:
        return whole
    return partial.chain.notation.show(partial.chain.end, style)


def derivation_latex(work: Derivation) -> str:
    """One `aligned` block: every chain, then the gradient as a column vector."""
    rows: list[str] = []
    if work.parts:
        rows.extend(
            rf"{show(variable(p.name), 'latex')} &= {show(p.definition, 'latex')}"
            for p in work.parts
        )
    for partial in work.partials:
        for chain in partial.chains:
            rows.append(
                rf"{chain_name(chain, 'latex')} &= {chain.notation.show(chain.start, 'latex')}"
            )
            rows.extend(
                rf"&= {step.line('latex')} && \text{{{step.rule.name}}}" for step in chain.steps
            )
    if work.in_matrix_form:
        rows.extend(
            rf"\frac{{\partial f}}{{\partial {show(v, 'latex')}}} &= {_entry(partial, 'latex')}"
            for v, partial in zip(work.formula.symbols, work.partials, strict=True)
        )
    else:
        rows.append(rf"\nabla f &= {_column_latex(work)}")
    body = " \\\\\n".join(rows)
    return f"\\begin{{aligned}}\n{body}\n\\end{{aligned}}"


def _column_latex(work: Derivation) -> str:
    rows = r" \\ ".join(_entry(partial, "latex") for partial in work.partials)
    return rf"\begin{{bmatrix}} {rows} \end{{bmatrix}}"


def derivation_json(work: Derivation, hessian: bool) -> dict[str, Any]:
    """Plain data; the formulas as text, Unicode and LaTeX."""
    data: dict[str, Any] = {
        "formula": str(work.formula),
        "variables": list(work.formula.variables),
        "parts": [{"name": p.name, **formula_json(p.definition)} for p in work.parts],
        "partials": [partial_json(p) for p in work.partials],
        "gradient": [str(g) for g in work.gradient],
        "gradient_latex": _column_latex(work),
    }
    if hessian:
        data["hessian"] = [[partial_json(p) for p in row] for row in work.hessian]
    return data


def partial_json(partial: PartialDerivation) -> dict[str, Any]:
    """One partial derivative: its chains and its result."""
    return {
        "of": partial.of,
        "by": partial.by,
        "parts": [{"name": p.name, **formula_json(p.definition)} for p in partial.parts],
        "chains": [_chain_json(c) for c in partial.chains],
        "result": {"text": str(partial.result), "latex": partial.result.latex},
        "agrees": partial.agreement.checked,
    }


def steps_json(partial: PartialDerivation) -> list[dict[str, Any]]:
    """Every step of one partial derivative in reading order, each with what it belongs to."""
    return [
        {"of": chain.of, "by": chain.by, **_step_json(step)}
        for chain in partial.chains
        for step in chain.steps
    ]


def _chain_json(chain: Chain) -> dict[str, Any]:
    styles: tuple[StyleName, ...] = ("text", "unicode", "latex")
    return {
        "of": chain.of,
        "by": chain.by,
        "name": {s: chain_name(chain, s) for s in styles},
        "start": {s: chain.notation.show(chain.start, s) for s in styles},
        "steps": [_step_json(step) for step in chain.steps],
    }


def _step_json(step: Step) -> dict[str, Any]:
    return {
        "rule": step.rule.name,
        "statement": step.rule.statement,
        "reason": step.reason("unicode"),
        "text": step.line("text"),
        "unicode": step.line("unicode"),
        "latex": step.line("latex"),
        "local": {"text": step.local("text"), "latex": step.local("latex")},
        "checks": {
            "numeric": step.check.numeric,
            "points": step.check.points,
            "symbolic": step.check.symbolic,
        },
    }


def formula_json(node: Node) -> dict[str, str]:
    """A formula in the three styles."""
    e = Expression(node)
    return {"text": str(e), "unicode": e.unicode, "latex": e.latex}
