"""The level curve of a formula of two variables: every component in a box."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike

from steepest.critical.bounds import BROKEN, Bounds
from steepest.critical.box import Box, as_bounds, as_formula, undefined_everywhere
from steepest.critical.certify import refine
from steepest.critical.clusters import Region, connected, regions
from steepest.critical.operator import krawczyk
from steepest.errors import ParameterError
from steepest.evaluate.interval.program import Flag
from steepest.evaluate.numpy import FloatArray
from steepest.functions.formula import Formula
from steepest.levels.cells import Cells, simple_cells
from steepest.levels.chains import Chain, chains
from steepest.levels.tracing import arcs

_TINY: Final = 1e-5  # of the box: leftovers this small are points where branches meet


@dataclass(frozen=True, repr=False)
class LevelCurve:
    """The set {f = level} in `box`: `components`, polylines with arrays `points` (k, 2).

    Where branches meet, in a singular point, each of them is a component of its own.

    `singular` (s, 2): such points, and those that are all there is of the curve nearby.
    `undecided`: regions in which the curve could not be followed. `complete` says that there
    are none: no component is missing. `residual` is the largest distance of a point from the
    curve, |f - level|/‖∇f‖, beside the size of the box; `orthogonality` the largest |cosine|
    of the angle between ∇f and the direction from one point of the curve to one close by.
    """

    function: Formula
    box: tuple[tuple[float, float], ...]
    level: float
    components: tuple[Chain, ...]
    singular: FloatArray
    undecided: tuple[Region, ...]
    residual: float
    orthogonality: float

    @property
    def complete(self) -> bool:
        """Whether it is proved that no component is missing."""
        return not self.undecided

    @property
    def sentence(self) -> str:
        """What was found, in words."""
        count = len(self.components)
        found = f"{count} component{'' if count == 1 else 's'}"
        if len(self.singular):
            found += f" and {len(self.singular)} singular point"
            found += "" if len(self.singular) == 1 else "s"
        if self.complete:
            return f"{found}; none is missing (proved)"
        return f"{found}; not complete: {len(self.undecided)} undecided regions"

    def __str__(self) -> str:
        return f"{self.function} = {self.level:.10g}: {self.sentence}"

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return f"<p>{html.escape(str(self))}</p>"


def level_curve(
    f: Formula | str, *, box: Box, through: ArrayLike | None = None, level: float | None = None
) -> LevelCurve:
    """All components of {f = level} in the box [(lo, hi), (lo, hi)], none missed.

    Give the level, or a point `through` which the curve goes. Cells are thrown away only if
    interval arithmetic proves that f is not the level there.

    Raises:
        ParameterError: f has not two variables, or neither or both of `through` and `level`
            are given, or the level is not a finite number.
        PointError: the box or the point does not fit; f is undefined at the point or on the
            whole box.

    Example:
        >>> level_curve("x^2 + y^2", level=1, box=[(-2, 2), (-2, 2)]).components[0].closed
        True
    """
    f = as_formula(f)
    if f.dim != 2:
        raise ParameterError(f"{f} has {f.dim} variables; a level curve needs two")
    lo, hi = as_bounds(f, box)
    c = _level(f, through, level)
    bounds = Bounds(f)
    if int(bounds.values(lo[:, None], hi[:, None]).flags[0]) & Flag.NOWHERE:
        raise undefined_everywhere(f, lo, hi)
    cells = simple_cells(bounds, c, lo, hi)
    nodes, singular, left = _leftovers(bounds, cells, lo, hi)
    components = chains(arcs(f, c, cells), nodes, singular, hi - lo)
    residual, orthogonality = _quality(f, c, components, nodes, hi - lo)
    return LevelCurve(
        function=f,
        box=tuple(zip(lo.tolist(), hi.tolist(), strict=True)),
        level=c,
        components=components,
        singular=nodes[:singular],
        undecided=left,
        residual=residual,
        orthogonality=orthogonality,
    )


def _level(f: Formula, through: ArrayLike | None, level: float | None) -> float:
    if (through is None) == (level is None):
        raise ParameterError("give either through= (a point) or level= (a number)")
    value = f(through) if through is not None else float(level)  # type: ignore[arg-type]
    if not np.isfinite(value):
        what = f"f at the point {through!r}" if through is not None else "level"
        raise ParameterError(f"{what} is {value}: a level must be a finite number")
    return value


def _leftovers(
    bounds: Bounds, cells: Cells, lo: FloatArray, hi: FloatArray
) -> tuple[FloatArray, int, tuple[Region, ...]]:
    """Tiny groups of cells that are not simple, as points (s, 2); the larger ones as regions.

    The points where ∇f may vanish come first, and their number is returned; the others are
    places where the curve only meets the corner of a cell.
    """
    a, b, flags = cells.left_lo, cells.left_hi, cells.left_flags
    singular: list[FloatArray] = []
    plain: list[FloatArray] = []
    large = np.zeros(a.shape[1], bool)
    group = connected(a, b, lo, hi)
    for k in range(int(group.max(initial=-1)) + 1):
        inside = group == k
        low, high = a[:, inside].min(axis=1), b[:, inside].max(axis=1)
        if np.any(high - low > _TINY * (hi - lo)):
            large |= inside
            continue
        found = bounds.gradients(low[:, None], high[:, None])
        if np.any((found.lo[1:] > 0) | (found.hi[1:] < 0)):
            plain.append(0.5 * (low + high))
        else:
            singular.append(_pinned(bounds, low, high))
    points = np.array([*singular, *plain]).reshape(-1, 2)
    left = regions(a[:, large], b[:, large], flags[large], lo, hi)
    return points, len(singular), left


def _pinned(bounds: Bounds, low: FloatArray, high: FloatArray) -> FloatArray:
    """The critical point in or next to a tiny box if there is exactly one, else its middle."""
    margin = 2 * (high - low)
    a, b = (low - margin)[:, None], (high + margin)[:, None]
    centre = 0.5 * a + 0.5 * b
    pieces, gradient = bounds.with_centres(a, b, centre)
    decision = krawczyk(a, b, centre, gradient, pieces.hessian)
    if decision.unique[0] and not int(pieces.flags[0]) & BROKEN:
        a, b = refine(bounds, np.maximum(a, decision.lo), np.minimum(b, decision.hi))
    return (0.5 * a + 0.5 * b)[:, 0]


def _quality(
    f: Formula, c: float, components: tuple[Chain, ...], nodes: FloatArray, size: FloatArray
) -> tuple[float, float]:
    """How far points are from the curve, and how far ∇f is from perpendicular to it."""
    if not components:
        return 0.0, 0.0
    points = np.concatenate([chain.points for chain in components])
    # Steps that are short even on a small component, but long beside rounding.
    extents = [np.ptp(chain.points, axis=0).max() for chain in components]
    step = 1e-4 * np.repeat(extents, [len(chain.points) for chain in components])[:, None]
    for node in nodes:
        away = np.abs((points - node) / size).max(axis=1) > 10 * _TINY
        points, step = points[away], step[away]
    if not len(points):
        return 0.0, 0.0
    values, gradients = f.values_and_gradients(points)
    steep = np.linalg.norm(gradients, axis=1)
    residual = float(np.max(np.abs(values - c) / steep)) / float(np.linalg.norm(size))
    normal = gradients / steep[:, None]
    tangent = np.column_stack([-normal[:, 1], normal[:, 0]])
    ends = [_back(f, c, points + side * step * tangent) for side in (1, -1)]
    chord = ends[0] - ends[1]
    length = np.linalg.norm(chord, axis=1)
    cosine = np.abs((chord * normal).sum(axis=1)) / length
    return residual, float(np.max(cosine))


def _back(f: Formula, c: float, points: FloatArray) -> FloatArray:
    """`points` (k, 2) moved onto the curve by Newton's method along ∇f."""
    for _ in range(4):
        values, gradients = f.values_and_gradients(points)
        square: Any = (gradients**2).sum(axis=1)
        points = points - ((values - c) / square)[:, None] * gradients
    return points
