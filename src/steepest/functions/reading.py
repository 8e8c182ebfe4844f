"""What a formula can be made of: text, with data or without, callables, SymPy, graphs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from steepest.errors import ParameterError
from steepest.expression import names
from steepest.expression.expression import Expression
from steepest.expression.graph import Node, variables_of
from steepest.expression.parse import parse

if TYPE_CHECKING:
    from steepest.expression.matrix.read import ArrayFormula

# What data, SymPy and callables need is loaded only for them: the others start sooner without it.


def read_source(
    source: Any, declared: tuple[str, ...] | None, dim: int | None
) -> tuple[Node, tuple[str, ...]]:
    """The graph of `source` and its variables, in the order a point lists them.

    What it raises `Formula` tells.
    """
    if isinstance(source, Expression):
        source = source.node
    if isinstance(source, str):
        node = parse(source, declared)
    elif isinstance(source, Node):
        node = source
    elif any(str(c.__module__).startswith("sympy.") for c in type(source).__mro__):
        from steepest.expression.sympy import from_sympy

        node = from_sympy(source)
    elif callable(source):
        from steepest.expression.trace import trace

        return trace(source, declared, dim)
    else:
        raise ParameterError(
            f"a Formula is made from text, a callable or a SymPy expression, not {source!r:.60}"
        )
    if dim is not None:
        raise ParameterError("dim= is for a callable of one vector; a formula names its variables")
    found = variables_of([node])
    if declared is not None and not found <= set(declared):
        missing = ", ".join(sorted(found - set(declared)))
        raise ParameterError(f"variables={declared!r} does not list {missing}")
    return node, tuple(sorted(found, key=names.natural_key))


def read_over_data(
    source: Any,
    declared: tuple[str, ...] | None,
    dim: int | None,
    data: Mapping[str, Any] | None,
    shapes: Mapping[str, Any] | None,
) -> ArrayFormula:
    """The formula `source` over data. What it raises `Formula` tells."""
    if not isinstance(source, str):
        raise ParameterError(
            "data= and shapes= are for a formula as text; a callable holds its own data"
        )
    if dim is not None:
        raise ParameterError("dim= is for a callable of one vector; give shapes= with a formula")
    from steepest.expression.matrix.read import read_formula

    return read_formula(source, declared, data, shapes)
