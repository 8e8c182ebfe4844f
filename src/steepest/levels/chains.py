"""Arcs joined end to end into polylines."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Final

import numpy as np

from steepest.evaluate.numpy import FloatArray

_SAME: Final = 1e-9  # of the box: ends this close are one point
_NEAR: Final = 1e-5  # of the box: an end this close to a singular point ends there


@dataclass(frozen=True)
class Chain:
    """A polyline: `points` (k, 2); if it is `closed`, the first point is the last one again."""

    points: FloatArray
    closed: bool


def chains(
    arcs: FloatArray, nodes: FloatArray, singular: int, size: FloatArray
) -> tuple[Chain, ...]:
    """The arcs (a, 5, 2) as polylines.

    Ends close to one of `nodes` (s, 2) are one point. At the first `singular` of them polylines
    end; at the others they go on, as everywhere.
    """
    ends = _ends(arcs, nodes, size)
    # What runs from a singular point back to it without leaving its tiny box is no component.
    kept = [k for k, (a, b) in enumerate(ends) if a != b or a >= len(nodes)]
    arcs, ends = arcs[kept], [ends[k] for k in kept]
    at: defaultdict[int, list[int]] = defaultdict(list)
    for arc, pair in enumerate(ends):
        for end in pair:
            at[end].append(arc)
    used = [False] * len(ends)
    found: list[Chain] = []
    # Open chains first: from singular points and from the boundary; then what is left is closed.
    starts = [end for end, there in at.items() if end < singular or len(there) != 2]
    for start in [*starts, *at]:
        for arc in at[start]:
            if not used[arc]:
                found.append(_follow(arcs, ends, at, used, singular, start, arc, nodes))
    return tuple(found)


def _follow(
    arcs: FloatArray,
    ends: list[tuple[int, int]],
    at: defaultdict[int, list[int]],
    used: list[bool],
    singular: int,
    start: int,
    arc: int,
    nodes: FloatArray,
) -> Chain:
    parts = [nodes[start][None]] if start < singular else []
    here = start
    while True:
        used[arc] = True
        a, b = ends[arc]
        points = arcs[arc] if a == here else arcs[arc][::-1]
        # Neighbours share the end point.
        parts.append(points if not parts or len(parts[-1]) == 1 else points[1:])
        here = b if a == here else a
        onward = [k for k in at[here] if not used[k]]
        if here < singular or not onward or len(at[here]) != 2:
            break
        arc = onward[0]
    if here < singular:
        parts.append(nodes[here][None])
    points = np.concatenate(parts)
    closed = here == start
    if closed:
        points[-1] = points[0]
    return Chain(points, closed)


def _ends(arcs: FloatArray, nodes: FloatArray, size: FloatArray) -> list[tuple[int, int]]:
    """A number for both ends of each arc, equal for ends that are one point.

    The first numbers are the singular points'.
    """
    points = np.concatenate([arcs[:, 0], arcs[:, -1]]) / size
    numbers = np.full(len(points), -1)
    for k, node in enumerate(nodes / size):
        numbers[np.abs(points - node).max(axis=1) <= _NEAR] = k
    count = len(nodes)
    cells: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
    for k in np.flatnonzero(numbers < 0).tolist():
        x, y = points[k]
        i, j = int(np.floor(x / (4 * _SAME))), int(np.floor(y / (4 * _SAME)))
        for near in ((i + di, j + dj) for di in (-1, 0, 1) for dj in (-1, 0, 1)):
            close = (t for t in cells[near] if np.abs(points[t] - points[k]).max() <= _SAME)
            twin = next(close, None)
            if twin is not None:
                numbers[k] = numbers[twin]
                break
        else:
            numbers[k] = count
            count += 1
        cells[i, j].append(k)
    half = len(arcs)
    return list(zip(numbers[:half].tolist(), numbers[half:].tolist(), strict=True))
