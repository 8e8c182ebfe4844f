"""Random points where a formula is defined, always the same ones, and comparisons at them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from steepest.evaluate.numpy import FloatArray, NumpyEvaluator
from steepest.evaluate.tape import Tape
from steepest.expression.graph import Node, build, topological, variables_of

_DRAWN: Final = 240
_AGREE: Final = 1e-6  # relative; rounding stays far below except where terms cancel
_FEWEST: Final = 3  # points that must tell before a comparison says anything


def evaluate(roots: Sequence[Node], variables: Sequence[str], points: FloatArray) -> FloatArray:
    """The values (k, m) of `roots` at `points` (m, n)."""
    return NumpyEvaluator(Tape.record(roots, variables))(points)


def candidates(n: int, count: int = _DRAWN, seed: int = 2027) -> FloatArray:
    """Points (count, n) of several sizes: near 0, positive, farther out, and some large."""
    random = np.random.default_rng(seed)
    quarter = count // 4
    return np.concatenate(
        [
            random.uniform(-1.5, 1.5, (quarter, n)),
            random.uniform(0.1, 3.0, (quarter, n)),
            random.uniform(-8.0, 8.0, (quarter, n)),
            random.uniform(-1.0, 1.0, (count - 3 * quarter, n)) * 10.0 ** random.uniform(-2, 3),
        ]
    )


def points_where_defined(domain: Node, variables: Sequence[str], count: int) -> FloatArray:
    """At most `count` points where `domain` is finite, moderate values first."""
    points = candidates(len(variables))
    (value,) = evaluate([domain], variables, points)
    size = np.abs(value)
    order = np.argsort(np.where(size < 1e6, 0.0, size), kind="stable")
    # Every third point, so that all sizes of coordinates are met.
    defined = order[np.isfinite(value[order])]
    stride = max(1, len(defined) // count)
    return points[defined[::stride][:count]]


def border_points(
    roots: Sequence[Node], variables: Sequence[str], points: FloatArray
) -> FloatArray:
    """Points (k, n) close to the borders on which choices and kinks of `roots` switch.

    Between two of `points` on different sides of a border it is found by bisection; random
    points alone would miss a border that is only slightly misplaced.
    """
    found = [np.empty((0, len(variables)))]
    for edge in _edges(roots)[:_MOST_EDGES]:
        (side,) = evaluate([edge], variables, points)
        low, high = points[side < 0][:_PAIRS], points[side > 0][:_PAIRS]
        count = min(len(low), len(high))
        a, b = low[:count].copy(), high[:count].copy()
        step = b - a
        for _ in range(_HALVINGS):
            middle = (a + b) / 2
            (value,) = evaluate([edge], variables, middle)
            below = (value < 0)[:, None]
            a, b = np.where(below, middle, a), np.where(below, b, middle)
        found += [a - t * step for t in _BESIDE] + [b + t * step for t in _BESIDE]
    return np.concatenate(found)


_MOST_EDGES: Final = 8
_PAIRS: Final = 6
_HALVINGS: Final = 50
_BESIDE: Final = (1e-9, 1e-6, 1e-3)


def _edges(roots: Sequence[Node]) -> list[Node]:
    """Differences that are 0 on a border."""
    edges: dict[Node, None] = {}
    for n in topological(roots):
        if n.op in ("lt", "le", "min", "max"):
            edges[build("sub", *n.args)] = None
        elif n.op in ("abs", "sign", "relu"):
            edges[n.args[0]] = None
    return [e for e in edges if variables_of([e])]


def agree(a: FloatArray, b: FloatArray) -> tuple[bool | None, int]:
    """Whether two rows of values agree, and at how many points both are numbers.

    Where terms cancel, rounding may hide agreement, so a quarter of the points may differ.
    None: too few points can tell.
    """
    with np.errstate(all="ignore"):
        usable = np.isfinite(a) & np.isfinite(b)
        near: NDArray[np.bool_] = np.abs(a - b) <= _AGREE * np.maximum(np.abs(a), np.abs(b)) + 1e-12
    count = int(usable.sum())
    if count < _FEWEST:
        return None, count
    return bool(near[usable].mean() >= 0.75), count


def difference_quotients(
    roots: Sequence[Node], variables: Sequence[str], points: FloatArray, column: int
) -> tuple[FloatArray, FloatArray]:
    """d(root)/d(variable) by central differences, (k, m), and how far off they may be.

    Knows nothing of any rule of differentiation. NaN where the step is too wide to tell, and
    where all is 0: terms may cancel there that leave their rounding in the derivative.
    """
    x = points[:, column]
    h = 1e-3 * np.maximum(1.0, np.abs(x))
    shifted = []
    for step in (h, -h, h / 2, -h / 2):
        moved = points.copy()
        moved[:, column] = x + step
        shifted.append(moved)
    values = evaluate(roots, variables, np.concatenate(shifted))
    wide_up, wide_down, up, down = np.split(values, 4, axis=1)
    with np.errstate(all="ignore"):
        wide, narrow = (wide_up - wide_down) / (2 * h), (up - down) / h
        best = (4 * narrow - wide) / 3
        size = np.abs(up) + np.abs(down)
        scale = np.maximum(np.abs(best), 1e-3 * size)
        error = np.abs(best - narrow) + 1e-13 * size / h
        return np.where((error <= 1e-4 * scale) & (size > 0), best, np.nan), 1e-3 * scale
