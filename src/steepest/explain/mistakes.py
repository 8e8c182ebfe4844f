"""What went wrong in a wrong partial derivative, as far as it shows.

Each sentence says where to look again; none gives the answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

import numpy as np

from steepest.evaluate.numpy import FloatArray
from steepest.explain import sampling
from steepest.explain.sentences import MISTAKES
from steepest.explain.slips import slipped
from steepest.expression import differentiate, simplify
from steepest.expression.graph import ONE, TWO, Node, constant, variable, variables_of
from steepest.functions.formula import Formula

_POINTS: Final = 40
_MOST_TERMS: Final = 12
_CLOSE: Final = 1e-8

#: Ways an answer can go wrong, each a derivative that would match it, and what to say.
Suspect = tuple[Node, str]


def name_mistake(
    formula: Formula, k: int, given: Node, expected: list[Node], nodes: list[Node | str | None]
) -> str:
    """A sentence on component `k`: the mistake it looks like, and what to look at again."""
    look = _Look(formula, given)
    partial = partial_name(formula, k)
    x = formula.variables[k]
    swapped = _swapped(k, given, expected, nodes, look)
    if swapped is not None:
        other = partial_name(formula, swapped)
        return MISTAKES["swapped"].format(other=other, partial=partial)
    for suspects in (_whole(formula, k, expected), slipped(formula.node, x), _terms(expected[k])):
        found = look.first(list(suspects))
        if found is not None:
            return found.format(partial=partial, x=x)
    ratio, offset = look.compared_with(expected[k])
    missing = variables_of([expected[k]]) - variables_of([given])
    if look.constant(ratio) and not missing:
        return MISTAKES["factor"].format(partial=partial)
    if look.constant(offset):
        return MISTAKES["constant"].format(partial=partial)
    if missing:
        name = min(missing)
        why = MISTAKES["held" if name != x else "look_again"]
        return (MISTAKES["independent"] + why).format(name=name, partial=partial)
    rest = MISTAKES["rest"] if formula.dim > 1 else ""
    return MISTAKES["unknown"].format(partial=partial, x=x) + rest


def partial_name(formula: Formula, k: int) -> str:
    """∂f/∂x; f′(x) for a function of one variable."""
    name = formula.variables[k]
    return f"∂f/∂{name}" if formula.dim > 1 else f"f′({name})"


class _Look:
    """Values of the answer and of suspects at the same points, where f is defined."""

    def __init__(self, formula: Formula, given: Node) -> None:
        self.variables = formula.variables
        self.points = sampling.points_where_defined(formula.node, self.variables, _POINTS)
        (self.given,) = self.values([given])

    def values(self, nodes: Sequence[Node]) -> FloatArray:
        return sampling.evaluate(nodes, self.variables, self.points)

    def first(self, suspects: Sequence[Suspect]) -> str | None:
        """What to say of the first suspect that matches the answer."""
        if not suspects:
            return None
        for row, (_, sentence) in zip(self.values([n for n, _ in suspects]), suspects, strict=True):
            if self.matches(row):
                return sentence
        return None

    def matches(self, row: FloatArray) -> bool:
        usable = np.isfinite(row) & np.isfinite(self.given)
        if usable.sum() < 5:
            return False
        a, b = row[usable], self.given[usable]
        return bool((np.abs(a - b) <= _CLOSE * np.maximum(np.abs(a), np.abs(b))).all())

    def compared_with(self, right: Node) -> tuple[FloatArray, FloatArray]:
        """The answer over the right one, and minus it; NaN where one is not a number."""
        (value,) = self.values([right])
        with np.errstate(all="ignore"):
            return self.given / value, self.given - value

    def constant(self, row: FloatArray) -> bool:
        """Whether all values are one number, not 0."""
        usable = row[np.isfinite(row)]
        if usable.size < 5:
            return False
        middle = float(np.median(usable))
        return middle != 0 and float(np.ptp(usable)) <= _CLOSE * abs(middle)


def _whole(formula: Formula, k: int, expected: list[Node]) -> Iterator[Suspect]:
    """Answers to another question."""
    right, x = expected[k], formula.variables[k]
    yield simplify.neg(right), MISTAKES["opposite"]
    for j, other in enumerate(expected):
        if j != k:
            name = partial_name(formula, j)
            yield other, MISTAKES["other"].replace("{other}", name)
    yield formula.node, MISTAKES["itself"]
    second = differentiate.directional([right], {variable(x): ONE})[0]
    yield second, MISTAKES["second"]
    total = expected[0]
    for other in expected[1:]:
        total = simplify.add(total, other)
    if len(expected) > 1:
        yield total, MISTAKES["sum"]
        yield _length(expected), MISTAKES["length"]
        unit = simplify.div(right, _length(expected))
        yield unit, MISTAKES["unit"]
    turn = simplify.div(simplify.call("atan", ONE), constant(45))
    yield simplify.mul(turn, right), MISTAKES["degrees"]
    yield simplify.div(right, turn), MISTAKES["degrees"]


def _length(vector: Sequence[Node]) -> Node:
    total = simplify.power(vector[0], 2)
    for g in vector[1:]:
        total = simplify.add(total, simplify.power(g, 2))
    return simplify.call("sqrt", total)


def _terms(right: Node) -> Iterator[Suspect]:
    """One term of a sum left out, or with the other sign."""
    terms = list(islice(_summands(right), _MOST_TERMS))
    if len(terms) < 2:
        return
    for term in terms:
        yield simplify.sub(right, term), MISTAKES["term_missing"]
    for term in terms:
        yield simplify.sub(right, simplify.mul(TWO, term)), MISTAKES["term_sign"]


def summands(node: Node) -> list[Node]:
    """The terms of a sum, from left to right, each with its sign."""
    return list(_summands(node))


def _summands(node: Node) -> Iterator[Node]:
    if node.op == "add":
        yield from _summands(node.args[0])
        yield from _summands(node.args[1])
    elif node.op == "sub":
        yield from _summands(node.args[0])
        yield from (simplify.neg(t) for t in _summands(node.args[1]))
    else:
        yield node


def _swapped(
    k: int, given: Node, expected: list[Node], nodes: list[Node | str | None], look: _Look
) -> int | None:
    """The j whose partial stands here while the partial k stands there."""
    for j, other in enumerate(expected):
        there = nodes[j] if j < len(nodes) else None
        if j == k or not isinstance(there, Node):
            continue
        here, answered, asked = look.values([other, there, expected[k]])
        if look.matches(here) and _equal(answered, asked) and not look.matches(asked):
            return j
    return None


def _equal(a: FloatArray, b: FloatArray) -> bool:
    usable = np.isfinite(a) & np.isfinite(b)
    close = np.abs(a - b)[usable] <= _CLOSE * np.maximum(np.abs(a), np.abs(b))[usable]
    return usable.sum() >= 5 and bool(close.all())


def whole_vector(formula: Formula, expected: list[Node], nodes: list[Node | str | None]) -> str:
    """What the components have in common when taken together, or ""."""
    given = [n for n in nodes if isinstance(n, Node)]
    if len(given) != len(expected) or len(expected) < 2:
        return ""
    points = sampling.points_where_defined(formula.node, formula.variables, _POINTS)
    rows = sampling.evaluate([*given, *expected], formula.variables, points)
    return compared_vectors(rows[: len(given)], rows[len(given) :])


def compared_vectors(answered: FloatArray, right: FloatArray) -> str:
    """What vectors (n, m) at m points have in common with the right ones, or ""."""
    with np.errstate(all="ignore"):
        finite = np.isfinite(answered).all(axis=0) & np.isfinite(right).all(axis=0)
        usable = finite & (np.abs(right).sum(axis=0) > 0)
        if usable.sum() < 5:
            return ""
        answered, right = answered[:, usable], right[:, usable]
        sizes = np.sqrt((answered**2).sum(axis=0)), np.sqrt((right**2).sum(axis=0))
        cosine = (answered * right).sum(axis=0) / (sizes[0] * sizes[1])
        if np.allclose(cosine, 1.0, rtol=0, atol=1e-12) and not np.allclose(*sizes, rtol=_CLOSE):
            if np.allclose(sizes[0], 1.0, rtol=0, atol=1e-9):
                return MISTAKES["unit_vector"]
            return MISTAKES["multiple"]
        if np.allclose(cosine, -1.0, rtol=0, atol=1e-12):
            return MISTAKES["descent"]
    return ""
