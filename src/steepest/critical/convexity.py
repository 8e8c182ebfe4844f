"""Whether a formula is convex on a box: proved, refuted with a witness, or not known."""

from __future__ import annotations

import html
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

import numpy as np

from steepest.critical.bounds import BROKEN, Bounds
from steepest.critical.box import Box, as_bounds, as_formula, undefined_everywhere
from steepest.critical.classify import positive_definite
from steepest.critical.composition import convex_by_composition
from steepest.critical.points import check_budget
from steepest.critical.search import halve
from steepest.critical.semidefinite import semidefinite
from steepest.evaluate.interval.program import Flag
from steepest.evaluate.numpy import FloatArray
from steepest.expression.graph import Node, rational_value
from steepest.functions.formula import Formula

MAX_BOXES: Final = 200_000
_FINEST: Final = 2.0**-24
_COMPOSED: Final = "it is made of convex parts in ways that keep convexity"
_TOO_LARGE: Final = (
    "the rules of composition do not tell, and over these data the formula is too large to be"
    " written out for interval arithmetic"
)


@dataclass(frozen=True)
class Witness:
    """A point x and a unit direction along which f is proved to curve downward.

    The second derivative of f at `x` along `direction` is at most `curvature` < 0.
    """

    x: tuple[float, ...]
    direction: tuple[float, ...]
    curvature: float


@dataclass(frozen=True, repr=False)
class Convexity:
    """Whether `function` is convex on `box`: `convex` is True, False or None.

    True is proved, False refuted by `witness`, None not proved either way; see `reason`.
    """

    function: Formula
    box: tuple[tuple[float, float], ...]
    convex: bool | None
    witness: Witness | None
    reason: str
    boxes: int

    def __bool__(self) -> bool:
        """True only if convexity is proved."""
        return self.convex is True

    @property
    def sentence(self) -> str:
        """The answer in words."""
        if self.convex:
            return f"convex on the box (proved): {self.reason}"
        if self.witness is None:
            return f"not proved either way: {self.reason}"
        place, along = (
            ", ".join(f"{v:.6g}" for v in values)
            for values in (self.witness.x, self.witness.direction)
        )
        return (
            f"not convex (proved): at ({place}) along ({along}) the second derivative is at most"
            f" {self.witness.curvature:.6g}"
        )

    def __str__(self) -> str:
        return f"{self.function}: {self.sentence}"

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return f"<p>{html.escape(str(self))}</p>"


def is_convex(
    f: Formula | str, box: Box, *, max_boxes: int = MAX_BOXES, seconds: float = math.inf
) -> Convexity:
    """Whether f is convex on the box [(lo, hi), …].

    Yes if the Hessian is positive semidefinite on every piece of the box, by interval
    arithmetic (exactly, for quadratic functions); no with a point and a direction in which f
    curves downward; otherwise not proved. A kink is never decided, so |x| is not proved.
    A formula over data, of any size, is also proved convex by rules of composition, kinks
    included: least squares, ridge and lasso, logistic loss.

    Raises:
        PointError: the box does not fit, is empty, inverted or infinite, or lies outside the
            domain of f.
        ParameterError: f is no formula or has no variables; a budget is not positive.

    Example:
        >>> is_convex("x^2 + x y + y^2", [(-1, 1), (-1, 1)]).convex
        True
    """
    started = time.perf_counter()
    f = as_formula(f)
    lo, hi = as_bounds(f, box)
    check_budget(max_boxes, seconds)
    shown = tuple(zip(lo.tolist(), hi.tolist(), strict=True))
    if f.arrays is not None:
        if convex_by_composition(f.root):
            return Convexity(f, shown, True, None, _COMPOSED, 0)
        if not f.has_graph:
            return Convexity(f, shown, None, None, _TOO_LARGE, 0)
    bounds = Bounds(f)
    flags = int(bounds.pieces(lo[:, None], hi[:, None]).flags[0])
    if flags & Flag.NOWHERE:
        raise undefined_everywhere(f, lo, hi)
    exact = None if flags & BROKEN else _rational(f.hessian_nodes)
    if exact is not None and semidefinite(exact):
        reason = "the Hessian is constant and positive semidefinite"
        return Convexity(f, shown, True, None, reason, 0)
    whole = (hi - lo)[:, None]
    piece_lo, piece_hi = lo[:, None], hi[:, None]
    boxes, left = 0, False
    while piece_lo.shape[1]:
        if boxes >= max_boxes or time.perf_counter() - started >= seconds:
            reason = "the budget of boxes or seconds ran out"
            return Convexity(f, shown, None, None, reason, boxes)
        boxes += piece_lo.shape[1]
        witness = _witness(bounds, 0.5 * piece_lo + 0.5 * piece_hi)
        if witness is not None:
            return Convexity(f, shown, False, witness, "", boxes)
        pieces = bounds.pieces(piece_lo, piece_hi)
        proved = (pieces.flags & BROKEN) == 0
        proved &= positive_definite(*pieces.hessian) | _dominant(*pieces.hessian)
        open_lo, open_hi = piece_lo[:, ~proved], piece_hi[:, ~proved]
        small = np.all(open_hi - open_lo <= _FINEST * whole, axis=0)
        left |= bool(small.any())
        open_lo, open_hi = open_lo[:, ~small], open_hi[:, ~small]
        share = (open_hi - open_lo) / whole
        sides = share >= 0.7 * share.max(axis=0, initial=0.0)
        _, piece_lo, piece_hi = halve(open_lo, open_hi, sides)
    if left:
        reason = "the Hessian is singular or does not exist somewhere, to within rounding"
        return Convexity(f, shown, None, None, reason, boxes)
    reason = f"the Hessian is positive semidefinite on each of {boxes} pieces"
    return Convexity(f, shown, True, None, reason, boxes)


def _witness(bounds: Bounds, points: FloatArray) -> Witness | None:
    """The point of `points` (n, m) where f curves down most, if one is proved to."""
    pieces = bounds.pieces(points, points)
    usable = (pieces.flags & BROKEN) == 0
    lo, hi = pieces.hessian
    usable &= np.isfinite(lo).all(axis=(0, 1)) & np.isfinite(hi).all(axis=(0, 1))
    if not usable.any():
        return None
    points, lo, hi = points[:, usable], lo[..., usable], hi[..., usable]
    stack = np.moveaxis(0.5 * lo + 0.5 * hi, 2, 0)
    values, vectors = np.linalg.eigh(stack)
    k = int(np.argmin(values[:, 0]))
    v = vectors[k, :, 0]
    # An upper bound of vᵀHv, every rounding covered twice over.
    outer = np.outer(v, v)
    terms = np.maximum(outer * lo[..., k], outer * hi[..., k])
    bound = terms.sum() + 2.0**-50 * (v.size**2 + 2) * np.abs(terms).sum()
    if not bound < 0:
        return None
    return Witness(tuple(points[:, k].tolist()), tuple(v.tolist()), float(bound))


def _dominant(lo: FloatArray, hi: FloatArray) -> np.ndarray:
    """Where every matrix in [lo, hi] has a diagonal as large as the rest of its rows.

    Then no eigenvalue is negative (Gershgorin), though one may be 0.
    """
    n = len(lo)
    size = np.maximum(np.abs(lo), np.abs(hi))
    rest = np.zeros(lo.shape[1:])
    for i in range(n):
        others = [size[i, j] for j in range(n) if j != i]
        total = sum(others, np.zeros(lo.shape[2]))
        rest[i] = np.where(
            np.sum([o > 0 for o in others], axis=0) > 1, total * (1 + 2.0**-40), total
        )
    return np.all(np.einsum("iim->im", lo) >= rest, axis=0)


def _rational(rows: Sequence[Sequence[Node]]) -> list[list[Fraction]] | None:
    """The matrix if all its entries are rational constants."""
    matrix: list[list[Fraction]] = []
    for row in rows:
        values = [value for node in row if (value := rational_value(node)) is not None]
        if len(values) < len(row):
            return None
        matrix.append([Fraction(value) for value in values])
    return matrix
