"""Is this a minimum? What a gradient and a few Hessian products can and cannot say."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Final, NamedTuple

import numpy as np
import torch
from torch import Tensor

from steepest.torch.krylov import Krylov, gaussian, generator

#: How unlikely each bound on an end of the spectrum is to fail, over the random start.
RISK: Final = 1e-3
_LOOK_EVERY: Final = 5


class CriticalKind(Enum):
    """What a point is, as far as it is known."""

    MINIMUM = "minimum"
    MAXIMUM = "maximum"
    SADDLE = "saddle"
    NOT_CRITICAL = "not critical"
    NOT_KNOWN = "not known"


@dataclass(frozen=True, eq=False)
class Verdict:
    """What a point is, and the numbers on which that rests.

    `least` and `largest` are the extreme curvatures found, `lower` and `upper` bounds on the
    whole spectrum (equal to them if all eigenvalues were computed, infinite if nothing is known).
    For a saddle `escape` (n,) is the unit direction of `least`, along which the function was
    seen to fall by `drop` for a step of `drop_step`; both are 0 if it was not.
    """

    kind: CriticalKind
    sentence: str
    gradient_norm: float
    gradient_tolerance: float
    least: float = math.nan
    largest: float = math.nan
    lower: float = -math.inf
    upper: float = math.inf
    products: int = 0
    escape: Tensor | None = None
    drop: float = 0.0
    drop_step: float = 0.0

    def __str__(self) -> str:
        return self.sentence


class Spectrum(NamedTuple):
    """The ends of a spectrum: what was found, what bounds it, at what cost."""

    least: float
    largest: float
    lower: float
    upper: float
    noise: float
    products: int
    bottom: Tensor
    exact: bool


def judged(
    value_along: Callable[[Tensor, float], float],
    value: float,
    gradient_norm: float,
    tolerance: float,
    spectrum: Callable[[], Spectrum],
) -> Verdict:
    """The verdict; curvature is asked for only where the gradient is small."""
    if gradient_norm > tolerance:
        return Verdict(
            CriticalKind.NOT_CRITICAL,
            f"not critical: ‖∇f‖ = {gradient_norm:.3g} is above {tolerance:.2g}; against the"
            f" gradient f falls by {gradient_norm:.3g} per unit",
            gradient_norm, tolerance,
        )  # fmt: skip
    s = spectrum()
    escape, drop, step = None, 0.0, 0.0
    known = f"‖∇f‖ = {gradient_norm:.2g} is within {tolerance:.2g}"
    how = (
        f"all {s.products} eigenvalues"
        if s.exact
        else f"{s.products} Hessian products from a random start"
    )
    if s.least < -s.noise and s.upper < -s.noise:
        kind = CriticalKind.MAXIMUM
        words = f"a maximum: {known}, and no curvature is above {s.upper:.3g} ({_sure(s, how)})"
    elif s.least < -s.noise and s.largest > s.noise:
        kind = CriticalKind.SADDLE
        escape, drop, step = _fall(value_along, value, s.bottom)
        words = (
            f"a saddle: {known}, curvatures from {s.least:.3g} to {s.largest:.3g} were found"
            f" ({how}); {_told(drop, step)}"
        )
    elif s.lower > s.noise:
        kind = CriticalKind.MINIMUM
        words = f"a minimum: {known}, and no curvature is below {s.lower:.3g} ({_sure(s, how)})"
    else:
        kind = CriticalKind.NOT_KNOWN
        words = f"not known: {known}, and {_undecided(s, how)}"
    return Verdict(
        kind, words, gradient_norm, tolerance, s.least, s.largest, s.lower, s.upper, s.products,
        escape, drop, step,
    )  # fmt: skip


def _sure(s: Spectrum, how: str) -> str:
    return how if s.exact else f"{how}, wrong once in {1 / (2 * RISK):.0f} such starts"


def _undecided(s: Spectrum, how: str) -> str:
    if s.least < -s.noise:  # and nothing above: a maximum, or flat directions
        return f"the curvature {s.least:.3g} was found but none above {s.noise:.1g} ({how})"
    if s.least <= s.noise:
        return (
            f"the least curvature found, {s.least:.2g}, is 0 to rounding (± {s.noise:.1g}; {how}):"
            " along flat directions higher derivatives decide"
        )
    return (
        f"no curvature below {s.least:.3g} was found ({how}), but one down to {s.lower:.3g} may"
        " hide: more products narrow that"
    )


def _told(drop: float, step: float) -> str:
    if drop > 0:
        return f"along the escape direction f falls by {drop:.3g} in a step of {step:.2g}"
    return "along the escape direction f was not seen to fall: the fall is below its rounding"


def _fall(
    value_along: Callable[[Tensor, float], float], value: float, direction: Tensor
) -> tuple[Tensor, float, float]:
    """The sign of the direction along which f falls more, the fall and the step."""
    best, best_step = value, 0.0
    for step in np.geomspace(1e-3, 1.0, 7):
        for sign in (1.0, -1.0):
            here = value_along(direction, sign * step)
            if math.isfinite(here) and here < best:
                best, best_step = here, float(sign * step)
    return direction * (-1.0 if best_step < 0 else 1.0), value - best, abs(best_step)


def dense_spectrum(hessian: Tensor) -> Spectrum:
    """The ends of a spectrum of which every eigenvalue is computed."""
    n = len(hessian)
    values, columns = torch.linalg.eigh(0.5 * (hessian + hessian.T).double())
    size = float(values.abs().max())
    noise = 16 * math.sqrt(n) * torch.finfo(hessian.dtype).eps * size
    least, largest = float(values[0]), float(values[-1])
    bottom = columns[:, 0].to(hessian)
    return Spectrum(least, largest, least, largest, noise, n, bottom, exact=True)


def sampled_spectrum(
    apply: Callable[[Tensor], Tensor], like: Tensor, max_products: int, seed: int
) -> Spectrum:
    """The ends of a spectrum by Lanczos from one random start.

    What is found is certain to rounding: a Ritz value is a curvature. That nothing lies beyond is
    not. By Kuczyński and Woźniakowski (1992), with probability 1 - RISK over the start, k
    products leave out at either end at most ε times the width of the spectrum, with
    1.648 √n exp(-√ε (2k - 1)) = RISK. It stops when a negative curvature is found.
    """
    n = len(like)
    space = Krylov(apply, gaussian(n, like, generator(seed)), generator(seed + 1))
    while True:
        space.grow()
        done = space.size >= max_products or space.exhausted
        if not done and space.size % _LOOK_EVERY:
            continue
        ritz = space.ritz()
        least, largest = float(ritz.values[0]), float(ritz.values[-1])
        noise = 1e3 * torch.finfo(like.dtype).eps * max(abs(least), abs(largest))
        found = least < -noise and largest > noise and ritz.residuals[0] < 0.1 * -least
        if done or found:
            break
    epsilon = (math.log(1.648 * math.sqrt(n) / RISK) / (2 * space.size - 1)) ** 2
    beyond = math.inf if epsilon >= 0.5 else epsilon * (largest - least) / (1 - 2 * epsilon)
    if space.exhausted:
        beyond = 0.0
    bottom = space.vectors(ritz.coordinates[:, :1])[0]
    return Spectrum(
        least, largest, least - beyond, largest + beyond, noise, space.size, bottom,
        space.exhausted,
    )  # fmt: skip
