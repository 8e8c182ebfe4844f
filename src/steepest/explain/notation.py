"""How open derivatives look: d/dx[x^2] as text, ∂/∂x[x²] in a terminal, and in LaTeX.

While a derivative is worked out, the line under work is an ordinary expression graph in which
a variable with an impossible name stands for every derivative that is still open. The styles
here show such a variable as what it stands for; everything else is typeset as always.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple

from steepest.expression.graph import Node, variable
from steepest.expression.styles import LATEX, TEXT, UNICODE, Latex, Linear
from steepest.expression.typeset import latex, render, text, unicode

StyleName = Literal["text", "unicode", "latex"]

# From Unicode's private area: no formula can hold it, and `typeset` writes it last in a product.
_FIRST: Final = "\ue000"


class Derivative(NamedTuple):
    """d`of`/d`by`. A named part `of` = u is written du/dx, any other in brackets."""

    of: Node
    by: str
    named: bool


@dataclass(frozen=True)
class _LinearWithDerivatives(Linear):
    symbols: Mapping[str, Derivative] = field(default_factory=dict)
    d: str = "d"
    shown: set[str] = field(default_factory=set)

    def variable(self, name: str) -> str:
        derivative = self.symbols.get(name)
        if derivative is None:
            return super().variable(name)
        by = f"{self.d}{super().variable(derivative.by)}"
        inside = render([derivative.of], self)[0]
        string = f"{self.d}{inside}/{by}" if derivative.named else f"{self.d}/{by}[{inside}]"
        self.shown.add(string)
        return string

    def power(self, base: str, exponent: str) -> str:
        return super().power(self.parenthesize(base) if base in self.shown else base, exponent)

    def _touches(self, before: str, factor: str) -> bool:
        return factor not in self.shown and super()._touches(before, factor)


@dataclass(frozen=True)
class _LatexWithDerivatives(Latex):
    symbols: Mapping[str, Derivative] = field(default_factory=dict)
    d: str = "d"
    shown: set[str] = field(default_factory=set)

    def variable(self, name: str) -> str:
        derivative = self.symbols.get(name)
        if derivative is None:
            return super().variable(name)
        by = f"{self.d} {super().variable(derivative.by)}"
        inside = render([derivative.of], self)[0]
        if derivative.named:
            string = rf"\frac{{{self.d} {inside}}}{{{by}}}"
        else:
            string = rf"\frac{{{self.d}}}{{{by}}}\left[{inside}\right]"
        self.shown.add(string)
        return string

    def power(self, base: str, exponent: str) -> str:
        return super().power(self.parenthesize(base) if base in self.shown else base, exponent)


class Notation:
    """Stand-ins for open derivatives, and the styles that show them.

    `partial`: write ∂ (several variables) instead of d.
    """

    def __init__(self, partial: bool) -> None:
        self.partial = partial
        self._symbols: dict[str, Derivative] = {}
        self._stand_ins: dict[Derivative, Node] = {}

    def derivative(self, of: Node, by: str, named: bool = False) -> Node:
        """The variable that stands for d`of`/d`by`."""
        key = Derivative(of, by, named)
        node = self._stand_ins.get(key)
        if node is None:
            name = f"{_FIRST}{len(self._symbols):05d}"
            node = self._stand_ins[key] = variable(name)
            self._symbols[name] = key
        return node

    def meaning(self, node: Node) -> Derivative | None:
        """What a node stands for, or None if it is an ordinary one."""
        return self._symbols.get(node.value) if node.op == "var" else None  # type: ignore[arg-type]

    @property
    def symbols(self) -> Mapping[str, Derivative]:
        """Every stand-in's name and meaning."""
        return self._symbols

    def left_side(self, of: str, by: str, style: StyleName) -> str:
        """d of / d by, the left side of a chain."""
        below = {"text": text, "unicode": unicode, "latex": latex}[style](variable(by))
        d = "∂" if self.partial and style == "unicode" else "d"
        if style == "latex":
            d = r"\partial " if self.partial else "d "
            return rf"\frac{{{d}{_latex_name(of)}}}{{{d}{below}}}"
        return f"{d}{of}/{d}{below}"

    def show(self, node: Node, style: StyleName) -> str:
        """`node` in one of the three styles."""
        return render([node], self._style(style))[0]

    def _style(self, name: StyleName) -> Linear | Latex:
        if name == "latex":
            d = r"\partial" if self.partial else "d"
            return _LatexWithDerivatives(LATEX.constants, LATEX.comparisons, True, self._symbols, d)
        base = TEXT if name == "text" else UNICODE
        return _LinearWithDerivatives(
            base.times,
            base.constants,
            base.comparisons,
            base.raised,
            symbols=self._symbols,
            d="∂" if self.partial and name == "unicode" else "d",
        )


def _latex_name(of: str) -> str:
    if of.startswith("f_"):
        return rf"f_{{{latex(variable(of[2:]))}}}"
    return of if of.startswith("f") else latex(variable(of))
