"""Does the step size fit the curvature? Sentences from λmax, the learning rate and the loss."""

from __future__ import annotations

from typing import Final

import numpy as np

from steepest.training.judging.levels import levels
from steepest.training.judging.sentence import Sentence, percent, say, short
from steepest.training.run import Run

_TRUSTED: Final = 0.5  # a λmax whose error bound is larger than this share of it says nothing
_EDGE: Final = (0.8, 1.25)  # times the limit
_ROOM: Final = 0.1  # of the limit: far below it
_CHECKS: Final = 3  # a habit is seen from so many measurements on


def not_finite(run: Run) -> Sentence | None:
    """The loss or a gradient has become infinite or NaN."""
    found = run.not_finite
    if found is None:
        return None
    what = "the loss" if found.column == "loss" else "the gradient"
    text = f"not finite: {what} is {short(found.value)} at step {found.step}"
    place = int(np.searchsorted(run.steps, found.step))
    if found.column == "gradient" and found.layers:
        text += f", first in {run.name(found.layers[0])}"
        if len(found.layers) > 1:
            text += f" and {len(found.layers) - 1} more"
    elif place > 0 and np.isfinite(run["gradient"][place - 1]):
        text += f"; one step before the gradient was {short(run['gradient'][place - 1])} long"
    return say(run, "not finite", "bad", text, where=slice(place, None))


def diverging(run: Run) -> Sentence | None:
    """The loss has risen above where it began, and goes on rising or has blown up."""
    course = levels(run)
    blown_up = run.not_finite is not None
    if course is None:
        return None
    climbed = course.end - course.best
    dug = course.first - course.best
    rising = course.values[-1] >= course.values[-2]
    risen = climbed > max(dug, 2 * course.spread) and course.end > course.first and rising
    if not (risen or (blown_up and course.end > course.best)):
        return None
    where = slice(int(course.starts[int(np.argmin(course.values))]), None)
    kept = np.nan_to_num(run["clip"], nan=1.0)
    over = [k for k in _trusted(run) if run["sharpness"][k] * kept[k] > run["limit"][k]]
    if over:
        # The last one before the explosion: after it, curvature is that of another place.
        k = over[0] if run.steps[over[0]] >= run.steps[where.start] else over[-1]
        return say(run, "diverging", "bad", "diverging: " + _against_limit(run, k), where=where)
    text = (
        f"diverging: the loss rose from {short(course.best)} to {short(course.end)}"
        f" by step {run.steps[-1]}; take a smaller learning rate than {short(run.last('lr'))}"
    )
    return say(run, "diverging", "bad", text, where=where)


def edge_of_stability(run: Run) -> Sentence | None:
    """The curvature has grown until the step size only just suits it."""
    ratio = _habit(run)
    if ratio is None or not _EDGE[0] <= ratio <= _EDGE[1] or diverging(run) is not None:
        return None
    k = _trusted(run)[-1]
    text = (
        f"at the edge of stability: {_sharpness(run, k)}, where {short(run['limit'][k])} is the"
        " limit; the step size, not the data, decides how sharp a valley this run can enter"
    )
    return say(run, "edge of stability", "note", text, where=_since_checks(run))


def beyond_the_limit(run: Run) -> Sentence | None:
    """Sharpness stays above the limit, and yet the loss does not run away."""
    ratio = _habit(run)
    if ratio is None or ratio <= _EDGE[1] or diverging(run) is not None:
        return None
    k = _trusted(run)[-1]
    text = (
        f"steps are longer than the curvature bears: {_sharpness(run, k)} > "
        f"{short(run['limit'][k])}; across the steepest valley each step overshoots"
    )
    return say(run, "beyond the limit", "warning", text, where=_since_checks(run))


def room_for_longer_steps(run: Run) -> Sentence | None:
    """Sharpness is far below the limit."""
    ratio = _habit(run)
    if ratio is None or not 0 < ratio < _ROOM or diverging(run) is not None:
        return None
    k = _trusted(run)[-1]
    # Beyond a thousand there is no curvature to speak of, and the number says nothing.
    times = f"{1 / ratio:.0f} times" if ratio > 1e-3 else "far"
    text = (
        f"curvature leaves room for longer steps: {_sharpness(run, k)}, {times}"
        f" below the limit {short(run['limit'][k])}"
    )
    return say(run, "room for longer steps", "note", text, where=_since_checks(run))


def skipped_steps(run: Run) -> Sentence | None:
    """Steps were given up because a gradient was not finite."""
    skipped = run["skipped"]
    count = int(np.nansum(skipped))
    if count == 0:
        return None
    share = count / (count + len(run))
    text = f"{count} steps ({percent(share)}) were given up: their gradient was not finite"
    return say(run, "skipped steps", "warning" if share > 0.05 else "note", text)


def _trusted(run: Run) -> list[int]:
    """The places where sharpness was measured well enough and has a limit."""
    residual = np.nan_to_num(run["residual"], nan=0.0)
    return [int(k) for k in run.checks if residual[k] <= _TRUSTED and np.isfinite(run["limit"][k])]


def _habit(run: Run) -> float | None:
    """The usual sharpness of late, after clipping, over its limit; None if seldom measured."""
    late = [k for k in _trusted(run) if k >= len(run) // 2]
    if len(late) < _CHECKS:
        return None
    clip = np.nan_to_num(run["clip"][late], nan=1.0)
    return float(np.median(run["sharpness"][late] * clip / run["limit"][late]))


def _since_checks(run: Run) -> slice:
    return slice(next(k for k in _trusted(run) if k >= len(run) // 2), None)


def _sharpness(run: Run, k: int) -> str:
    """λmax 51 × lr 0.1 = 5.1, or the scaled sharpness where there is no one learning rate."""
    value, rate = run["sharpness"][k], run["lr"][k]
    clip = run["clip"][k]
    clipped = f" × clip factor {short(clip)}" if clip < 0.999 else ""
    value = value * clip if clip < 0.999 else value
    raw, rows, batch = (run[name][k] for name in ("lambda_max", "rows", "batch_rows"))
    part = f" (on {rows:.0f} of {batch:.0f} rows)" if rows < batch else ""
    if np.isfinite(raw) and np.isfinite(rate):
        return f"λmax {short(raw)}{part} × lr {short(rate)}{clipped} = {short(value)}"
    return f"λmax of the Hessian scaled by the optimizer's steps{part}{clipped} = {short(value)}"


def _against_limit(run: Run, k: int) -> str:
    limit = run["limit"][k]
    text = f"{_sharpness(run, k)} > {short(limit)}"
    clip = float(np.nan_to_num(run["clip"][k], nan=1.0))
    raw, sharp, rate = run["lambda_max"][k], run["sharpness"][k] * clip, run["lr"][k]
    if np.isfinite(raw):
        text += f" at step {run.steps[k]}; a learning rate below {short(limit / sharp * rate)}"
        return text + " is stable there"
    factor = short(limit / sharp)
    return f"{text} at step {run.steps[k]}; {factor} times this learning rate is stable there"
