"""Is f differentiable at a point? Decided on the graph, not by sampling f.

Where no operation sits on its singular place (the 0 of an abs, a tie of a max, …), f is a
composition of smooth functions and has a gradient. Otherwise f is expanded along rays and
arcs from the point: a differentiable f has slopes there that are linear in the direction.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from steepest.expression.graph import Node
from steepest.local import balls
from steepest.local.balls import Number, sign
from steepest.local.directions import Vector, axis, probes
from steepest.local.rays import Rays, Slope, quoted
from steepest.local.results import Differentiability, FloatArray, OneSided, Smoothness
from steepest.local.series import Leaves, Series, Unknown


@dataclass(frozen=True)
class Analysis:
    """What is known of f at a point.

    `smooth` says that no operation is singular there, so that derivatives of every order
    exist; `gradient` (n,) is then the evaluator's, otherwise what the rays give (NaN where
    there is none). `gradient_error` (n,) bounds the rounding errors of the rays' gradient.
    """

    status: Differentiability
    smooth: bool
    gradient: FloatArray
    gradient_error: FloatArray | float = 0.0


def analyse(rays: Rays, value: float, gradient: FloatArray) -> Analysis:
    """The status at the point of `rays`, given the evaluator's value and gradient (n,)."""
    where = describe_point(rays.variables, [float(c) for c in rays.point])
    here = rays.value
    if isinstance(here, Leaves):
        return _no_gradient(rays, Smoothness.OUTSIDE, f"f is undefined {where}: {here}")
    if not isinstance(here, Series):
        reason = str(here)
        if "overflows" in reason:
            sentence = f"f is too large for double precision {where} (overflow): {reason}"
        else:
            sentence = f"undecided whether f has a gradient {where}: {reason}"
        return _no_gradient(rays, Smoothness.UNDECIDED, sentence)
    touched = rays.touched()
    if touched:
        return _from_rays(rays, touched, where)
    if not np.isfinite(value) or not np.isfinite(gradient).all():
        what = "f" if not np.isfinite(value) else "the gradient"
        sentence = (
            f"f is smooth {where}, but {what} is too large for double precision there (overflow)"
        )
        return _no_gradient(rays, Smoothness.UNDECIDED, sentence)
    slopes: tuple[OneSided, ...] = tuple((float(g), float(g)) for g in gradient)
    status = Differentiability(Smoothness.DIFFERENTIABLE, f"f is differentiable {where}", slopes)
    return Analysis(status, True, gradient)


def trust(
    variables: tuple[str, ...],
    point: FloatArray,
    value: float,
    gradient: FloatArray,
    too_large: bool = False,
) -> Analysis:
    """The status of a function known by its values alone: trusted where it gives numbers.

    `too_large` says that there is a formula, over data too large for it to be written out.
    """
    n = len(variables)
    where = describe_point(variables, [float(c) for c in point])
    nothing = ((None, None),) * n
    if not np.isfinite(value):
        status = Differentiability(Smoothness.OUTSIDE, f"f has no finite value {where}", nothing)
        return Analysis(status, False, np.full(n, np.nan))
    if not np.isfinite(gradient).all():
        sentence = f"f has a value {where}, but its gradient is not finite"
        status = Differentiability(Smoothness.UNDECIDED, sentence, nothing)
        return Analysis(status, False, np.full(n, np.nan))
    slopes = tuple((float(g), float(g)) for g in gradient)
    unknown = "without its formula nothing more is known"
    if too_large:
        unknown = "over so many data it is not looked for kinks"
    sentence = f"f gives a gradient {where}; {unknown}"
    return Analysis(Differentiability(Smoothness.DIFFERENTIABLE, sentence, slopes), True, gradient)


def _no_gradient(
    rays: Rays,
    kind: Smoothness,
    sentence: str,
    slopes: tuple[OneSided, ...] | None = None,
) -> Analysis:
    n = len(rays.variables)
    slopes = ((None, None),) * n if slopes is None else slopes
    return Analysis(Differentiability(kind, sentence, slopes), False, np.full(n, np.nan))


def _from_rays(rays: Rays, touched: list[Node], where: str) -> Analysis:
    n = len(rays.variables)
    because = quoted(touched[-1])
    pairs: list[tuple[Slope | None, Slope | None]] = []
    slopes: tuple[OneSided, ...] = ()
    try:
        runs = [(rays.along(axis(n, i, -1)), rays.along(axis(n, i, 1))) for i in range(n)]
        pairs = [(rays.slope_in(left), rays.slope_in(right)) for left, right in runs]
        slopes = tuple(
            (
                None if left is None else 0.0 - left.as_float,
                None if right is None else 0.0 + right.as_float,
            )
            for left, right in pairs
        )
        others = [
            (direction, bend, rays.slope(direction, bend))
            for direction, bend in probes(n, touched, runs)
        ]
        return _judge(rays, pairs, slopes, others, where, because)
    except Unknown as unknown:
        sentence = f"undecided whether f has a gradient {where}: {unknown}"
        return _no_gradient(rays, Smoothness.UNDECIDED, sentence, slopes or None)


def _judge(
    rays: Rays,
    pairs: list[tuple[Slope | None, Slope | None]],
    slopes: tuple[OneSided, ...],
    others: list[tuple[Vector, Vector | None, Slope | None]],
    where: str,
    because: str,
) -> Analysis:
    n = len(pairs)
    found = [s for pair in pairs for s in pair] + [s for *_, s in others]
    shown = _tell_slopes(rays.variables, slopes)
    if any(s is not None and s.jump for s in found):
        # A one-sided "slope" across a jump is no slope.
        kept = tuple(
            (
                None if left is None or left.jump else pair[0],
                None if right is None or right.jump else pair[1],
            )
            for (left, right), pair in zip(pairs, slopes, strict=True)
        )
        sentence = f"f is defined {where} but jumps there, at {because}"
        return _no_gradient(rays, Smoothness.JUMP, sentence, kept)
    if any(s is None for s in found):
        sentence = f"f is on the edge of its domain {where}, at {because}: {shown}"
        return _no_gradient(rays, Smoothness.EDGE, sentence, slopes)
    if any(isinstance(s.value, float) for s in found if s is not None):
        same = all(
            left is None or right is None or -left.as_float == right.as_float
            for left, right in pairs
        )
        what = "a vertical tangent" if same else "a cusp"
        sentence = f"f has {what} {where}, at {because}, and no gradient: {shown}"
        return _no_gradient(rays, Smoothness.KINK, sentence, slopes)
    components: list[Number] = []
    for left, right in pairs:
        to_left, to_right = _finite(left), _finite(right)
        if sign(to_left + to_right):
            sentence = f"f has a kink {where}, at {because}, and no gradient: {shown}"
            return _no_gradient(rays, Smoothness.KINK, sentence, slopes)
        components.append(to_right)
    for direction, bend, slope in others:
        along = _finite(slope)
        linear: Number = Fraction(0)
        for d, g in zip(direction, components, strict=True):
            linear = linear + g * d
        if sign(along - linear):
            path = "an arc that starts along" if bend is not None else "the direction"
            sentence = (
                f"f has a kink {where}, at {because}, and no gradient: along {path}"
                f" ({', '.join(f'{float(d):g}' for d in direction[:4])}"
                f"{', …' if n > 4 else ''}) its slope is {_shown(balls.to_float(along))}, and the"
                f" slopes along the axes would make it {_shown(balls.to_float(linear))}"
            )
            return _no_gradient(rays, Smoothness.KINK, sentence, slopes)
    gradient = np.array([balls.to_float(g) for g in components])
    error = np.array([balls.ball(g).radius for g in components])
    if (error > 1e-6 * np.abs(gradient) + 1e-12).any():
        raise Unknown("rounding errors are larger than the slopes")
    sentence = f"f is differentiable {where}, although {because} alone is not"
    status = Differentiability(Smoothness.DIFFERENTIABLE, sentence, slopes)
    return Analysis(status, False, gradient, error)


def _finite(slope: Slope | None) -> Number:
    assert slope is not None
    assert not isinstance(slope.value, float | int)
    return slope.value


def _tell_slopes(variables: tuple[str, ...], slopes: tuple[OneSided, ...]) -> str:
    parts: list[str] = []
    for name, (left, right) in list(zip(variables, slopes, strict=True))[:4]:
        along = f" in {name}" if len(variables) > 1 else ""
        if left is None and right is None:
            parts.append(f"there is no f on either side{along}")
        elif left is None or right is None:
            there, gone = ("right", "left") if left is None else ("left", "right")
            slope = right if left is None else left
            assert slope is not None
            parts.append(
                f"the slope is {_shown(slope)} to the {there} and there is no f to the"
                f" {gone}{along}"
            )
        else:
            parts.append(
                f"the slope is {_shown(left)} to the left and {_shown(right)} to the right{along}"
            )
    if len(variables) > 4:
        parts.append("…")
    return "; ".join(parts)


def _shown(slope: float) -> str:
    if np.isinf(slope):
        return "+∞" if slope > 0 else "-∞"
    return f"{slope:.6g}"


def describe_point(variables: tuple[str, ...], point: list[float]) -> str:
    """Words such as "at x = 1, y = 2", shortened for long points."""
    if not variables:
        return "everywhere"
    parts = [f"{v} = {c:.10g}" for v, c in list(zip(variables, point, strict=True))[:4]]
    return "at " + ", ".join(parts) + (", …" if len(variables) > 4 else "")
