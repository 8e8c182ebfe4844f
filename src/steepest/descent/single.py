"""descend: one start, every step recorded, the outcome judged and explained."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from steepest.critical.box import as_bounds, as_formula
from steepest.descent.curvature import largest_curvature
from steepest.descent.ends import End, end_at, rounding_noise
from steepest.descent.loop import Lanes, walk
from steepest.descent.outcomes import Ending, Outcome
from steepest.descent.trajectory import Trajectory
from steepest.descent.verdict import global_verdict
from steepest.errors import ParameterError, PointError
from steepest.local.model import ScalarFunction
from steepest.rules.base import Rule

FloatArray = NDArray[np.float64]

_FEW: Final = 8  # steps below which nobody can tell an oscillation


def descend(
    function: ScalarFunction,
    start: ArrayLike,
    rule: Rule,
    *,
    max_steps: int = 1000,
    tolerance: float = 1e-8,
    box: Sequence[tuple[float, float]] | None = None,
) -> Trajectory:
    """Walk down from `start` (n,) under `rule` until ‖∇f‖₂ ≤ tolerance.

    The run ends in exactly one `Outcome`; a minimum is only claimed where the Hessian (or, if
    that is singular, f itself nearby) says so, and never after NaN. With `box` [(lo, hi), …]
    the trajectory's `verdict` says whether the minimum is proved to be the global one there;
    f must then be a formula.

    Raises:
        PointError: `start` has the wrong length, or `box` is not a box.
        ParameterError: `rule` is not a rule, `max_steps` < 1 or `tolerance` < 0.
    """
    first = _start(function, start)
    check_limits(rule, max_steps, tolerance)
    sides = None if box is None else as_bounds(as_formula(function), box)
    points, values, gradients = [first], [], []
    f0, g0 = function.values_and_gradients(first[None])
    values.append(f0[0])
    gradients.append(g0[0])

    def record(_: object, x: FloatArray, f: FloatArray, g: FloatArray) -> None:
        points.append(x[0])
        values.append(f[0])
        gradients.append(g[0])

    lanes = walk(function, first[None], rule, max_steps, tolerance, record)
    visited = np.array(points), np.array(values), np.array(gradients)
    curvature = None
    if lanes.endings[0] != Ending.NOT_FINITE_AT_START:
        curvature = largest_curvature(function, visited[0], visited[2], visited[1], rule)
    limit = rule.stable_step_limit(curvature) if curvature is not None and curvature > 0 else None
    outcome, message = _judge(function, rule, lanes, visited, curvature, limit)
    verdict = ""
    if sides is not None and outcome is Outcome.CONVERGED:
        verdict = global_verdict(function, sides, visited[0][-1])
    return Trajectory(function, rule, *visited, outcome, message, curvature, limit, verdict)


def check_limits(rule: object, max_steps: int, tolerance: float) -> None:
    """Refuse what cannot steer a descent."""
    if not isinstance(rule, Rule):
        raise ParameterError(
            f"{rule!r:.80} is not a step rule: give one such as FixedStep(0.1) or Adam(0.01)"
        )
    if not isinstance(max_steps, int | np.integer) or isinstance(max_steps, bool) or max_steps < 1:
        raise ParameterError(f"max_steps={max_steps!r}: give a whole number of at least 1")
    if not 0 <= tolerance < np.inf:
        raise ParameterError(f"tolerance={tolerance!r}: give a number that is 0 or larger")


def _start(function: ScalarFunction, start: ArrayLike) -> FloatArray:
    try:
        point = np.array(start, dtype=np.float64)
    except (TypeError, ValueError):
        point = None
    if point is None or point.shape != (function.dim,):
        names = ", ".join(function.variables)
        raise PointError(f"start={start!r:.80}: expected {function.dim} numbers ({names})")
    return point


def _judge(
    function: ScalarFunction,
    rule: Rule,
    lanes: Lanes,
    visited: tuple[FloatArray, FloatArray, FloatArray],
    curvature: float | None,
    limit: float | None,
) -> tuple[Outcome, str]:
    """The outcome of a recorded lane and the sentences that tell it."""
    points, values, gradients = visited
    steps = len(points) - 1
    after = f"after {steps} step{'' if steps == 1 else 's'}"
    where = f"f = {values[-1] + 0.0:.6g} at {shown(points[-1])}"
    ending = Ending(lanes.endings[0])
    if ending is Ending.NOT_FINITE_AT_START:
        value = "undefined" if np.isnan(values[0]) else f"{values[0]:g}"
        return Outcome.NOT_FINITE_AT_START, (
            f"No step was taken: at the start {shown(points[0])} f is {value}"
            f" and its gradient {shown(gradients[0])}."
        )
    if ending is Ending.DIVERGED:
        return Outcome.DIVERGED, _why_diverged(rule, values, after, curvature, limit)
    if ending is Ending.UNDEFINED:
        return Outcome.LEFT_DOMAIN, (
            f"Left the domain {after}: the next step leads to {shown(lanes.refused[0])},"
            f" where {_what_is_missing(function, lanes.refused)}. The last point inside: {where}."
        )
    rounding = ending is not Ending.CRITICAL and _at_rounding(function, visited)
    if ending is Ending.CRITICAL or rounding:
        end = end_at(function, points[-1], gradients[-1])
        tail = ", as far as rounding allows" if rounding else ""
        if end in (End.MINIMUM, End.FLAT_MINIMUM):
            return Outcome.CONVERGED, f"Converged to {end.value} {after}{tail}: {where}."
        return Outcome.NOT_A_MINIMUM, f"Stopped at {end.value} {after}{tail}: {where}."
    size = np.linalg.norm(gradients[-1])
    if ending is Ending.STUCK:
        return Outcome.STEP_LIMIT, (
            f"The step became too small to move the point {after}: {where}, ‖∇f‖ = {size:.4g}."
        )
    if steps >= _FEW and _oscillates(points, values):
        return Outcome.OSCILLATING, (
            f"Oscillating: in the second half of {steps} steps f did not fall below"
            f" {np.min(values[: steps // 2 + 1]):.6g}, met in the first half.{_broken(rule, limit)}"
        )
    return Outcome.STEP_LIMIT, f"Reached the limit of {steps} steps: {where}, ‖∇f‖ = {size:.4g}."


def _what_is_missing(function: ScalarFunction, point: FloatArray) -> str:
    return "f is undefined" if np.isnan(function.values(point)[0]) else "f has no gradient"


def _oscillates(points: FloatArray, values: FloatArray) -> bool:
    """Whether the second half of the run moved on without getting any lower."""
    half = len(values) // 2
    first, second = values[: half + 1], values[half + 1 :]
    moving = bool(np.any(points[-1] != points[-2]))
    return moving and float(np.min(second)) >= float(np.min(first))


def _at_rounding(
    function: ScalarFunction, visited: tuple[FloatArray, FloatArray, FloatArray]
) -> bool:
    """Whether Newton's step is lost in the rounding of x, or what it gains in that of f."""
    points, _, gradients = visited
    hessian = function.hessians(points[-1][None])[0]
    if not np.isfinite(hessian).all():
        return False
    step, *_ = np.linalg.lstsq(hessian, gradients[-1], rcond=None)
    if not np.allclose(hessian @ step, gradients[-1], rtol=1e-6, atol=0.0):
        return False  # the gradient is not the quadratic model's: no minimum is near
    gain = 0.5 * abs(float(gradients[-1] @ step))
    lost = 8.0 * float(np.finfo(np.float64).eps) * np.abs(points[-1])
    return gain <= rounding_noise(function, points[-1:])[0] or bool(np.all(np.abs(step) <= lost))


def _why_diverged(
    rule: Rule, values: FloatArray, after: str, curvature: float | None, limit: float | None
) -> str:
    broken = _broken(rule, limit)
    if broken:
        return f"Diverged {after}.{broken}"
    if values[-1] < values[0]:
        return f"Diverged {after}: f falls without bound along the way, to {values[-1]:.4g}."
    if curvature is not None:
        return (
            f"Diverged {after}: the steps grew without end, from f = {values[0]:.4g};"
            f" the curvature met before that was at most λmax = {curvature:.4g}."
        )
    return f"Diverged {after}: the steps grew without end, from f = {values[0]:.4g}."


def _broken(rule: Rule, limit: float | None) -> str:
    """The sentence that names the limit a step size broke, or ""."""
    step_size = getattr(rule, "step_size", None)
    if limit is None or not rule.limit_formula or step_size is None or step_size <= limit:
        return ""
    return f" The step size {step_size:.4g} is larger than {rule.limit_formula} = {limit:.4g}."


def shown(point: FloatArray) -> str:
    """A point in four significant digits: (3, 2)."""
    return "(" + ", ".join(f"{x + 0.0:.4g}" for x in point) + ")"
