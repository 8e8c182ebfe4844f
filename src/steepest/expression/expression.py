"""The face that a node of the graph shows to a person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from steepest.expression import typeset
from steepest.expression.graph import Node, variables_of

if TYPE_CHECKING:
    import sympy


@dataclass(frozen=True, repr=False)
class Expression:
    """A formula that reads well: `str()` gives '2x'; also `.latex`, `.unicode` and `.sympy()`."""

    node: Node

    def __str__(self) -> str:
        return typeset.text(self.node)

    def __repr__(self) -> str:
        return f"Expression({str(self)!r})"

    @property
    def latex(self) -> str:
        """The expression in LaTeX, without delimiters."""
        return typeset.latex(self.node)

    @property
    def unicode(self) -> str:
        """The expression for a terminal: x² + 3y²."""
        return typeset.unicode(self.node)

    @property
    def variables(self) -> tuple[str, ...]:
        """The names that occur, in alphabetical order."""
        return tuple(sorted(variables_of([self.node])))

    def sympy(self) -> sympy.Expr:
        """The expression as a SymPy expression of real symbols."""
        from steepest.expression.sympy import to_sympy

        return to_sympy(self.node)

    def _repr_latex_(self) -> str:
        return f"${self.latex}$"
