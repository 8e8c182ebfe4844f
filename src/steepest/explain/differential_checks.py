"""Whether the steps of a derivation by differentials are equalities."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from steepest.evaluate.arrays import ArrayEvaluator
from steepest.explain import sampling
from steepest.explain.array_equality import Samples
from steepest.explain.differential_notation import DifferentialNotation
from steepest.explain.steps import Check, StepError
from steepest.expression.arithmetic import sub
from steepest.expression.graph import ZERO, Node, substitute, topological
from steepest.expression.matrix import operations as array
from steepest.expression.matrix.argument import Argument
from steepest.expression.matrix.differentiate import directional
from steepest.expression.matrix.simplify import simplify
from steepest.functions.formula import Formula

_CLOSE: Final = 1e-3  # relative, of difference quotients
_STEP: Final = 1e-5


def is_zero(node: Node) -> bool:
    """Whether a number or every entry of an array is the constant 0."""
    return node is ZERO or (node.op == "fill" and node.args[0] is ZERO)


class Checker:
    """Compares the two sides of steps at points where f is defined, in random directions.

    An open differential has the value of the program's own directional derivative, which is
    compared with difference quotients; a named part that of what it stands for.
    """

    def __init__(
        self, formula: Formula, notation: DifferentialNotation, wholes: dict[Node, Node]
    ) -> None:
        self.notation, self.wholes = notation, wholes
        samples = Samples(formula)
        assert formula.arrays is not None
        self.arguments = formula.arrays.arguments
        self._points = samples.points[:: max(1, len(samples.points) // 24)]
        self._domain = formula.arrays.node
        self._seen: set[Node] = set()

    def move(self, a: Argument) -> None:
        """Let `a` move, in a random direction at each point."""
        m = len(self._points)
        self._by = a
        directions = np.random.default_rng(2028).normal(size=(m, a.size))
        # No formula can hold a name that starts with a digit.
        self._moved = Argument("0moved", a.shape, self._points.shape[1])
        self._ahead = np.hstack([self._points, directions])
        ends = self._points.copy()
        ends[:, a.start : a.start + a.size] += _STEP * directions
        starts = self._points.copy()
        starts[:, a.start : a.start + a.size] -= _STEP * directions
        self._apart = starts, ends
        self._seen = set()

    def check(self, pairs: Sequence[tuple[Node, Node]]) -> list[Check]:
        """Compare the two sides of each pair."""
        if not pairs:
            return []
        flat = self._written_out([side for pair in pairs for side in pair])
        arguments = [*self.arguments, self._moved]
        rows = ArrayEvaluator(flat, arguments)(self._ahead)
        at = np.split(rows, np.cumsum([array.entries(n.shape) for n in flat])[:-1])
        found = []
        for k in range(len(pairs)):
            left, right = at[2 * k], at[2 * k + 1]
            numeric, count = sampling.agree(left.ravel(), right.ravel())
            if left.shape != right.shape:
                numeric = False
            (difference,) = simplify([sub(flat[2 * k], flat[2 * k + 1])])
            symbolic = True if is_zero(difference) else None
            found.append(Check(numeric, min(count, len(self._points)), symbolic))
        return found

    def _written_out(self, roots: Sequence[Node]) -> list[Node]:
        """`roots` in terms of the variables and of how they move."""
        direction = {self._by.node: self._moved.node}
        replaced: dict[Node, Node] = dict(self.wholes)
        for node in topological(roots):
            meaning = self.notation.meaning(node)
            if meaning is None:
                continue
            (whole,) = substitute([meaning.of], self.wholes)
            (speed,) = directional([whole], direction)
            replaced[node] = speed
            self._compare_with_quotients(node, whole, speed)
        return substitute(roots, replaced)

    def _compare_with_quotients(self, stand_in: Node, whole: Node, speed: Node) -> None:
        if stand_in in self._seen:
            return
        self._seen.add(stand_in)
        low, high = (ArrayEvaluator([whole], self.arguments)(p) for p in self._apart)
        own = ArrayEvaluator([speed], [*self.arguments, self._moved])(self._ahead)
        with np.errstate(all="ignore"):
            quotient = (high - low) / (2 * _STEP)
            size = np.maximum(np.abs(own), np.abs(quotient))
            rounding = 1e-15 * (np.abs(high) + np.abs(low)) / _STEP
            told = np.isfinite(own) & np.isfinite(quotient) & (rounding < 1e-4 * size)
            near = (np.abs(own - quotient) <= _CLOSE * size)[told]
        if told.sum() >= 3 and near.mean() < 0.75:
            raise StepError(
                f"the differential of {self.notation.show(whole, 'text'):.200} does not match its"
                " difference quotients; please report this formula"
            )
