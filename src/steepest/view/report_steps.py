"""The steps of a derivation in a terminal: the lines in one column, the rules beside them."""

from __future__ import annotations

from rich.cells import cell_len
from rich.console import RenderableType
from rich.text import Text

from steepest.explain.chains import Chain, PartialDerivation
from steepest.explain.derivation import Derivation
from steepest.explain.layout import chain_name, show
from steepest.expression.graph import variable
from steepest.view.inks import Inks
from steepest.view.terminal import card
from steepest.view.words import sentence

_GAP = 3


def derivation_cards(work: Derivation, width: int, inks: Inks) -> list[RenderableType]:
    """One card for the named parts, if there are any, and one for each partial derivative."""
    named: list[RenderableType] = [
        sentence(f"{show(variable(p.name), 'unicode')} = {show(p.definition, 'unicode')}")
        for p in work.parts
    ]
    cards = card("Named parts", named, inks)
    for partial in work.partials:
        cards += card(f"Steps for {_title(partial)}", partial_lines(partial, width, inks), inks)
    return cards


def partial_lines(partial: PartialDerivation, width: int, inks: Inks) -> list[RenderableType]:
    """Every chain of one partial derivative, a line a step."""
    return [line for chain in partial.chains for line in _chain_lines(chain, width, inks)]


def _title(partial: PartialDerivation) -> str:
    return chain_name(partial.chain, "unicode")


def _chain_lines(chain: Chain, width: int, inks: Inks) -> list[RenderableType]:
    name = chain_name(chain, "unicode")
    indent = " " * cell_len(name)
    first = f"{name} = {chain.notation.show(chain.start, 'unicode')}"
    lines: list[RenderableType] = [_hanging(first, indent, width)]
    formulas = [f"{indent} = {step.line('unicode')}" for step in chain.steps]
    reasons = []
    for step in chain.steps:
        reason = step.reason("unicode")
        said = step.rule.name + (f": {reason}" if reason else "")
        reasons.append(said if step.check.checked else f"{said} ({step.check})")
    column = max((cell_len(f) for f in formulas), default=0) + _GAP
    beside = column + max(map(cell_len, reasons), default=0) <= width
    for formula, reason in zip(formulas, reasons, strict=True):
        if beside:
            gap = " " * (column - cell_len(formula))
            lines.append(Text.assemble(formula + gap, (reason, inks.quiet), no_wrap=True))
        else:
            # The reason first, the line it leads to below: nothing is cut off.
            lines.append(_hanging(f"{indent}   {reason}", indent, width, inks.quiet))
            lines.append(_hanging(formula, indent, width))
    return lines


def _hanging(line: str, indent: str, width: int, style: str = "") -> Text:
    """`line` broken at spaces, what follows indented a little further than `indent`."""
    shown = [""]
    for word in line[len(indent) :].split(" "):
        if shown[-1].strip() and cell_len(indent + shown[-1] + word) > width:
            shown.append(" " * 5)
        shown[-1] += word + " "
    rest = "\n".join(indent + part.rstrip() for part in shown)
    return Text(line[: len(indent)] + rest[len(indent) :], style=style, overflow="fold")
