"""What the gradient does: clipped, starved in a layer, turning, noisy, gone."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from steepest.training.judging.levels import levels
from steepest.training.judging.sentence import Sentence, percent, power_of_ten, say, short
from steepest.training.run import Run

_UNCLIPPED: Final = 0.999  # a factor above this is rounding, not clipping
_STARVED: Final = 1e-4  # of the gradient's length
_DOMINANT: Final = 0.95  # of the gradient's square length
_OPPOSITE: Final = 120.0  # degrees
_STRAIGHT: Final = 5.0  # degrees
_NOISY: Final = 0.9  # of the gradient's square length
_ENOUGH: Final = 20  # steps for a habit


def clipping(run: Run) -> Sentence | None:
    """How often the gradient was clipped."""
    factors = run["clip"][np.isfinite(run["clip"])]
    active = factors[factors < _UNCLIPPED]
    if not len(active):
        return None
    share = len(active) / len(factors)
    text = f"clipping active in {percent(share)} of steps"
    if share >= 0.5:
        text += ": this is normalized descent, the clipping norm sets the length of the steps"
        return say(run, "clipping", "warning", text)
    return say(run, "clipping", "note", f"{text}, median factor {short(float(np.median(active)))}")


def starved_layers(run: Run) -> Sentence | None:
    """Layers that get next to none of the gradient, of late."""
    typical = _typical_shares(run)
    if typical is None:
        return None
    order = np.argsort(typical, kind="stable")
    starved = [int(k) for k in order if typical[k] < _STARVED]
    if not starved or len(starved) == len(typical):
        return None
    worst = starved[0]
    share = typical[worst]
    amount = f"{_nearest_power(share)} of the gradient" if share > 0 else "no gradient at all"
    text = f"{run.name(worst)} gets {amount}"
    if len(starved) > 1:
        text += f"; {len(starved) - 1} more of {len(typical)} layers get less than 10⁻⁴"
    return say(run, "starved layers", "warning", text, where=run.recent)


def dominant_layer(run: Run) -> Sentence | None:
    """One layer of several has nearly all of the gradient, of late."""
    typical = _typical_shares(run)
    if typical is None or len(typical) < 3:
        return None
    top = int(np.argmax(typical))
    if typical[top] ** 2 < _DOMINANT:
        return None
    text = (
        f"{run.name(top)} has {percent(float(typical[top]) ** 2)} of the gradient's square length:"
        " the steps are mostly its"
    )
    return say(run, "dominant layer", "note", text, where=run.recent)


def turning(run: Run) -> Sentence | None:
    """Successive gradients oppose each other, or hardly differ."""
    turns = run["turn"][run.recent]
    turns = turns[np.isfinite(turns)]
    if len(turns) < _ENOUGH:
        return None
    typical = float(np.median(turns))
    if typical > _OPPOSITE:
        text = (
            f"successive gradients oppose each other (typically {typical:.0f}° apart): the steps"
            " bounce between the walls of a valley; smaller ones, or more momentum, go along it"
        )
        return say(run, "opposing gradients", "warning", text, where=run.recent)
    if typical < _STRAIGHT:
        text = (
            f"the gradient keeps its direction (it turns by {short(typical)}° a step): longer steps"
            " or momentum would get further"
        )
        return say(run, "straight path", "note", text, where=run.recent)
    return None


def noise_share(run: Run) -> float | None:
    """The share of the gradient's expected square length that is noise of the batches, of late.

    Where micro-batches were seen: the mean of what they say. Otherwise from successive gradients:
    half the mean square of their difference over the mean square of their length. That takes
    every turn for noise, so it is an upper bound where the path itself turns.
    """
    where = run.recent
    measured = run["noise"][where]
    measured = measured[np.isfinite(measured)]
    if len(measured) >= _ENOUGH:
        return float(np.clip(np.mean(measured), 0.0, 1.0))
    sizes, turns = run["gradient"], run["turn"]
    if len(sizes) < 2:
        return None
    cosines = np.cos(np.radians(turns[1:]))
    squares = 0.5 * (sizes[1:] ** 2 + sizes[:-1] ** 2)
    overlaps = sizes[1:] * sizes[:-1] * cosines
    start = max(0, (where.start or 0) - 1)
    squares, overlaps = squares[start:], overlaps[start:]
    known = np.isfinite(squares) & np.isfinite(overlaps)
    if known.sum() < _ENOUGH or not squares[known].sum() > 0:
        return None
    return float(np.clip(1.0 - overlaps[known].sum() / squares[known].sum(), 0.0, 1.0))


def noise(run: Run) -> Sentence | None:
    """Nearly all of the gradient is the noise of its batch."""
    share = noise_share(run)
    if share is None or share < _NOISY or turning_back(run):
        return None
    text = (
        f"noise: {percent(share)} of the gradient's square length comes from the choice of the"
        " batch; a larger batch or a smaller learning rate averages it out"
    )
    return say(run, "noise", "note", text, where=run.recent)


def turning_back(run: Run) -> bool:
    """Whether gradients oppose each other, which noise alone does not do."""
    turns = run["turn"][run.recent]
    turns = turns[np.isfinite(turns)]
    return len(turns) > 0 and float(np.median(turns)) > 100.0


def no_gradient(run: Run) -> Sentence | None:
    """The gradient is exactly zero."""
    sizes = run["gradient"]
    zero = sizes == 0
    if not len(zero) or not zero[-1]:
        return None
    nonzero = np.flatnonzero(~zero)
    since = int(nonzero[-1]) + 1 if len(nonzero) else 0
    text = (
        f"the gradient is exactly zero since step {run.steps[since]}: nothing moves any more"
        " (units that are all off, or a loss that is cut off from the parameters)"
    )
    return say(run, "no gradient", "bad", text, where=slice(since, None))


def vanished(run: Run) -> Sentence | None:
    """The gradient has shrunk to a thousandth: a critical point is near."""
    sizes = run["gradient"][np.isfinite(run["gradient"])]
    if len(sizes) < _ENOUGH or levels(run) is None:
        return None
    late = float(np.median(sizes[-_ENOUGH // 2 :]))
    largest = float(np.max(sizes))
    if not 0 < late < 1e-3 * largest:
        return None
    text = (
        f"the gradient has shrunk from {short(largest)} to {short(late)}: the run is near a"
        " critical point, and more steps change little"
    )
    return say(run, "near a critical point", "note", text, where=run.recent)


def _nearest_power(share: float) -> str:
    return power_of_ten(math.floor(math.log10(share) + 0.5))


def _typical_shares(run: Run) -> np.ndarray | None:
    shares = run.shares[run.recent]
    shares = shares[np.isfinite(shares).all(axis=1)]
    if not shares.size or len(shares) < 3:
        return None
    return np.median(shares, axis=0)
