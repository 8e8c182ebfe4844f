"""What a local model answers with: frozen values that print well."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from steepest.norms import Norm

FloatArray = NDArray[np.float64]

#: (slope to the left, slope to the right); None where f does not exist on that side.
OneSided = tuple[float | None, float | None]


class Smoothness(Enum):
    """Whether f has a gradient at a point, and if not, why."""

    DIFFERENTIABLE = "differentiable"
    #: f is continuous, but the one-sided slopes differ or are infinite (a vertical tangent).
    KINK = "kink"
    #: f is defined at the point and beside it, but with another value.
    JUMP = "jump"
    #: f is defined at the point, but not in every direction from it.
    EDGE = "edge"
    #: f is not defined at the point.
    OUTSIDE = "outside"
    #: Double precision cannot tell; the sentence says why.
    UNDECIDED = "undecided"


@dataclass(frozen=True)
class Differentiability:
    """The status of a point.

    `slopes` holds for each variable the slopes of f to its left and to its right, both as x
    grows: |x| at 0 has (-1, 1). None stands where f does not exist on that side (or where
    nothing is known), an infinity for a vertical tangent.
    """

    kind: Smoothness
    sentence: str
    slopes: tuple[OneSided, ...]

    @property
    def differentiable(self) -> bool:
        """Whether f has a gradient here."""
        return self.kind is Smoothness.DIFFERENTIABLE

    def __str__(self) -> str:
        return self.sentence


@dataclass(frozen=True)
class SteepestDirection:
    """The direction of length one in `norm` along which f changes fastest.

    `direction` (n,) has norm.size(direction) = 1; `rate` is the slope along it, the dual norm
    of the gradient (negative for descent). `unique` is False for a tie; `sentence` then tells
    the whole set of steepest directions.
    """

    norm: Norm
    direction: FloatArray
    rate: float
    unique: bool
    sentence: str

    def __str__(self) -> str:
        shown = ", ".join(f"{c:.6g}" for c in self.direction)
        tie = f"; {self.sentence}" if not self.unique else ""
        return f"({shown}) at rate {self.rate:.6g} in the {self.norm.name} norm{tie}"


@dataclass(frozen=True)
class SlopeComparison:
    """The slope along one direction, three ways that must agree.

    `limit` is the limit of difference quotients, known to within `error_bound`; `dot` is
    ∇f·u and `cosine` is ‖∇f‖ cos θ, with the angle θ measured on its own, both known to within
    `rounding`.
    """

    limit: float
    dot: float
    cosine: float
    error_bound: float
    rounding: float

    @property
    def agree(self) -> bool:
        """Whether the three are equal to within their errors."""
        return (
            abs(self.limit - self.dot) <= self.error_bound + self.rounding
            and abs(self.dot - self.cosine) <= self.rounding
        )


class SlopeRow(NamedTuple):
    """One line of the table h → 0: (f(x + h u) - f(x))/h and how far it is from the slope."""

    h: float
    quotient: float
    error: float


@dataclass(frozen=True)
class Prediction:
    """The change of f for one step: as the Taylor polynomial says, and as it is.

    `error` is actual - predicted.
    """

    step: FloatArray
    order: int
    predicted: float
    actual: float

    @property
    def error(self) -> float:
        """What the prediction misses: actual - predicted."""
        return self.actual - self.predicted

    def __str__(self) -> str:
        return (
            f"order {self.order}: predicted change {self.predicted:.6g},"
            f" actual {self.actual:.6g}, error {self.error:.3g}"
        )


@dataclass(frozen=True)
class Way:
    """One way to the gradient, compared with the others.

    `error_bound` (n,) bounds the error of `gradient` (n,). `agrees` is None where the bound is
    too wide to tell; `detail` says why, or which component is off and by how much.
    """

    name: str
    gradient: FloatArray
    error_bound: FloatArray
    agrees: bool | None
    detail: str

    def __str__(self) -> str:
        verdict = {True: "agrees", False: "differs", None: "not decided"}[self.agrees]
        return f"{self.name}: {verdict}" + (f" ({self.detail})" if self.detail else "")


@dataclass(frozen=True)
class Verification:
    """What independent ways to the gradient say about each other.

    `agrees` is True if at least two independent ways agree and none differs.
    """

    agrees: bool
    ways: tuple[Way, ...]
    sentence: str

    def __bool__(self) -> bool:
        return self.agrees

    def __str__(self) -> str:
        return "\n".join([self.sentence, *(f"  {way}" for way in self.ways)])
