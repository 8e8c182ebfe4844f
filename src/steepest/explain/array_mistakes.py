"""What went wrong in a wrong derivative in matrix form, as far as it shows.

Each sentence says where to look again; none gives the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

import numpy as np

from steepest.evaluate.numpy import FloatArray
from steepest.explain.array_equality import Samples, agreeing
from steepest.explain.array_slips import slipped
from steepest.explain.mistakes import compared_vectors, name_mistake, summands
from steepest.explain.sentences import MISTAKES
from steepest.expression import simplify as numbers
from steepest.expression.expression import Expression
from steepest.expression.graph import TWO, Node, topological
from steepest.expression.matrix import operations as array
from steepest.expression.matrix import unroll

_MOST_TERMS: Final = 12
_MOST_OPERATIONS: Final = 120  # of a formula whose entries are looked at by themselves
_CLOSE: Final = 1e-8

_STAR: Final = (
    "* between arrays of one shape multiplies entry by entry; with @, the product of matrices,"
    " this would be right"
)
_TURNED: Final = "this is the transpose of {partial}"
_NOT_DIVIDED: Final = "{partial} is right up to the mean's factor 1/N, with N = {n}"
_DIVIDED_TWICE: Final = "{partial} is right up to a factor N = {n}: divide by it once only"
_OFFSET: Final = (
    "{partial} is right up to a term without {x}: look again at the terms that hold data only, and"
    " at their signs"
)

#: The variable's name, its derivative's name and that derivative.
This = tuple[str, str, Node]
Suspect = tuple[Node, str]


def array_mistake(
    samples: Samples,
    this: This,
    others: Sequence[tuple[str, Node]],
    given: Node,
    again: Callable[[str], Node | None],
) -> str:
    """A sentence on `given`, which is not the derivative `this`; `others` are those by the rest.

    `again("matmul")` reads the answer with * as the product of matrices.
    """
    name, partial, right = this
    values, truth = samples([given, right])
    matched = again("matmul")
    if matched not in (None, given) and agreeing(samples([matched])[0], truth).all():
        return _STAR
    for suspects in (_whole(samples, this, others), slipped(samples.over.node, name, right)):
        usable = [(n, said) for n, said in suspects if n.shape == right.shape]
        found = samples([n for n, _ in usable]) if usable else []
        for row, (_, said) in zip(found, usable, strict=True):
            if agreeing(values, row).all() and not agreeing(row, truth).all():
                return said.format(partial=partial, x=name)
    told = _compared(samples, name, partial, values, truth) or _independent(this, given)
    return told or _by_entries(samples, name, partial, given)


def _whole(samples: Samples, this: This, others: Sequence[tuple[str, Node]]) -> Iterator[Suspect]:
    """Answers to another question, and a term left out or with the other sign."""
    _, _, right = this
    yield numbers.neg(right), MISTAKES["opposite"]
    if len(set(right.shape)) == 1 and right.shape:
        yield array.transpose(right), _TURNED
    for other, derivative in others:
        yield derivative, MISTAKES["other"].replace("{other}", other)
    yield samples.over.node, MISTAKES["itself"]
    terms = summands(right)[:_MOST_TERMS]
    if len(terms) > 1:
        for term in terms:
            yield numbers.sub(right, term), MISTAKES["term_missing"]
        for term in terms:
            yield numbers.sub(right, numbers.mul(TWO, term)), MISTAKES["term_sign"]


def _compared(
    samples: Samples, name: str, partial: str, values: FloatArray, truth: FloatArray
) -> str:
    """What the quotient or the difference of the answer and the right one tells, or ""."""
    with np.errstate(all="ignore"):
        ratio = np.where(np.abs(truth) > 0, values / truth, np.nan)
        offset = values - truth
    factor = _constant(ratio.reshape(1, -1))
    if factor is not None:
        counts = {array.entries(n.args[0].shape) for n in _nodes(samples, "mean")}
        for n in counts:
            if abs(factor[0] - n) < _CLOSE * n:
                return _NOT_DIVIDED.format(partial=partial, n=n)
            if abs(factor[0] * n - 1) < _CLOSE:
                return _DIVIDED_TWICE.format(partial=partial, n=n)
        return MISTAKES["factor"].format(partial=partial)
    if _constant(truth) is None and _constant(offset) is not None:
        return _OFFSET.format(partial=partial, x=name)
    return ""


def _independent(this: This, given: Node) -> str:
    """A variable that the derivative depends on and the answer does not, or ""."""
    name, partial, right = this
    missing = _variables(right) - _variables(given)
    if not missing:
        return ""
    first = min(missing)
    why = MISTAKES["held" if first != name else "look_again"]
    return (MISTAKES["independent"] + why).format(name=first, partial=partial)


def _variables(node: Node) -> set[str]:
    return set(Expression(node).variables)


def _nodes(samples: Samples, op: str) -> list[Node]:
    return [n for n in topological([samples.over.node]) if n.op == op]


def _constant(rows: FloatArray) -> FloatArray | None:
    """The value of each row (k, m) if none changes and one is not 0, else None."""
    usable = np.isfinite(rows)
    if (usable.sum(axis=1) < 5).any():
        return None
    rows = np.where(usable, rows, np.nan)
    middle = np.nanmedian(rows, axis=1)
    spread = np.nanmax(rows, axis=1) - np.nanmin(rows, axis=1)
    steady = (spread <= 1e-6 * np.abs(middle).max()).all()
    return middle if steady and np.abs(middle).max() > 0 else None


def _by_entries(samples: Samples, name: str, partial: str, given: Node) -> str:
    """What the checker of numbers says of the first entry that is wrong."""
    formula, over = samples.formula, samples.over
    rest = MISTAKES["rest"] if formula.dim > 1 else ""
    unknown = MISTAKES["unknown"].format(partial=partial, x=name) + rest
    large = not samples.can_be_exact or unroll.too_large_to_invert(given) is not None
    if large or unroll.size(given) > _MOST_OPERATIONS or over.size > _MOST_OPERATIONS:
        return unknown
    places = {c: k for k, c in enumerate(formula.variables)}
    argument = next((a for a in over.arguments if a.name == name), None)
    start = argument.start if argument is not None else places[name]
    nodes = unroll.unroll(given, over.arguments)
    expected = formula.gradient_nodes
    answered: list[Node | str | None] = [None] * formula.dim
    answered[start : start + len(nodes)] = nodes
    rows = samples([given])[0]
    right = samples([over.gradient[over.arguments.index(argument)]])[0] if argument else None
    wrong = 0 if right is None else int(np.flatnonzero(~agreeing(rows, right))[0])
    return name_mistake(formula, start + wrong, nodes[wrong], expected, answered)


def together(samples: Samples, right: Sequence[Node], given: Sequence[Node | str | None]) -> str:
    """What the answer has in common with the gradient as a whole, or ""."""
    read = [n for n in given if isinstance(n, Node)]
    if len(read) != len(right) or sum(array.entries(n.shape) for n in right) < 2:
        return ""
    rows = samples([*read, *right])
    answered, expected = np.concatenate(rows[: len(read)]), np.concatenate(rows[len(read) :])
    return compared_vectors(answered, expected)
