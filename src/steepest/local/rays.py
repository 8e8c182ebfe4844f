"""An expression along a ray or arc that starts at a point, and its one-sided slope there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import inf

import numpy as np

from steepest.expression import typeset
from steepest.expression.graph import Node, topological
from steepest.local import balls
from steepest.local.balls import Ball, Number, sign
from steepest.local.series import Algebra, Exponent, Leaves, Series, Unknown, number
from steepest.local.singular import OPERATIONS, touches

_SIZES = (6, 24)  # terms of an expansion: the second is tried where the first is too short

_PI = number(Ball(np.pi, 2e-16))
_E = number(Ball(np.e, 3e-16))

#: What a node is for small t > 0: an expansion, a truth value, or why there is neither.
Value = Series | bool | Leaves | Unknown


@dataclass(frozen=True)
class Slope:
    """The one-sided slope of f along a ray.

    `value` is a number or ±inf; `jump` is set if f does not tend to its value at the point.
    """

    value: Number | float
    jump: bool = False

    @property
    def as_float(self) -> float:
        """The slope as a double."""
        value = self.value
        return float(value) if isinstance(value, float | int) else balls.to_float(value)


class Rays:
    """Evaluates one graph on expansions around one point.

    The point's coordinates stand for the decimals they print as, as constants of a formula
    do: |x - 0.1| has its kink at 0.1.
    """

    def __init__(self, root: Node, variables: Sequence[str], point: Sequence[float]) -> None:
        self.root = root
        self.order = topological([root])
        self.variables = tuple(variables)
        self.point = [Fraction(repr(float(c))) for c in point]
        self._fixed: dict[Node, Value] = {}
        self.at_point = self._run({name: () for name in variables}, _SIZES[0])
        # What no variable reaches is the same on every ray.
        moving: set[Node] = set()
        for node in self.order:
            if node.op == "var" or any(a in moving for a in node.args):
                moving.add(node)
        self._fixed = {n: v for n, v in self.at_point.items() if n not in moving}

    @property
    def value(self) -> Value:
        """f at the point itself."""
        return self.at_point[self.root]

    def touched(self) -> list[Node]:
        """The operations that f depends on and that are not smooth at the point.

        A branch that `where` does not take is none of f's business.
        """
        found: list[Node] = []
        needed: set[Node] = {self.root}
        for node in reversed(self.order):
            if node not in needed:
                continue
            inputs = node.args
            if node.op == "where":
                condition = self.at_point[node.args[0]]
                if isinstance(condition, bool):
                    inputs = (node.args[0], node.args[1] if condition else node.args[2])
            needed.update(inputs)
            values = [self.at_point[a] for a in node.args]
            if node.op == "where" or not values or not all(isinstance(v, Series) for v in values):
                continue
            if touches(node.op, values):  # type: ignore[arg-type]
                found.append(node)
        return found

    def along(
        self, direction: Sequence[Fraction], bend: Sequence[Fraction] | None = None
    ) -> dict[Node, Value]:
        """All nodes at point + t·direction + t²·bend for small t > 0."""
        paths: dict[str, tuple[Fraction, ...]] = {}
        for i, name in enumerate(self.variables):
            path = (direction[i],) if bend is None else (direction[i], bend[i])
            paths[name] = path
        values: dict[Node, Value] = {}
        for size in _SIZES:
            values = self._run(paths, size)
            root = values[self.root]
            if not (isinstance(root, Unknown) and root.more):
                if isinstance(root, Series) and root.end <= 1:
                    continue
                break
        return values

    def slope(
        self, direction: Sequence[Fraction], bend: Sequence[Fraction] | None = None
    ) -> Slope | None:
        """The slope along a ray or arc, None if f does not exist there; may raise Unknown."""
        return self.slope_in(self.along(direction, bend))

    def slope_in(self, values: dict[Node, Value]) -> Slope | None:
        """The slope that an answer of `along` holds."""
        ray, here = values[self.root], self.value
        if isinstance(ray, Leaves):
            return None
        if not isinstance(ray, Series):
            raise ray if isinstance(ray, Unknown) else Unknown("f is not a number")
        assert isinstance(here, Series)
        if ray.lowest < 0:
            s = sign(ray.terms[0][1]) if ray.terms else None
            if not s:
                raise Unknown("an inner expression grows without bound")
            return Slope(s * inf, jump=True)
        gap = ray.constant - here.constant
        apart = sign(gap)
        if apart:
            return Slope(apart * inf, jump=True)
        for exponent, coefficient in ray.varying().terms:
            if exponent > 1:
                break
            if exponent == 1:
                return Slope(coefficient)
            s = sign(coefficient)
            if s is None:
                raise Unknown("a number is zero only to within rounding")
            return Slope(s * inf)
        if ray.end <= 1:
            raise Unknown("the expansion does not reach the first order", more=True)
        return Slope(Fraction(0))

    def _run(self, paths: dict[str, tuple[Fraction, ...]], size: int) -> dict[Node, Value]:
        algebra = Algebra(size)
        start = dict(zip(self.variables, self.point, strict=True))
        values: dict[Node, Value] = dict(self._fixed)
        for node in self.order:
            if node in values:
                continue
            if node.op == "var":
                name = str(node.value)
                terms: dict[Exponent, Number] = {0: start[name]}
                terms.update(enumerate(paths[name], 1))
                values[node] = algebra.make(terms, inf)
            else:
                values[node] = _operate(algebra, node, [values[a] for a in node.args])
        return values


def _operate(algebra: Algebra, node: Node, arguments: list[Value]) -> Value:
    op = node.op
    if op == "const":
        assert isinstance(node.value, int | Fraction)
        return number(Fraction(node.value))
    if op in ("pi", "e"):
        return _PI if op == "pi" else _E
    if op == "where":
        condition = arguments[0]
        if isinstance(condition, bool):
            return arguments[1] if condition else arguments[2]
        return condition
    for kind in (Leaves, Unknown):
        for argument in arguments:
            if isinstance(argument, kind):
                if isinstance(argument, Leaves) and op in ("lt", "le") and not argument.infinite:
                    return False  # comparisons with NaN are, in every evaluator
                return argument
    try:
        if op == "ipow":
            assert isinstance(node.value, int)
            return algebra.integer_power(arguments[0], node.value)  # type: ignore[arg-type]
        return OPERATIONS[op](algebra, *arguments)
    except Leaves as leaves:
        return Leaves(f"{quoted(node)} {leaves}", leaves.infinite)
    except Unknown as unknown:
        reason = str(unknown)
        if "rounding" in reason or "overflows" in reason:
            reason = f"in {quoted(node)} {reason}"
        return Unknown(reason, unknown.more)


def quoted(node: Node) -> str:
    """The node as text, shortened if it is long."""
    text = typeset.text(node)
    return text if len(text) <= 50 else text[:47] + "…"
