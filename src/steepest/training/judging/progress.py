"""Does the loss fall, and as much as the slope promises?"""

from __future__ import annotations

from typing import Final

import numpy as np

from steepest.training.judging.levels import levels
from steepest.training.judging.sentence import Sentence, percent, say, short
from steepest.training.judging.stability import diverging
from steepest.training.run import FloatArray, Run

_WINDOW: Final = 20  # steps whose losses are averaged before they are compared
_CHECKS: Final = 3
_KEPT: Final = 0.75  # of what the slope promises
_FLAT: Final = 0.02  # of the whole fall
_LONG: Final = 40  # steps before a standstill is called one


def prediction(run: Run) -> Sentence | None:
    """How much of the decrease that slope times step promises is really there."""
    if diverging(run) is not None:
        return None
    same_batch = _on_the_same_batch(run)
    kept, how = (same_batch, "on the same batch") if same_batch is not None else (
        _over_the_window(run), "from step to step")  # fmt: skip
    if kept is None:
        return None
    if kept < 0:
        text = (
            f"a step raises the loss {how}, although the slope promises a fall: steps are too long"
        )
        return say(run, "prediction", "warning", text, where=run.recent)
    if kept < _KEPT:
        text = (
            f"a step gets {percent(kept)} of the fall that the slope promises ({how}): curvature"
            + ("" if same_batch is not None else " and noise") + " take the rest"
        )  # fmt: skip
        return say(run, "prediction", "note", text, where=run.recent)
    if kept <= 1.5:
        text = f"the loss falls as the slope promises ({percent(kept)} of it, {how})"
        return say(run, "prediction", "note", text, where=run.recent)
    return None


def plateau(run: Run) -> Sentence | None:
    """The loss has stood still for the second half of the run."""
    course = levels(run)
    if course is None or len(run) < _LONG or diverging(run) is not None:
        return None
    values = course.values
    fallen = course.first - course.best
    scale = max(fallen, 2 * course.spread, 1e-6 * abs(course.first))
    # From the last block back, as long as the loss stays where it is now.
    near = np.abs(values - course.end) <= _FLAT * fallen + course.spread
    since = len(values) - int(np.argmin(near[::-1])) if not near.all() else 0
    steps = len(run) - int(course.starts[min(since, len(values) - 1)])
    # Noise that hides a slow fall is no standstill: compare the two halves of the stretch.
    if steps < max(_LONG, len(run) // 2):
        return None
    half = values[since:]
    middle = len(half) // 2
    drift = abs(float(np.mean(half[:middle])) - float(np.mean(half[middle:])))
    # Two and a half standard errors of that difference are chance.
    chance = 2.5 * float(np.mean(course.errors[since:])) * np.sqrt(2 / max(1, middle))
    if drift > max(_FLAT * scale, chance):
        return None
    first = int(course.starts[since])
    text = f"the loss has stood still at {short(course.end)} since step {run.steps[first]}"
    if since == 0:
        text = f"the loss has not moved from {short(course.end)} since the run began"
    # Most of the way was made, or the loss is as low as it will get: no waste, then.
    arrived = fallen > 0.9 * abs(course.first)
    return say(run, "plateau", "note" if arrived else "warning", text, where=slice(first, None))


def spikes(run: Run) -> Sentence | None:
    """The loss jumps to a multiple of what it was, and comes back."""
    loss = run["loss"]
    known = np.flatnonzero(np.isfinite(loss))
    values = loss[known]
    if len(values) < 2 * _WINDOW or np.min(values) < 0 or diverging(run) is not None:
        return None
    before = np.array([np.median(values[k - _WINDOW : k]) for k in range(_WINDOW, len(values))])
    spread = np.array(
        [np.subtract(*np.percentile(values[k - _WINDOW : k], [75, 25]))
         for k in range(_WINDOW, len(values))]
    )  # fmt: skip
    late = values[_WINDOW:]
    high = (late > 2 * before) & (late > before + 6 * spread)
    starts = np.flatnonzero(high & ~np.append(False, high[:-1]))
    if not len(starts):
        return None
    top = int(np.argmax(np.where(high, late / np.maximum(before, 1e-300), 0)))
    k = int(known[top + _WINDOW])
    count = len(starts)
    text = (
        f"{count} loss spike{'s' if count > 1 else ''}, the highest at step {run.steps[k]}:"
        f" {short(late[top])} where {short(before[top])} was usual"
    )
    return say(run, "spikes", "warning", text, where=slice(int(known[starts[0] + _WINDOW]), k + 1))


def step_length(run: Run) -> Sentence | None:
    """A step moves the parameters by very much, or by less than rounding."""
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = (run["update"] / run["weights"])[run.recent]
    ratio = ratio[np.isfinite(ratio)]
    if len(ratio) < _CHECKS:
        return None
    typical = float(np.median(ratio))
    if typical > 0.1:
        text = (
            f"a step moves the parameters by {percent(typical)} of their length: hardly anything"
            " that was learned before survives it"
        )
        return say(run, "long steps", "warning", text, where=run.recent)
    if 0 < typical < 1e-7:
        text = (
            f"a step moves the parameters by {short(typical)} of their length, which rounding in"
            " single precision loses"
        )
        return say(run, "tiny steps", "warning", text, where=run.recent)
    return None


def _on_the_same_batch(run: Run) -> float | None:
    """Σ change / Σ promised where both were measured on one batch, of late."""
    change, promised = run["change"], run["promised"]
    places = np.flatnonzero(np.isfinite(change) & np.isfinite(promised))
    places = places[places >= len(run) // 2]
    if len(places) < _CHECKS:
        return None
    return _ratio(change[places], promised[places])


def _over_the_window(run: Run) -> float | None:
    """Σ change / Σ predicted over the recent steps, from losses of different batches."""
    loss, predicted = run["loss"], run["predicted"]
    start = run.recent.start
    if len(run) - start < 2 * _WINDOW:
        start = max(0, len(run) - 4 * _WINDOW)
    loss, predicted = loss[start:], predicted[start:]
    if len(loss) < 2 * _WINDOW or not np.isfinite(loss).all() or not np.isfinite(predicted).all():
        return None
    quarter = len(loss) // 4
    first, last = loss[:quarter], loss[-quarter:]
    change = float(np.mean(last)) - float(np.mean(first))
    # The means stand in the middle of their quarters.
    between = predicted[quarter // 2 : len(predicted) - (quarter - quarter // 2)]
    noise = np.hypot(np.std(first), np.std(last)) / np.sqrt(quarter)
    if abs(change) < 3 * noise:
        return None  # the losses do not tell
    return _ratio(np.array([change]), between)


def _ratio(change: FloatArray, predicted: FloatArray) -> float | None:
    promised = float(np.sum(predicted))
    return float(np.sum(change)) / promised if promised < 0 else None
