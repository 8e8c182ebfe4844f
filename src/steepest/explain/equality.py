"""Whether two expressions are the same function: by graph, by algebra, else at random points."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from steepest.errors import SteepestError
from steepest.evaluate.numpy import NumpyEvaluator
from steepest.evaluate.tape import Tape
from steepest.expression import simplify
from steepest.expression.graph import ZERO, Node, count_operations

if TYPE_CHECKING:
    import sympy

FloatArray = NDArray[np.float64]

_POINTS: Final = 60
_EQUAL: Final = 1e-7  # relative; rounding in another order of operations stays below
_DIFFERENT: Final = 1e-3  # relative; no rounding reaches this far
_MOST_OPERATIONS: Final = 120  # beyond this algebra may take minutes
_DIGITS: Final = 50


class Equality(Enum):
    """How a verdict was reached. The value is what a person reads."""

    SAME_GRAPH = "the same expression"
    ALGEBRA = "exact algebra"
    POINTS = "random points"


class Verdict(NamedTuple):
    """Equal or not, and how that was decided."""

    equal: bool
    how: Equality


def compare(given: Node, expected: Node, variables: Sequence[str], domain: Node) -> Verdict:
    """Whether `given` equals `expected` wherever `domain` and `expected` are defined.

    Isolated gaps do not matter (x²/x for x), whole regions do. A difference at a point is
    certain; agreement at points alone is not, so algebra is asked as well.
    """
    normal_a, normal_b, difference = simplify.simplify(
        [given, expected, simplify.sub(given, expected)]
    )
    if normal_a is normal_b or difference is ZERO:
        return Verdict(True, Equality.SAME_GRAPH)
    agrees = agree_at_points(given, expected, variables, domain)
    if agrees is not False:
        exact = _by_algebra(given, expected)
        if exact is not None:
            return Verdict(exact, Equality.ALGEBRA)
    return Verdict(agrees is True, Equality.POINTS)


def agree_at_points(
    given: Node, expected: Node, variables: Sequence[str], domain: Node
) -> bool | None:
    """Whether the values agree at random points; None if those cannot tell."""
    va, vb, f = evaluate([given, expected, domain], variables)
    asked = np.isfinite(vb) & np.isfinite(f)
    if np.isnan(va[asked]).any():
        return False
    asked &= np.isfinite(va)
    if not asked.any():
        return None
    va, vb = va[asked], vb[asked]
    size = np.maximum(np.abs(va), np.abs(vb))
    size = np.maximum(size, 1e-3 * np.median(size))
    apart = float(np.max(np.abs(va - vb) / np.where(size > 0, size, 1.0)))
    if apart <= _EQUAL:
        return True
    return False if apart >= _DIFFERENT else None


def evaluate(nodes: Sequence[Node], variables: Sequence[str]) -> FloatArray:
    """The values (k, m) of `nodes` at m points, always the same ones, of several sizes."""
    random = np.random.default_rng(2023)
    n = len(variables)
    near = random.uniform(-2.0, 2.0, (_POINTS, n))
    far = random.uniform(-9.0, 9.0, (_POINTS // 2, n))
    positive = random.uniform(0.05, 4.0, (_POINTS // 2, n))
    return NumpyEvaluator(Tape.record(nodes, variables))(np.concatenate([near, far, positive]))


def _by_algebra(a: Node, b: Node) -> bool | None:
    """What SymPy says about a - b = 0: True, False, or None if it cannot tell in time."""
    if count_operations([a, b]) > _MOST_OPERATIONS:
        return None
    import sympy

    from steepest.expression.sympy import to_sympy

    try:
        difference = to_sympy(a) - to_sympy(b)
    except SteepestError:
        return None
    if _differs(difference):
        return False
    for rewrite in (sympy.expand, sympy.together, sympy.simplify):
        difference = rewrite(difference)
        if difference.is_zero:
            return True
    return None


def _differs(difference: sympy.Expr) -> bool:
    """Whether fifty digits show that the difference is not 0 at some rational point."""
    import sympy

    symbols = sorted(difference.free_symbols, key=str)
    for k in range(3):
        point = {s: sympy.Rational(7 * i + 5 * k + 3, 11 + i) for i, s in enumerate(symbols)}
        value = difference.subs(list(point.items())).evalf(_DIGITS, chop=True)
        if value.is_number and value.is_real and abs(value) > sympy.Float(10) ** (-_DIGITS // 2):
            return True
    return False
