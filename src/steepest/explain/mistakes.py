"""What went wrong in a wrong partial derivative, as far as it shows."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Final

import numpy as np
from numpy.typing import NDArray

from steepest.explain.equality import agree_at_points, evaluate
from steepest.expression import differentiate, simplify
from steepest.expression.expression import Expression
from steepest.expression.graph import ONE, ZERO, Node, topological, variable
from steepest.functions.formula import Formula

FloatArray = NDArray[np.float64]

_Same = Callable[[Node, Node], bool]

_ARITHMETIC: Final = frozenset({"add", "sub", "neg", "mul", "div"})
_MOST_INNER: Final = 40  # subexpressions whose derivative may have been forgotten


def name_mistake(
    formula: Formula, k: int, given: Node, expected: list[Node], nodes: list[Node | str | None]
) -> str:
    """A sentence on component `k`: the mistake it looks like, and what to look at again."""
    names = formula.variables
    partial = partial_name(formula, k)

    def same(a: Node, b: Node) -> bool:
        return agree_at_points(a, b, names, formula.node) is True

    if same(given, simplify.neg(expected[k])):
        return f"{partial} has the opposite sign"
    swapped = _swapped(k, given, expected, nodes, same)
    if swapped is not None:
        return (
            f"this is {partial_name(formula, swapped)}, not {partial}: are the components swapped?"
        )
    for j, other in enumerate(expected):
        if j != k and same(given, other):
            return f"this is ∂f/∂{names[j]}: the derivative with respect to {names[k]} is asked"
    if same(given, formula.node):
        return f"this is f itself: differentiate it with respect to {names[k]}"
    inner = _forgotten_inner(formula, k, given, expected[k])
    if inner is not None:
        forgotten = "did you forget an inner derivative (chain rule)?"
        return f"a factor {Expression(inner)} is missing: {forgotten}"
    factor = _constant_ratio(given, expected[k], names)
    if factor is not None:
        return f"{partial} is off by the factor {factor}: check the coefficients and exponents"
    offset = _constant_difference(given, expected[k], names)
    if offset is not None:
        return f"{partial} is off by the constant {offset}: a constant term has derivative 0"
    rest = ", all else constant" if len(names) > 1 else ""
    return f"this is not {partial}: differentiate with respect to {names[k]}{rest}"


def partial_name(formula: Formula, k: int) -> str:
    """∂f/∂x; f′(x) for a function of one variable."""
    name = formula.variables[k]
    return f"∂f/∂{name}" if formula.dim > 1 else f"f′({name})"


def _swapped(
    k: int, given: Node, expected: list[Node], nodes: list[Node | str | None], same: _Same
) -> int | None:
    """The j whose partial stands here while the partial k stands there."""
    for j, other in enumerate(expected):
        there = nodes[j] if j < len(nodes) else None
        if j != k and isinstance(there, Node) and same(given, other) and same(there, expected[k]):
            return j
    return None


def _arguments(root: Node) -> list[Node]:
    """What functions and powers in the graph are taken of, if that is more than a letter."""
    found: dict[Node, None] = {}
    for node in topological([root]):
        if node.op not in _ARITHMETIC:
            found.update(dict.fromkeys(a for a in node.args if a.args))
    return list(found)


def _constant_ratio(given: Node, expected: Node, names: tuple[str, ...]) -> str | None:
    a, b = evaluate([given, expected], names)
    usable = np.isfinite(a) & np.isfinite(b) & (b != 0)
    if usable.sum() < 5:
        return None
    return _readable(a[usable] / b[usable], exclude=(0.0, 1.0))


def _constant_difference(given: Node, expected: Node, names: tuple[str, ...]) -> str | None:
    a, b = evaluate([given, expected], names)
    usable = np.isfinite(a) & np.isfinite(b)
    if usable.sum() < 5:
        return None
    return _readable(a[usable] - b[usable], exclude=(0.0,))


def _readable(values: FloatArray, exclude: tuple[float, ...]) -> str | None:
    """The one value that all `values` share, written as a short fraction or decimal."""
    middle = float(np.median(values))
    if np.ptp(values) > 1e-8 * abs(middle) or any(abs(middle - e) < 1e-9 for e in exclude):
        return None
    fraction = Fraction(middle).limit_denominator(60)
    if abs(float(fraction) - middle) <= 1e-9 * abs(middle):
        return str(fraction)
    return f"{middle:.12g}"


def _forgotten_inner(formula: Formula, k: int, given: Node, expected: Node) -> Node | None:
    """A derivative of some part of f that, multiplied in, makes the answer right."""
    x = variable(formula.variables[k])
    seen: set[Node] = set()
    for part in _arguments(formula.node)[:_MOST_INNER]:
        (inner,) = differentiate.gradient(part, [str(x.value)])
        if inner in (ZERO, ONE) or inner in seen:
            continue
        seen.add(inner)
        a, b, c = evaluate([given, inner, expected], formula.variables)
        usable = np.isfinite(a) & np.isfinite(b) & np.isfinite(c)
        if usable.sum() >= 5 and np.allclose(
            a[usable] * b[usable], c[usable], rtol=1e-8, atol=1e-12
        ):
            return inner
    return None
