"""The face that a node of the graph shows to a person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from steepest.errors import ParameterError
from steepest.expression import typeset
from steepest.expression.graph import Node, has_arrays, topological, variables_of

if TYPE_CHECKING:
    import sympy


@dataclass(frozen=True, repr=False)
class Expression:
    """A formula that reads well: `str()` gives '2x'; also `.latex`, `.unicode` and `.sympy()`."""

    node: Node

    def __str__(self) -> str:
        return _typeset(self.node).text(self.node)

    def __repr__(self) -> str:
        return f"Expression({str(self)!r})"

    @property
    def latex(self) -> str:
        """The expression in LaTeX, without delimiters."""
        return _typeset(self.node).latex(self.node)

    @property
    def unicode(self) -> str:
        """The expression for a terminal: x² + 3y²."""
        return _typeset(self.node).unicode(self.node)

    @property
    def shape(self) -> tuple[int, ...]:
        """() for a number, (rows, columns) for a vector or matrix."""
        return self.node.shape

    @property
    def variables(self) -> tuple[str, ...]:
        """The names that occur, in alphabetical order."""
        arrays = {n.value[0] for n in topological([self.node]) if n.op == "symbol"}
        return tuple(sorted(variables_of([self.node]) | arrays))

    def sympy(self) -> sympy.Expr:
        """The expression as a SymPy expression of real symbols.

        Raises ParameterError for one with vectors or matrices.
        """
        if has_arrays([self.node]):
            raise ParameterError(
                f"{str(self)!r:.80} has vectors or matrices, which are not translated to SymPy;"
                " a Formula's own sympy() writes its entries out"
            )
        from steepest.expression.sympy import to_sympy

        return to_sympy(self.node)

    def _repr_latex_(self) -> str:
        return f"${self.latex}$"


def _typeset(node: Node) -> Any:
    """The module that writes `node`."""
    if not has_arrays([node]):
        return typeset
    # Loaded only where there are data.
    from steepest.expression.matrix import typeset as array_typeset

    return array_typeset
