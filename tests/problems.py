"""Functions with known answers, from public sources: the one list that every test draws from.

    from problems import AWKWARD_POINTS, CHAPTER, PROBLEMS, Spectrum

`PROBLEMS` have counted critical points and known minima, `CHAPTER` known gradients,
`AWKWARD_POINTS` places where a derivative fails or nearly does. The functions at the end are
what theory says of descents on quadratics. tests/test_problems.py checks the list itself.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

Point = tuple[float, ...]
Box = tuple[tuple[float, float], ...]


class Counts(NamedTuple):
    """Critical points strictly inside a box, by the eigenvalues of the Hessian there."""

    minima: int
    maxima: int
    saddles: int
    degenerate: int = 0

    @property
    def total(self) -> int:
        return sum(self)

    @property
    def winding(self) -> int:
        """Turns of ∇f along the boundary of a box in the plane (Poincaré-Hopf), none degenerate."""
        return self.minima + self.maxima - self.saddles


class Known(NamedTuple):
    """A point as printed in the literature; `digits` are the decimals that can be trusted."""

    point: Point
    value: float
    digits: int = 6


@dataclass(frozen=True)
class Problem:
    """A formula on a box and what is known of it there.

    `counts` is None where the critical points form curves: then no count is right. `winding`
    is given where it is known although points are degenerate. `minima` lists known local
    minima, the global ones first; it need not list all.
    """

    name: str
    formula: str
    box: Box
    source: str
    counts: Counts | None = None
    minima: tuple[Known, ...] = ()
    maxima: tuple[Known, ...] = ()
    degenerate: tuple[Point, ...] = ()
    winding: int | None = None

    def __str__(self) -> str:
        return self.name


_CERTIFIED = "counts certified by an interval search and the winding number"

PROBLEMS: tuple[Problem, ...] = (
    Problem(
        "bowl",
        "x^2 + 3y^2",
        ((-3, 3), (-3, 3)),
        "the textbook's example; a positive definite quadratic",
        Counts(1, 0, 0),
        (Known((0, 0), 0, 15),),
        winding=1,
    ),
    Problem(
        "saddle",
        "x^2 - y^2",
        ((-3, 3), (-3, 3)),
        "an indefinite quadratic",
        Counts(0, 0, 1),
        winding=-1,
    ),
    Problem(
        "himmelblau",
        "(x^2 + y - 11)^2 + (x + y^2 - 7)^2",
        ((-5, 5), (-5, 5)),
        f"Himmelblau, Applied Nonlinear Programming (1972); {_CERTIFIED}",
        Counts(4, 1, 4),
        (
            Known((3, 2), 0, 15),
            Known((-2.805118, 3.131313), 0),
            Known((-3.779310, -3.283186), 0),
            Known((3.584428, -1.848127), 0),
        ),
        maxima=(Known((-0.270845, -0.923039), 181.617, 3),),
        winding=1,
    ),
    Problem(
        "six-hump camel",
        "(4 - 2.1x^2 + x^4/3)x^2 + x*y + (4y^2 - 4)y^2",
        ((-3, 3), (-2, 2)),
        f"Dixon & Szegő, Towards Global Optimisation 2 (1978); {_CERTIFIED}",
        Counts(6, 2, 7),
        (Known((0.0898, -0.7126), -1.0316285, 4), Known((-0.0898, 0.7126), -1.0316285, 4)),
        winding=1,
    ),
    Problem(
        "three-hump camel",
        "2x^2 - 1.05x^4 + x^6/6 + x*y + y^2",
        ((-5, 5), (-5, 5)),
        f"Dixon & Szegő, Towards Global Optimisation (1975); {_CERTIFIED}",
        Counts(3, 0, 2),
        (Known((0, 0), 0, 15),),
        winding=1,
    ),
    Problem(
        "rastrigin",
        "20 + x^2 - 10cos(2pi x) + y^2 - 10cos(2pi y)",
        ((-5.12, 5.12), (-5.12, 5.12)),
        f"Rastrigin, Systems of Extremal Control (1974); {_CERTIFIED}",
        Counts(121, 100, 220),
        (Known((0, 0), 0, 15),),
        winding=1,
    ),
    Problem(
        "styblinski-tang",
        "(x^4 - 16x^2 + 5x + y^4 - 16y^2 + 5y)/2",
        ((-5, 5), (-5, 5)),
        f"Styblinski & Tang, Neural Networks 3 (1990); {_CERTIFIED}",
        Counts(4, 1, 4),
        (Known((-2.903534, -2.903534), -78.3323314),),
        winding=1,
    ),
    Problem(
        "rosenbrock",
        "(1 - x)^2 + 100(y - x^2)^2",
        ((-5, 10), (-5, 10)),
        f"Rosenbrock, The Computer Journal 3 (1960); {_CERTIFIED}",
        Counts(1, 0, 0),
        (Known((1, 1), 0, 15),),
        winding=1,
    ),
    Problem(
        "beale",
        "(1.5 - x + x*y)^2 + (2.25 - x + x y^2)^2 + (2.625 - x + x y^3)^2",
        ((-4.5, 4.5), (-4.5, 4.5)),
        f"Beale, On an Iterative Method for Finding a Local Minimum (1958); {_CERTIFIED}",
        Counts(1, 0, 2),
        (Known((3, 0.5), 0, 15),),
        winding=-1,
    ),
    Problem(
        "branin",
        "(y - 5.1x^2/(4pi^2) + 5x/pi - 6)^2 + 10(1 - 1/(8pi))cos(x) + 10",
        ((-5, 10), (0, 15)),
        f"Branin, IBM Journal of Research and Development 16 (1972); {_CERTIFIED}",
        Counts(3, 0, 2),
        (
            Known((-math.pi, 12.275), 0.397887),
            Known((math.pi, 2.275), 0.397887),
            Known((3 * math.pi, 2.475), 0.397887),
        ),
        winding=1,
    ),
    Problem(
        "gaussian slope",
        "x exp(-x^2 - y^2)",
        ((-4, 4), (-4, 4)),
        "by hand: ∇f = 0 needs y = 0 and x² = 1/2. Far away f is so flat that Newton's method"
        " stops at false points",
        Counts(1, 1, 0),
        (Known((-math.sqrt(0.5), 0), -math.sqrt(0.5) * math.exp(-0.5), 15),),
        maxima=(Known((math.sqrt(0.5), 0), math.sqrt(0.5) * math.exp(-0.5), 15),),
        winding=2,
    ),
    Problem(
        "three sines",
        "sin(x) + sin(y) + sin(x + y)",
        ((-4, 4), (-4, 4)),
        "by hand: cos x = cos y = -cos(x + y); the Hessian vanishes at the points (±π, ±π)",
        Counts(1, 1, 0, degenerate=4),
        (Known((-math.pi / 3, -math.pi / 3), -1.5 * math.sqrt(3), 15),),
        maxima=(Known((math.pi / 3, math.pi / 3), 1.5 * math.sqrt(3), 15),),
        degenerate=tuple((i * math.pi, j * math.pi) for i in (-1, 1) for j in (-1, 1)),
        winding=-6,
    ),
    Problem(
        "monkey saddle",
        "x^3 - 3x y^2",
        ((-1, 1), (-1, 1)),
        "Hilbert & Cohn-Vossen, Geometry and the Imagination; index -2 at the origin",
        Counts(0, 0, 0, degenerate=1),
        degenerate=((0, 0),),
        winding=-2,
    ),
    Problem(
        "nearly flat, two",
        "x^3/3 - 1e-8x + y^2",
        ((-1, 1), (-1, 1)),
        "by hand: x = ±1e-4, a minimum and a saddle",
        Counts(1, 0, 1),
        (Known((1e-4, 0), -2e-12 / 3, 15),),
        winding=0,
    ),
    Problem(
        "nearly flat, none",
        "x^3/3 + 1e-8x + y^2",
        ((-1, 1), (-1, 1)),
        "by hand: ∂f/∂x = x² + 1e-8 is never zero",
        Counts(0, 0, 0),
        winding=0,
    ),
    Problem("line of critical points", "x^2 y", ((-1, 1), (-1, 1)), "by hand: all of x = 0"),
    Problem("cross of critical points", "(x*y)^2", ((-1, 1), (-1, 1)), "by hand: both axes"),
    Problem(
        "ring of critical points",
        "(x^2 + y^2 - 1)^2",
        ((-2, 2), (-2, 2)),
        "by hand: the unit circle, and a maximum at the origin",
        maxima=(Known((0, 0), 1, 15),),
    ),
)

BY_NAME: dict[str, Problem] = {problem.name: problem for problem in PROBLEMS}


class Gradient(NamedTuple):
    """A gradient that a textbook prints: as formulas, and at a point."""

    formula: str
    symbolic: tuple[str, ...]
    point: Point
    value: Point


#: The examples of a textbook chapter on gradients.
CHAPTER: tuple[Gradient, ...] = (
    Gradient("x^2 + 3y^2", ("2x", "6y"), (1, 2), (2, 12)),
    Gradient("x^2 y + y^3", ("2x*y", "x^2 + 3y^2"), (1, 2), (4, 13)),
    Gradient(
        "exp(x*y) + sin(z)",
        ("y exp(x*y)", "x exp(x*y)", "cos(z)"),
        (0, 2, 0),
        (2, 0, 1),
    ),
    Gradient("x^2 + 4y^2", ("2x", "8y"), (2, 1), (4, 8)),
    Gradient("x^2 - x*y + y^2", ("2x - y", "2y - x"), (1, 1), (1, 1)),
    # mean((w x - y)²) over x = 1 … 5, y = 2x.
    Gradient(
        "((w - 2)^2 + (2w - 4)^2 + (3w - 6)^2 + (4w - 8)^2 + (5w - 10)^2)/5",
        ("22(w - 2)",),
        (0.5,),
        (-33,),
    ),
    Gradient("sin(x)^2", ("2 sin(x) cos(x)",), (2,), (math.sin(4),)),
    Gradient("x^2 + x^3", ("2x + 3x^2",), (3,), (33,)),
)


class AwkwardPoint(NamedTuple):
    """Where a derivative fails, or where careless code thinks so.

    `kind` is what the status must say there; `slopes` are the one-sided derivatives in each
    variable (from below, from above), None where f does not exist on that side; `gradient` is
    given where f is differentiable.
    """

    formula: str
    point: Point
    kind: str
    slopes: tuple[tuple[float | None, float | None], ...] = ()
    gradient: Point | None = None
    relative: float = 1e-12  # what rounding in f's own arguments allows of the gradient

    def __str__(self) -> str:
        return f"{self.formula} at {self.point}"


AWKWARD_POINTS: tuple[AwkwardPoint, ...] = (
    AwkwardPoint("abs(x)", (0,), "kink", ((-1, 1),)),
    AwkwardPoint("relu(x) - relu(-x)", (0,), "differentiable", gradient=(1,)),
    AwkwardPoint("max(x, y)", (1, 1), "kink", ((0, 1), (0, 1))),
    AwkwardPoint("sqrt(x)", (0,), "edge", ((None, math.inf),)),
    AwkwardPoint("hypot(x, y)", (0, 0), "kink", ((-1, 1), (-1, 1))),
    AwkwardPoint("x^2/x", (0,), "outside"),
    AwkwardPoint("sin(x)/x", (0,), "outside"),
    AwkwardPoint("cbrt(x)", (-8,), "differentiable", gradient=(1 / 12,)),
    AwkwardPoint("sin(10^4 x)", (1,), "differentiable", gradient=(1e4 * math.cos(1e4),)),
)


# What theory says of descents on quadratics ------------------------------------------------


def boyd_quadratic(gamma: float) -> str:
    """½(x² + γy²) (Boyd & Vandenberghe, Convex Optimization, §9.3.2)."""
    return f"(x^2 + {gamma:g}y^2)/2"


def boyd_iterate(gamma: float, k: int) -> Point:
    """Where exact line search stands after k steps from (γ, 1); each has length 2/(1 + γ)."""
    ratio = (gamma - 1) / (gamma + 1)
    return gamma * ratio**k, (-ratio) ** k


class Spectrum(NamedTuple):
    """A quadratic by its Hessian's extreme eigenvalues (Goh, Why Momentum Really Works, 2017)."""

    smallest: float
    largest: float

    @property
    def condition(self) -> float:
        return self.largest / self.smallest

    @property
    def stable_step_limit(self) -> float:
        """A fixed step converges below 2/λₙ and not above."""
        return 2 / self.largest

    @property
    def best_fixed_step(self) -> float:
        return 2 / (self.smallest + self.largest)

    @property
    def best_fixed_rate(self) -> float:
        """The factor by which the best fixed step shrinks the error: (κ − 1)/(κ + 1)."""
        return (self.condition - 1) / (self.condition + 1)

    @property
    def best_momentum(self) -> tuple[float, float]:
        """The best step size and β of heavy-ball momentum."""
        low, high = math.sqrt(self.smallest), math.sqrt(self.largest)
        return (2 / (low + high)) ** 2, ((high - low) / (high + low)) ** 2

    @property
    def best_momentum_rate(self) -> float:
        """(√κ − 1)/(√κ + 1)."""
        root = math.sqrt(self.condition)
        return (root - 1) / (root + 1)

    def momentum_limit(self, beta: float) -> float:
        """With momentum β a step converges below (2 + 2β)/λₙ and not above."""
        return (2 + 2 * beta) / self.largest
