"""Whether two expressions are the same function: by graph, by algebra, by intervals, by points."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from steepest.errors import SteepestError
from steepest.evaluate.interval.numpy import NumpyIntervals
from steepest.evaluate.numpy import FloatArray
from steepest.evaluate.tape import Tape
from steepest.explain import normal, sampling
from steepest.explain.patience import OutOfPatience, patience
from steepest.expression import simplify
from steepest.expression.graph import ZERO, Node, count_operations, topological

if TYPE_CHECKING:
    import sympy

_DRAWN: Final = 120
_EQUAL: Final = 1e-7  # relative; rounding in another order of operations stays below
_SYMPY_CALLS: Final = 50_000  # about a tenth of a second
_MOST_OPERATIONS: Final = 120  # beyond this SymPy is not asked
_DIGITS: Final = 50


class Equality(Enum):
    """How a verdict was reached. The value is what a person reads."""

    SAME_GRAPH = "the same expression"
    ALGEBRA = "exact algebra"
    INTERVALS = "interval arithmetic at a point"
    DIGITS = "fifty digits at a point"
    POINTS = "random points"


class Verdict(NamedTuple):
    """Equal or not, and how that was decided.

    `gap` is a point where the answer is undefined although it should not be.
    """

    equal: bool
    how: Equality
    gap: tuple[float, ...] | None = None


def compare(given: Node, expected: Node, variables: Sequence[str], domain: Node) -> Verdict:
    """Whether `given` equals `expected` wherever `domain` and `expected` are defined.

    Isolated gaps do not matter (x²/x for x), whole regions do. Every verdict but the last kind
    is certain: one graph, one normal form, SymPy, disjoint intervals, fifty digits that differ.
    """
    same, other, difference = simplify.simplify([given, expected, simplify.sub(given, expected)])
    if same is other or difference is ZERO:
        return Verdict(True, Equality.SAME_GRAPH)
    points = sampling.candidates(len(variables), _DRAWN)
    values, truth, f = sampling.evaluate([given, expected, domain], variables, points)
    asked = np.isfinite(truth) & np.isfinite(f)
    gaps = asked & undefined(given, variables, points)
    # One gap may be a rounded pole; two in a hundred random points are a region.
    if gaps.sum() > 1:
        return Verdict(False, Equality.POINTS, tuple(points[gaps][0].tolist()))
    exact = normal.decide(given, expected)
    if exact is not None:
        return Verdict(exact, Equality.ALGEBRA)
    told = points[asked & np.isfinite(values)]
    beside = sampling.border_points([given, expected], variables, points)
    if len(beside):
        inside = np.isfinite(sampling.evaluate([given, expected, domain], variables, beside))
        told = np.concatenate([told, beside[inside.all(axis=0)]])
    if _proved_different([given, expected], variables, told):
        return Verdict(False, Equality.INTERVALS)
    by_sympy = _by_sympy(given, expected, variables, told)
    if by_sympy is not None:
        return by_sympy
    return Verdict(_agree(values[asked], truth[asked]), Equality.POINTS)


def undefined(node: Node, variables: Sequence[str], points: FloatArray) -> NDArray[np.bool_]:
    """Where `node` has no value, overflow aside: a NaN or a pole out of finite arguments."""
    order = topological([node])
    rows = dict(zip(order, sampling.evaluate(order, variables, points), strict=True))
    gone = {n: np.zeros(len(points), dtype=np.bool_) for n in order}
    for n in order:
        # A comparison with something undefined is false, and so is defined.
        if not n.args or n.op in ("lt", "le"):
            continue
        finite = np.logical_and.reduce([np.isfinite(rows[a]) for a in n.args])
        own = np.isnan(rows[n]) & finite
        if n.op in _WITH_POLES:
            own |= np.isinf(rows[n]) & finite & (rows[n.args[-1]] == 0)
        if n.op == "where":
            condition, a, b = n.args
            inside = np.where(rows[condition] != 0, gone[a], gone[b])
        else:
            inside = np.logical_or.reduce([gone[a] for a in n.args])
        gone[n] = own | inside
    return gone[node]


_WITH_POLES: Final = frozenset({"div", "log", "log2", "log10", "ipow"})


def _agree(a: FloatArray, b: FloatArray) -> bool:
    """Whether values agree to rounding, at five points or more."""
    usable = np.isfinite(a)
    if usable.sum() < 5:
        return False
    a, b = a[usable], b[usable]
    size = np.maximum(np.abs(a), np.abs(b))
    size = np.maximum(size, 1e-3 * np.median(size))
    return bool(np.all(np.abs(a - b) <= _EQUAL * size))


def _proved_different(pair: Sequence[Node], variables: Sequence[str], points: FloatArray) -> bool:
    """Whether enclosures of the two values are disjoint at one of the points: a proof."""
    if not len(points):
        return False
    columns = np.ascontiguousarray(points.T)
    found = NumpyIntervals(Tape.record(pair, variables))(columns, columns)
    (lo, other_lo), (hi, other_hi) = found.lo, found.hi
    known = np.isfinite(found.lo).all(axis=0) & np.isfinite(found.hi).all(axis=0)
    return bool(np.any(known & ((hi < other_lo) | (other_hi < lo))))


def _by_sympy(a: Node, b: Node, variables: Sequence[str], points: FloatArray) -> Verdict | None:
    """What SymPy says about a - b = 0, or None if it cannot tell soon."""
    if count_operations([a, b]) > _MOST_OPERATIONS:
        return None
    import sympy

    from steepest.expression.sympy import to_sympy

    try:
        with patience(_SYMPY_CALLS, "sympy"):
            difference = to_sympy(a) - to_sympy(b)
            if _differs(difference, variables, points):
                return Verdict(False, Equality.DIGITS)
            for rewrite in (sympy.expand, sympy.together, sympy.simplify):
                difference = rewrite(difference)
                if difference.is_zero:
                    return Verdict(True, Equality.ALGEBRA)
    except (SteepestError, OutOfPatience, ArithmeticError, ValueError, TypeError, RecursionError):
        # SymPy fails in many ways on what it cannot hold; points decide then.
        return None
    return None


def _differs(difference: sympy.Expr, variables: Sequence[str], points: FloatArray) -> bool:
    """Whether fifty digits show that the difference is not 0 at one of the first points."""
    import sympy

    symbols = [sympy.Symbol(name, real=True) for name in variables]
    for point in points[:3]:
        exact = [(s, sympy.Rational(x)) for s, x in zip(symbols, point.tolist(), strict=True)]
        value = difference.subs(exact).evalf(_DIGITS, chop=True)
        if value.is_number and value.is_real and abs(value) > sympy.Float(10) ** (-_DIGITS // 2):
            return True
    return False
