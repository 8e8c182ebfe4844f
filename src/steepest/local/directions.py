"""Which rays and arcs from a point can betray a function that is not differentiable there.

The slope of f, as a function of the direction, is made of pieces that meet where the
argument of some singular operation vanishes to first order. So besides random directions
the probes go along and across those boundaries; a narrow cone around one cannot hide.
Arcs (a parabola instead of a ray) tell f's that are linear along every ray and still not
differentiable.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from fractions import Fraction
from math import isfinite, sqrt

from steepest.expression.graph import Node
from steepest.local import balls
from steepest.local.rays import Value
from steepest.local.series import Series

Vector = list[Fraction]
_RANDOM = 8  # random directions, each with its opposite
_BOUNDARIES = 6  # singular operations whose boundaries are probed
_ARC_AXES = 8


def axis(n: int, i: int, sign: int) -> Vector:
    """±eᵢ."""
    return [Fraction(sign if k == i else 0) for k in range(n)]


def probes(
    n: int, touched: list[Node], runs: list[tuple[dict[Node, Value], dict[Node, Value]]]
) -> Iterator[tuple[Vector, Vector | None]]:
    """Directions (with the arc's second-order term, or None) besides the axes.

    `runs` are the values of all nodes along -eᵢ and +eᵢ.
    """
    if n < 2:
        return
    source = random.Random(20)
    for _ in range(_RANDOM):
        d = _random(n, source)
        yield d, None
        yield [-c for c in d], None
        yield d, _random(n, source)
    for i in range(min(n, _ARC_AXES)):
        for s in (-1, 1):
            yield axis(n, i, s), _random(n, source)
            yield axis(n, i, s), [-c for c in _random(n, source)]
    for node in touched[-_BOUNDARIES:]:
        normal = _normal(n, node, runs)
        if normal is not None:
            yield from _around(normal, source)


def _random(n: int, source: random.Random) -> Vector:
    return [Fraction(source.choice((-1, 1)) * source.randint(3, 64), 16) for _ in range(n)]


def _normal(
    n: int, node: Node, runs: list[tuple[dict[Node, Value], dict[Node, Value]]]
) -> list[float] | None:
    """The gradient of what vanishes at `node`, from its first-order terms along the axes."""
    normal: list[float] = []
    for i in range(n):
        slope = 0.0
        # One side may be flat (inside another kink): take the steeper.
        for s, values in zip((-1, 1), runs[i], strict=True):
            one = s * _first_order(node, values)
            slope = one if abs(one) > abs(slope) else slope
        normal.append(slope)
    size = sqrt(sum(c * c for c in normal)) if all(map(isfinite, normal)) else 0.0
    return [c / size for c in normal] if size > 0 else None


def _first_order(node: Node, values: dict[Node, Value]) -> float:
    inside = node.args[:2] if node.op in ("min", "max", "lt", "le") else node.args[:1]
    total = 0.0
    for factor, argument in zip((1, -1), inside, strict=False):
        series = values[argument]
        if isinstance(series, Series):
            total += factor * sum(balls.to_float(c) for e, c in series.terms if e == 1)
    return total


def _around(normal: list[float], source: random.Random) -> Iterator[tuple[Vector, None]]:
    """Across the boundary, and along it on both sides."""
    yield _exact(normal), None
    yield _exact([-c for c in normal]), None
    for _ in range(2):
        v = [source.gauss(0, 1) for _ in normal]
        across = sum(a * b for a, b in zip(v, normal, strict=True))
        along = [a - across * b for a, b in zip(v, normal, strict=True)]
        size = sqrt(sum(c * c for c in along)) or 1.0
        for s in (-1, 1):
            for tilt in (0.0, 1e-5, -1e-5):
                yield (
                    _exact([s * a / size + tilt * b for a, b in zip(along, normal, strict=True)]),
                    None,
                )


def _exact(direction: list[float]) -> Vector:
    return [Fraction(round(c * 2**24), 2**24) for c in direction]
