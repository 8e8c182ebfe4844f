"""Reading a box, and refusing what cannot be searched."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, Final

import numpy as np

from steepest.errors import ParameterError, PointError
from steepest.evaluate.numpy import FloatArray
from steepest.expression.graph import ZERO
from steepest.functions.formula import Formula
from steepest.local.function import ScalarFunction

Box = Sequence[tuple[float, float]]

#: An executor is given so many parts of a box: enough for many workers, few enough to start.
SLICES: Final = 16


def as_formula(f: Any) -> Formula:
    """`f` if it has an expression graph; only that can be bounded on a box."""
    if isinstance(f, Formula):
        return f
    if isinstance(f, str):
        return Formula(f)
    raise ParameterError(
        f"nothing can be proved about {type(f).__name__}: only a formula, whose operations are"
        " known, can be bounded on a box; give text or a callable that Formula(…) can trace"
    )


def as_bounds(f: ScalarFunction, box: Box) -> tuple[FloatArray, FloatArray]:
    """The lower and upper bounds (n,) of a box [(lo, hi), …], one pair for each variable.

    Raises PointError for a box with the wrong number of pairs, an empty, inverted or infinite
    one, ParameterError for a function without variables.
    """
    if f.dim == 0:
        raise ParameterError(
            f"{f} has no variables, so there is nothing to search;"
            " declare them if it is meant to be a constant function"
        )
    names = ", ".join(f.variables)
    expected = f"expected {_pairs(f.dim)} (lo, hi), one for each of {names}"
    try:
        bounds = np.array(box, dtype=np.float64)
    except (TypeError, ValueError):
        raise PointError(f"{box!r:.80} is not a box: {expected}") from None
    if bounds.ndim != 2 or bounds.shape[1] != 2:
        raise PointError(f"{box!r:.80} is not a box: {expected}")
    if len(bounds) != f.dim:
        raise PointError(f"the box has {_pairs(len(bounds))} of bounds: {expected}")
    for name, (lo, hi) in zip(f.variables, bounds.tolist(), strict=True):
        shown = f"{name} from {lo:g} to {hi:g}"
        if np.isnan(lo) or np.isnan(hi):
            raise PointError(f"the box has a bound that is not a number: {shown}")
        if np.isinf(lo) or np.isinf(hi):
            raise PointError(
                f"the box is infinite: {shown}; choose finite bounds, as wide as you care to"
                " search: a box of 2000 by 2000 is no slower where the formula is simple"
            )
        if lo > hi:
            raise PointError(f"the box is inverted: {shown}; swap the two bounds")
        if lo == hi:
            raise PointError(f"the box is empty inside: {shown}; give it a width")
        if hi - lo > 1e300:
            raise PointError(f"the box is too wide for double precision: {shown}")
    return np.ascontiguousarray(bounds[:, 0]), np.ascontiguousarray(bounds[:, 1])


def refuse_constant(f: Formula) -> None:
    """Raises ParameterError if every point is critical because f does not vary at all."""
    if all(g is ZERO for g in f.gradient_nodes):
        raise ParameterError(
            f"{f} does not change with {', '.join(f.variables)}: every point is critical"
        )


def undefined_everywhere(f: Formula, lo: FloatArray, hi: FloatArray) -> PointError:
    """The error for a box that lies outside the domain altogether (proved)."""
    shown = ", ".join(
        f"{name} from {a:g} to {b:g}"
        for name, a, b in zip(f.variables, lo.tolist(), hi.tolist(), strict=True)
    )
    return PointError(
        f"{f} is undefined on the whole box ({shown}): choose one that meets its domain"
    )


def _pairs(count: int) -> str:
    return "1 pair" if count == 1 else f"{count} pairs"


def slices(lo: FloatArray, hi: FloatArray) -> Iterator[tuple[FloatArray, FloatArray]]:
    """The box [lo, hi] (n,) cut into `SLICES` nearly equal ones across its widest side."""
    widest = int(np.argmax(hi - lo))
    cuts = np.linspace(lo[widest], hi[widest], SLICES + 1)
    # Slightly off, so that what lies in the middle of a symmetric box lies on no cut.
    cuts[1:-1] -= 0.0103 * (hi[widest] - lo[widest]) / SLICES
    for a, b in pairwise(cuts.tolist()):
        slice_lo, slice_hi = lo.copy(), hi.copy()
        slice_lo[widest], slice_hi[widest] = a, b
        yield slice_lo, slice_hi
