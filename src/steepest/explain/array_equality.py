"""Whether two arrays over data are the same function: by graph, entry by entry, by points."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from steepest.evaluate.arrays import ArrayEvaluator
from steepest.evaluate.numpy import FloatArray
from steepest.explain import sampling
from steepest.explain.equality import Equality, Verdict, compare
from steepest.expression import simplify as numbers
from steepest.expression.expression import Expression
from steepest.expression.graph import ZERO, Node, count_operations
from steepest.expression.matrix import unroll
from steepest.expression.matrix.operations import entries
from steepest.expression.matrix.simplify import simplify
from steepest.functions.formula import Formula

_EQUAL: Final = 1e-7  # relative; rounding in another order of operations stays below
_DRAWN: Final = 120
_FEWEST: Final = 8
_WORK: Final = 100_000_000  # operations on numbers that all points together may take
_MOST_ENTRIES: Final = 8  # of an answer that is compared exactly, entry by entry
_MOST_OPERATIONS: Final = 1500


class Samples:
    """Points where the formula is defined, and the values of arrays there."""

    def __init__(self, formula: Formula) -> None:
        assert formula.arrays is not None
        self.formula = formula
        self.over = formula.arrays
        work = max(self.over.size, formula.dim)
        count = int(np.clip(_WORK // (8 * work), _FEWEST, _DRAWN))
        points = sampling.candidates(formula.dim, 4 * (count // 4))
        value = self._evaluated([self.over.node], points)[0][0]
        self.points = points[np.isfinite(value)]
        # Moderate ones: where something is undefined there, no number has overflowed.
        self.moderate = (np.abs(self.points) <= 3).all(axis=1)

    def _evaluated(self, roots: Sequence[Node], points: FloatArray) -> list[FloatArray]:
        rows = ArrayEvaluator(roots, self.over.arguments)(points)
        sizes = [entries(root.shape) for root in roots]
        return np.split(rows, np.cumsum(sizes)[:-1])

    def __call__(self, roots: Sequence[Node]) -> list[FloatArray]:
        """The entries (size, m) of each of `roots` at all points."""
        return self._evaluated(roots, self.points)

    @cached_property
    def can_be_exact(self) -> bool:
        """Whether entries can be compared as graphs of numbers."""
        return self.formula.has_graph and self.formula.dim <= 40


def same_arrays(given: Node, right: Node, samples: Samples) -> Verdict:
    """Whether `given` equals `right` wherever that and the formula are defined.

    Small ones are compared exactly, entry by entry; the others at random points.
    """
    same, other, difference = simplify([given, right, numbers.sub(given, right)])
    zero = difference.args[0] if difference.op == "fill" else difference
    # Products of matrices may be bracketed in another way, which is not written.
    if same is other or zero is ZERO or str(Expression(given)) == str(Expression(right)):
        return Verdict(True, Equality.SAME_GRAPH)
    values, truth = samples([given, right])
    asked = np.isfinite(truth).all(axis=0)
    gaps = asked & np.isnan(values).any(axis=0) & samples.moderate
    if gaps.sum() > 1:
        return Verdict(False, Equality.POINTS, tuple(samples.points[gaps][0].tolist()))
    wrong = ~agreeing(values[:, asked], truth[:, asked])
    exact = _entry_by_entry(given, right, samples, np.flatnonzero(wrong))
    return exact or Verdict(not wrong.any(), Equality.POINTS)


def agreeing(a: FloatArray, b: FloatArray) -> NDArray[np.bool_]:
    """Which rows agree to rounding at five points or more, (k, m) and (k, m) -> (k,)."""
    usable = np.isfinite(a) & np.isfinite(b)
    with np.errstate(all="ignore"):
        size = np.where(usable, np.maximum(np.abs(a), np.abs(b)), 0.0)
        # Where terms cancel, the other entries tell how large they were.
        size = np.maximum(size, 1e-3 * np.median(size, axis=1, keepdims=True))
        size = np.maximum(size, 1e-6 * size.max(axis=0, keepdims=True))
        near = np.abs(a - b) <= _EQUAL * size
    return (near | ~usable).all(axis=1) & (usable.sum(axis=1) >= 5)


def _entry_by_entry(
    given: Node, right: Node, samples: Samples, wrong: np.ndarray
) -> Verdict | None:
    """The exact verdict, None where there are too many entries or operations.

    Of entries that differ at points, one is enough.
    """
    if not samples.can_be_exact or unroll.too_large_to_invert(given) is not None:
        return None
    if entries(right.shape) > _MOST_ENTRIES and not len(wrong):
        return None
    if unroll.size(given) > 4 * unroll.LIMIT:
        return None
    pairs = list(
        zip(*(unroll.unroll(n, samples.over.arguments) for n in (given, right)), strict=True)
    )
    pairs = [pairs[int(wrong[0])]] if len(wrong) else pairs
    if count_operations([n for pair in pairs for n in pair]) > _MOST_OPERATIONS:
        return None
    hows: list[Equality] = []
    for a, b in pairs:
        verdict = compare(a, b, samples.formula.variables, samples.formula.node)
        if not verdict.equal:
            return verdict
        hows.append(verdict.how)
    return Verdict(True, max(hows, key=list(Equality).index))
