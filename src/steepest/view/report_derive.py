"""What `steepest derive` says: the steps, the gradient as a column vector, and the Hessian."""

from __future__ import annotations

from typing import Final

from rich.console import RenderableType
from rich.text import Text

from steepest.explain.derivation import Derivation
from steepest.functions.formula import Formula
from steepest.view.inks import Inks
from steepest.view.notation import partials, second_derivatives, second_partials
from steepest.view.report_steps import derivation_cards, partial_lines
from steepest.view.terminal import Report, card
from steepest.view.title import title
from steepest.view.words import beside, bracketed, fits, gradient_column, parts, sentence

_NO_MATRIX: Final = (
    "A second derivative by a matrix has four indices and no matrix form; --hessian works it out"
    " entry by entry."
)


def derive_report(f: Formula, work: Derivation | None, hessian_steps: bool = False) -> Report:
    """The derivatives of f, ready to print; with the steps of `work`, if it is given."""

    def cards(width: int, inks: Inks) -> list[RenderableType]:
        second = "Hessian" if f.dim > 1 else "Second derivative"
        steps: list[RenderableType] = []
        if work is not None and hessian_steps:
            lines = [
                line
                for row in work.hessian
                for partial in row
                for line in [*partial_lines(partial, width, inks), Text()]
            ]
            steps = card(f"Steps for the {second.replace('S', 's')}", lines[:-1], inks)
        return [
            *(derivation_cards(work, width, inks) if work is not None else []),
            *card("Gradient", _gradient(f, width, inks), inks),
            *steps,
            *card(second, _hessian(f, width), inks),
        ]

    return Report(title(f)["text"], cards)


def _gradient(f: Formula, width: int, inks: Inks) -> list[RenderableType]:
    lines = partials(f)
    if f.dim == 1:
        return [parts(f"{lines[0].name} = ", (lines[0].unicode, inks.gradient))]
    column = gradient_column([p.name for p in lines], [p.unicode for p in lines], None, width, "")
    return [*column, Text(), sentence("also written grad f", inks.quiet)]


def _hessian(f: Formula, width: int) -> list[RenderableType]:
    if second_derivatives(f) is None:
        return [sentence(_NO_MATRIX)]
    lines = second_partials(f)
    if f.dim > 1:
        square = beside("H = ", bracketed([[h.unicode for h in row] for row in f.hessian]))
        if fits(square, width):
            return list(square)
    return [sentence(f"{line.name} = {line.unicode}") for line in lines]
