"""Branch and prune: a box is cut up until every piece is decided, or too small to go on.

A piece is thrown away if the range of its gradient does not hold 0, or if the Krawczyk
operator proves that it holds no critical point; it is a find if the operator proves that a
slightly inflated copy holds exactly one (the inflation catches points on the cuts). What is
left is contracted and cut again.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from steepest.critical.bounds import BROKEN, TOGETHER, Bounds
from steepest.critical.operator import krawczyk
from steepest.evaluate.interval.program import Flag
from steepest.evaluate.numpy import FloatArray

_INFLATION: Final = 0.05
# Cutting slightly off the middle keeps the zeros of symmetric formulas away from the cuts.
_CUT: Final = 0.4987
# Pieces are cut no further when they are this small beside the box …
_FINEST: Final = 2.0**-30
# … or when more than this many of one size look degenerate: a curve of critical points.
_CROWD: Final = 4096
_MANY: Final = 30_000
# A piece this small beside the box that may leave the domain is reported, not thrown away.
_DOMAIN: Final = 2.0**-8
# More pieces than this at once wait on a stack, so that memory stays bounded.
_BATCH: Final = 1 << 17


@dataclass(frozen=True)
class Progress:
    """How far a search is: boxes examined, pieces waiting, critical points found, seconds."""

    boxes: int
    waiting: int
    found: int
    seconds: float


@dataclass
class Found:
    """What a search leaves: finds and undecided pieces, arrays (n, m) of bounds.

    `unique_lo`, `unique_hi`: where each find is the only critical point; `lo`, `hi`: where it
    lies. `open_lo`, `open_hi`: pieces left undecided; `open_flags` (m,): their flags, with
    `BUDGET` where only time or boxes were missing. `undefined`: f has no value in the box.
    """

    unique_lo: list[FloatArray] = field(default_factory=list)
    unique_hi: list[FloatArray] = field(default_factory=list)
    lo: list[FloatArray] = field(default_factory=list)
    hi: list[FloatArray] = field(default_factory=list)
    open_lo: list[FloatArray] = field(default_factory=list)
    open_hi: list[FloatArray] = field(default_factory=list)
    open_flags: list[NDArray[np.uint8]] = field(default_factory=list)
    boxes: int = 0
    undefined: bool = True

    @property
    def count(self) -> int:
        """The number of finds, the same point perhaps several times."""
        return sum(part.shape[1] for part in self.lo)

    def leave(self, lo: FloatArray, hi: FloatArray, flags: NDArray[np.uint8]) -> None:
        """Gives up on pieces."""
        if lo.shape[1]:
            self.open_lo.append(lo)
            self.open_hi.append(hi)
            self.open_flags.append(flags)


#: Set on pieces that were never decided because the budget ran out.
BUDGET: Final = 128


def search(
    bounds: Bounds,
    lo: FloatArray,
    hi: FloatArray,
    found: Found,
    *,
    max_boxes: int,
    seconds: float,
) -> Iterator[Progress]:
    """Fills `found` with the critical points of the box [lo, hi] (n,); yields after each batch.

    When `max_boxes` or `seconds` are used up, the rest of the box is left with flag BUDGET.
    """
    start = time.perf_counter()
    whole = (hi - lo)[:, None]
    # With each group of pieces goes how often in a row it grew as a curve makes it grow.
    stack = [(*_first_pieces(lo[:, None], hi[:, None]), 0)]
    while stack:
        spent = time.perf_counter() - start
        if found.boxes >= max_boxes or spent >= seconds:
            found.undefined = False
            for waiting_lo, waiting_hi, _ in stack:
                budget = np.full(waiting_lo.shape[1], BUDGET, np.uint8)
                found.leave(waiting_lo, waiting_hi, budget)
            return
        piece_lo, piece_hi, steady = stack.pop()
        if piece_lo.shape[1] > _BATCH:
            half = piece_lo.shape[1] // 2
            stack.append((piece_lo[:, half:], piece_hi[:, half:], steady))
            piece_lo, piece_hi = piece_lo[:, :half], piece_hi[:, :half]
        piece_lo, piece_hi, steady = _examine(bounds, piece_lo, piece_hi, whole, found, steady)
        if piece_lo.shape[1]:
            stack.append((piece_lo, piece_hi, steady))
        waiting = sum(part[0].shape[1] for part in stack)
        yield Progress(found.boxes, waiting, found.count, time.perf_counter() - start)


def _first_pieces(lo: FloatArray, hi: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The box in up to 64 pieces: so many take hardly longer than one."""
    n = len(lo)
    for _ in range(max(0, 6 // n)):
        _, lo, hi = halve(lo, hi, np.ones(lo.shape, bool))
    return lo, hi


def _examine(
    bounds: Bounds,
    lo: FloatArray,
    hi: FloatArray,
    whole: FloatArray,
    found: Found,
    steady: int,
) -> tuple[FloatArray, FloatArray, int]:
    """Decides what it can of the pieces [lo, hi] (n, m); returns the next, smaller ones."""
    examined = lo.shape[1]
    found.boxes += examined
    # For a few pieces the calls cost more than the arithmetic: then one call does it all.
    if lo.shape[1] > TOGETHER or not bounds.f.node.total:
        lo, hi = _filter(bounds, lo, hi, whole, found)
        if not lo.shape[1]:
            return lo, hi, 0
    centre = 0.5 * lo + 0.5 * hi
    margin = _INFLATION * (hi - lo)
    wide_lo, wide_hi = lo - margin, hi + margin
    pieces, at_centre = bounds.with_centres(wide_lo, wide_hi, centre)
    decision = krawczyk(wide_lo, wide_hi, centre, at_centre, pieces.hessian)
    broken = (pieces.flags & BROKEN) != 0
    unique = decision.unique & ~broken
    finds = int(unique.sum())
    if finds:
        found.unique_lo.append(wide_lo[:, unique])
        found.unique_hi.append(wide_hi[:, unique])
        found.lo.append(np.maximum(decision.lo, wide_lo)[:, unique])
        found.hi.append(np.minimum(decision.hi, wide_hi)[:, unique])

    usable = ~broken
    new_lo = np.where(usable, np.maximum(lo, decision.lo), lo)
    new_hi = np.where(usable, np.minimum(hi, decision.hi), hi)
    empty = (decision.empty & usable) | np.any(new_lo > new_hi, axis=0)
    flat = np.all((pieces.gradient[0] <= 0) & (pieces.gradient[1] >= 0), axis=0)
    empty |= ~flat & ((pieces.flags & Flag.UNDEFINED) == 0)
    going = ~unique & ~empty
    found.undefined &= bool(going.all())
    lo, hi = new_lo[:, going], new_hi[:, going]
    flags = pieces.flags[going]
    suspect = (broken | decision.singular)[going]

    size = hi - lo
    finest = np.maximum(_FINEST * whole, 2.0**-46 * np.maximum(np.abs(lo), np.abs(hi)))
    done = np.all(size <= finest, axis=0)
    if suspect.sum() > _CROWD:
        done |= suspect & np.all(size <= 2.0**-6 * whole, axis=0)
    # Along a curve of critical points, in the plane, half of the pieces are left each time.
    left = lo.shape[1]
    steady = steady + 1 if not finds and 0.37 * examined < left < 0.65 * examined else 0
    if len(lo) == 2 and left > _CROWD and steady >= (4 if left < _MANY else 2):
        done[:] = True
    found.undefined &= not done.any()
    found.leave(lo[:, done], hi[:, done], flags[done])
    lo, hi = lo[:, ~done], hi[:, ~done]
    magnitude = np.maximum(np.abs(pieces.hessian[0]), np.abs(pieces.hessian[1]))
    return *_cut(lo, hi, whole, magnitude[:, :, going][:, :, ~done]), steady


def _filter(
    bounds: Bounds, lo: FloatArray, hi: FloatArray, whole: FloatArray, found: Found
) -> tuple[FloatArray, FloatArray]:
    """The pieces whose gradient may vanish, and larger ones at the edge of the domain."""
    first = bounds.gradients(lo, hi)
    nowhere = (first.flags & Flag.NOWHERE) != 0
    possible = np.all((first.lo[1:] <= 0) & (first.hi[1:] >= 0), axis=0) & ~nowhere
    # Outside its domain f has no critical points, but the pieces at the edge must be told.
    edge = ((first.flags & Flag.UNDEFINED) != 0) & ~nowhere & ~possible
    small = np.all(hi - lo <= _DOMAIN * whole, axis=0)
    found.leave(lo[:, edge & small], hi[:, edge & small], first.flags[edge & small])
    keep = possible | (edge & ~small)
    found.undefined &= bool((keep | nowhere).all())
    return lo[:, keep], hi[:, keep]


def _cut(
    lo: FloatArray, hi: FloatArray, whole: FloatArray, hessian: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """The pieces cut: in the plane along every long side, else where the gradient varies most."""
    n = len(lo)
    size = hi - lo
    if n <= 2:
        share = size / whole
        sides = share >= 0.5 * share.max(axis=0, initial=0.0)
    else:
        with np.errstate(all="ignore"):
            smear = np.nan_to_num(hessian.max(axis=0) * size, nan=np.inf)
        smear[:, np.isinf(smear).any(axis=0)] = 0
        # Where nothing is known, or a side has become thin, the longest side.
        smear += 1e-9 * size / whole * smear.max(axis=0, initial=0.0) + 1e-300 * size / whole
        sides = np.arange(n)[:, None] == np.argmax(smear, axis=0)
    return halve(lo, hi, sides)[1:]


def halve(
    lo: FloatArray, hi: FloatArray, sides: NDArray[np.bool_], turn: float = 0.0
) -> tuple[NDArray[np.intp], FloatArray, FloatArray]:
    """The pieces [lo, hi] (n, m) cut along every side that `sides` (n, m) marks.

    Returns for each new piece the number of the old one, and the new bounds. With `turn`, the
    cuts along the second, third, … coordinate are that much further from the middle.
    """
    source = np.arange(lo.shape[1])
    for i in range(len(lo)):
        cut = sides[i, source]
        if not cut.any():
            continue
        second_lo, second_hi = lo[:, cut], hi[:, cut]
        at = second_lo[i] + (_CUT - i * turn) * (second_hi[i] - second_lo[i])
        second_lo[i] = at
        hi = hi.copy()
        hi[i, cut] = at
        lo, hi = np.concatenate([lo, second_lo], axis=1), np.concatenate([hi, second_hi], axis=1)
        source = np.concatenate([source, source[cut]])
    return source, lo, hi
