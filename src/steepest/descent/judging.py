"""The ends of many descents at once: minima told from other critical points.

`single` and `ends.end_at` ask these questions of one point, this module of arrays. Ends that
agree to many digits are one critical point and are judged once.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from steepest.descent.ends import _FLAT, _STEADY, rounding_noise
from steepest.descent.outcomes import Ending, Outcome
from steepest.local.function import ScalarFunction

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]
Codes = NDArray[np.int8]

#: Outcomes by the codes that arrays of many descents hold.
OUTCOMES: Final = tuple(Outcome)
CODES: Final = {outcome: code for code, outcome in enumerate(OUTCOMES)}

_PLAIN: Final = {
    Ending.RUNNING: Outcome.STEP_LIMIT,
    Ending.CRITICAL: Outcome.NOT_A_MINIMUM,
    Ending.DIVERGED: Outcome.DIVERGED,
    Ending.UNDEFINED: Outcome.LEFT_DOMAIN,
    Ending.STEP_LIMIT: Outcome.STEP_LIMIT,
    Ending.NOT_FINITE_AT_START: Outcome.NOT_FINITE_AT_START,
    Ending.STUCK: Outcome.STEP_LIMIT,
}
_TABLE: Final = np.array([CODES[_PLAIN[ending]] for ending in Ending], dtype=np.int8)
_SAME: Final = 1e-7  # ends this close, relative to 1 + |x|, are one critical point
_CHUNK: Final = 4096
_SIEVED: Final = 65_536
_COARSE: Final = 1e-6  # a gain above this share of f is not rounding, however f is computed
_TRIED: Final = 2_000_000  # numbers in the points that are tried around flat ends at a time
_EPSILON: Final = float(np.finfo(np.float64).eps)


def judge(
    function: ScalarFunction, points: FloatArray, endings: NDArray[np.int8]
) -> NDArray[np.int8]:
    """The outcome codes (m,) of descents that ended at `points` (m, n) with `endings` (m,)."""
    codes = _TABLE[endings]
    late = np.flatnonzero((endings == Ending.STUCK) | (endings == Ending.STEP_LIMIT))
    late = late[_nearly_there(function, points[late])]
    asked = np.concatenate([np.flatnonzero(endings == Ending.CRITICAL), late])
    if not len(asked):
        return codes
    first, group = distinct(points[asked], endings[asked])
    representatives = asked[first]
    found = codes[representatives].copy()
    with np.errstate(all="ignore"):
        for start in range(0, len(first), _CHUNK):
            part = slice(start, start + _CHUNK)
            found[part] = _judge_distinct(
                function, points[representatives[part]], endings[representatives[part]]
            )
    codes[asked] = found[group]
    return codes


def _nearly_there(function: ScalarFunction, points: FloatArray) -> BoolArray:
    """Which `points` (m, n) may be at a minimum as far as rounding allows.

    A sieve without eigenvalues: Newton's step is at least ‖∇f‖/‖H‖ long, and gains at least
    half of ‖∇f‖²/‖H‖ where the Hessian H is definite.
    """
    near = np.zeros(len(points), dtype=bool)
    with np.errstate(all="ignore"):
        for start in range(0, len(points), _SIEVED):
            part = points[start : start + _SIEVED]
            values, gradients = function.values_and_gradients(part)
            bend = np.sqrt(np.sum(function.hessians(part) ** 2, axis=(1, 2)))
            slope = np.linalg.norm(gradients, axis=1)
            lost = slope <= 16.0 * _EPSILON * bend * np.linalg.norm(part, axis=1)
            unseen = 0.5 * slope**2 <= _COARSE * (1.0 + np.abs(values)) * bend
            near[start : start + len(part)] = lost | unseen
    return near


def distinct(points: FloatArray, marks: NDArray[np.int8]) -> tuple[IntArray, IntArray]:
    """Rows that differ by more than a little, or in their mark: (first of each, group of each)."""
    scale = _SAME * (1.0 + np.abs(points))
    # Coordinates in units that grow with them in powers of two, so that equal cells are equal.
    unit = np.exp2(np.floor(np.log2(scale)))
    cells = np.rint(points / unit).astype(np.int64)
    key = np.zeros(len(points), dtype=np.uint64)
    for column in (marks, *cells.T):
        key = (key ^ column.astype(np.int64).view(np.uint64)) * np.uint64(0x9E3779B97F4A7C15)
        key ^= key >> np.uint64(29)
    _, first, group = np.unique(key, return_index=True, return_inverse=True)
    return first, group


def _judge_distinct(
    function: ScalarFunction, points: FloatArray, endings: NDArray[np.int8]
) -> NDArray[np.int8]:
    codes = _TABLE[endings]
    gradients = function.gradients(points)
    hessians = function.hessians(points)
    usable = np.isfinite(hessians).all(axis=(1, 2))
    hessians[~usable] = 0.0
    eigenvalues, vectors = np.linalg.eigh(hessians)
    critical = endings == Ending.CRITICAL
    resting = ~critical & usable
    if resting.any():
        resting[resting] = _at_rounding(
            function,
            points[resting],
            gradients[resting],
            hessians[resting],
            eigenvalues[resting],
            vectors[resting],
        )
    codes[critical | resting] = CODES[Outcome.NOT_A_MINIMUM]
    low = (critical | resting) & usable
    if low.any():
        low[low] = _are_minima(
            function, points[low], gradients[low], eigenvalues[low], vectors[low]
        )
    codes[low] = CODES[Outcome.CONVERGED]
    return codes


def _at_rounding(
    function: ScalarFunction,
    points: FloatArray,
    gradients: FloatArray,
    hessians: FloatArray,
    eigenvalues: FloatArray,
    vectors: FloatArray,
) -> BoolArray:
    """Whether Newton's step is lost in the rounding of x, or what it gains in that of f."""
    n = points.shape[1]
    largest = np.max(np.abs(eigenvalues), axis=1, keepdims=True)
    kept = np.abs(eigenvalues) > n * _EPSILON * largest
    inverse = np.where(kept, 1.0 / np.where(kept, eigenvalues, 1.0), 0.0)
    step = _apply(vectors, inverse * _apply(vectors.transpose(0, 2, 1), gradients))
    explained = np.abs(_apply(hessians, step) - gradients) <= 1e-6 * np.abs(gradients)
    gain = 0.5 * np.abs(np.sum(gradients * step, axis=1))
    lost = np.abs(step) <= 8.0 * _EPSILON * np.abs(points)
    unseen = gain <= rounding_noise(function, points)
    return explained.all(axis=1) & (unseen | lost.all(axis=1))


def _are_minima(
    function: ScalarFunction,
    points: FloatArray,
    gradients: FloatArray,
    eigenvalues: FloatArray,
    vectors: FloatArray,
) -> BoolArray:
    """Whether the critical points near `points` are minima, as `end_at` decides it."""
    lowest = eigenvalues[:, 0]
    scale = np.max(np.abs(eigenvalues), axis=1)
    falling = (scale > 0) & (lowest < -_FLAT * scale)
    curved = (scale > 0) & (lowest > _FLAT * scale)
    along = _apply(vectors.transpose(0, 2, 1), gradients)
    newton = np.where(curved[:, None], -_apply(vectors, along / eigenvalues), 0.0)
    minimum = curved.copy()
    if minimum.any():
        ahead = function.hessians(points[minimum] + 2.0 * newton[minimum])
        known = np.isfinite(ahead).all(axis=(1, 2))
        ahead[~known] = 0.0
        steady = np.linalg.eigvalsh(ahead)[:, 0] > _STEADY * lowest[minimum]
        minimum[minimum] = known & steady
    left = np.sum(
        np.where(eigenvalues > _FLAT * scale[:, None], along**2 / eigenvalues, 0.0), axis=1
    )
    doubtful = np.flatnonzero(~falling & ~minimum)
    flat = eigenvalues <= np.maximum(_FLAT * scale, lowest)[:, None]
    at_a_time = max(1, _TRIED // (18 * points.shape[1] ** 2))
    for start in range(0, len(doubtful), at_a_time):
        part = doubtful[start : start + at_a_time]
        minimum[part] = ~_fall_along(
            function,
            points[part],
            gradients[part],
            vectors[part],
            flat[part],
            newton[part],
            left[part],
        )
    return minimum


def _fall_along(
    function: ScalarFunction,
    points: FloatArray,
    gradients: FloatArray,
    vectors: FloatArray,
    flat: BoolArray,
    newton: FloatArray,
    left: FloatArray,
) -> BoolArray:
    """Whether f falls along one of the columns of `vectors` that `flat` marks, for each point."""
    own = np.linalg.norm(newton, axis=1)
    smallest = np.where(own > 0, own, 1e-6 * (1.0 + np.linalg.norm(points, axis=1)))
    spread = np.where((own > 0)[:, None], np.geomspace(1.0, 20.0, 9), np.geomspace(1.0, 1e4, 9))
    radii = smallest[:, None] * spread
    moves = radii[:, :, None, None] * vectors.transpose(0, 2, 1)[:, None]
    moves = np.concatenate([moves, -moves], axis=1)
    tried = points[:, None, None, :] + moves
    values = function.values(tried.reshape(-1, points.shape[1])).reshape(moves.shape[:3])
    here = function.values(points)[:, None, None]
    slope = 2.0 * np.abs(moves @ gradients[:, None, :, None])[..., 0] + left[:, None, None]
    lower = flat[:, None, :] & (values < here - slope)
    # Rounding is asked about only where it can change the answer.
    lane, *_ = where = np.nonzero(lower)
    if len(lane):
        noise = rounding_noise(function, tried[where]) + rounding_noise(function, points[lane])
        lower[where] = values[where] < here[lane, 0, 0] - slope[where] - noise
    return np.asarray(lower.any(axis=(1, 2)))


def _apply(matrices: FloatArray, rows: FloatArray) -> FloatArray:
    """Each matrix (n, n) times its row (n,)."""
    return np.einsum("mij,mj->mi", matrices, rows)
