"""Hunts for critical points that a search missed, or counted twice, on random formulas.

    python tests/soundness/hunt.py --formulas 2000

Newton's method from a grid of starts finds critical points by another way. Each that is really
one (the gradient vanishes to rounding, the Hessian is regular) must be among the certified
points or lie in an undecided region; and the best of a grid of values must not be below the
lower bound of the global minimum.
"""

import argparse
import sys
import time
from dataclasses import dataclass

import numpy as np

from steepest.critical.minimum import global_minimum
from steepest.critical.points import critical_points
from steepest.errors import SteepestError
from steepest.functions.formula import Formula

BOX = ((-2.1, 1.9), (-1.7, 2.3))


@dataclass
class Tally:
    """What was looked at, and a line for every fault."""

    formulas: int = 0
    certified: int = 0
    hunted: int = 0
    complete: int = 0
    faults: tuple[str, ...] = ()


def random_formula(rng: np.random.Generator, depth: int = 3) -> str:
    """A formula of x and y, smooth most of the time, sometimes with kinks, poles and edges."""

    def expression(level: int) -> str:
        if level == 0:
            return str(rng.choice(["x", "y", "x", "y", f"{rng.uniform(-3, 3):.2f}"]))
        a, b = expression(level - 1), expression(level - 1)
        kind = rng.choice(_FORMS, p=_WEIGHTS)
        return str(kind).replace("A", f"({a})").replace("B", f"({b})")

    return f"{expression(depth)} + 0.3x^2 + 0.2y^2 + 0x + 0y"


_FORMS = (
    "A + B", "A - B", "A*B", "A^2", "A^3", "sin(2A)", "cos(A)", "exp(-A^2)", "tanh(A)", "atan(A)",
    "A/(1 + B^2)", "sqrt(1 + A^2)", "log(3 + sin(A))", "erf(A)", "softplus(A)", "hypot(A, 1)",
    "|A|", "max(A, B)", "relu(A)", "A/B", "log(A)", "sqrt(A)", "where(A < B, A, B^2)", "cbrt(A)",
)  # fmt: skip
_WEIGHTS = np.array([3, 2, 4, 2, 1, 3, 3, 2, 1, 1, 2, 1, 1, 1, 1, 1, *[0.35] * 8])
_WEIGHTS /= _WEIGHTS.sum()


def examine(text: str, tally: Tally, boxes: int = 20_000) -> None:
    """Searches one formula by both ways."""
    f = Formula(text, variables=("x", "y"))
    tally.formulas += 1
    try:
        found = critical_points(f, BOX, max_boxes=boxes)
    except SteepestError:
        return  # undefined on the whole box
    tally.certified += len(found)
    tally.complete += found.complete
    faults = []
    locations = found.locations
    if len(locations) > 1:
        distances = np.abs(locations[:, None] - locations[None]).max(axis=2)
        np.fill_diagonal(distances, np.inf)
        if (distances <= found.radii[:, None] + found.radii[None]).any():
            faults.append("two certified points cannot be told apart")
    for x in hunted_points(f):
        tally.hunted += 1
        near = bool(len(locations)) and np.abs(locations - x).max(axis=1).min() < 1e-6
        waits = any(
            np.any(np.all((x >= r.lo.T - 1e-7) & (x <= r.hi.T + 1e-7), axis=1))
            for r in found.undecided
        )
        if not near and not waits:
            faults.append(f"missed {x.tolist()}")
    best = global_minimum(f, BOX, max_boxes=boxes // 4)
    grid = np.stack(np.meshgrid(*(np.linspace(*side, 61) for side in BOX)), axis=-1)
    with np.errstate(all="ignore"):
        values = f.values(grid.reshape(-1, 2))
    values = values[np.isfinite(values)]
    lo, hi = best.value_bounds
    if values.size and (values.min() < lo - 1e-12 * (1 + abs(lo)) or lo > hi):
        faults.append(f"a value {values.min()} below the proved minimum [{lo}, {hi}]")
    tally.faults += tuple(f"{text}: {fault}" for fault in faults)


def hunted_points(f: Formula) -> np.ndarray:
    """Regular critical points inside the box that Newton's method reaches, (k, 2)."""
    sides = (np.linspace(lo, hi, 14) for lo, hi in BOX)
    points = np.stack(np.meshgrid(*sides), axis=-1).reshape(-1, 2)
    with np.errstate(all="ignore"):
        for _ in range(40):
            gradients, hessians = f.gradients(points), f.hessians(points)
            usable = np.isfinite(gradients).all(axis=1) & np.isfinite(hessians).all(axis=(1, 2))
            usable &= np.abs(np.linalg.det(np.nan_to_num(hessians))) > 1e-8
            points, gradients, hessians = points[usable], gradients[usable], hessians[usable]
            step = np.linalg.solve(hessians, gradients[:, :, None])[:, :, 0]
            points = (
                points - step * np.minimum(1, 0.5 / (1e-300 + np.abs(step).max(axis=1)))[:, None]
            )
        gradients, hessians = f.gradients(points), f.hessians(points)
        sure = np.isfinite(f.values(points))
        # A sign change all around, not just a small gradient far out.
        sure &= np.abs(gradients).max(axis=1) < 1e-12 * np.abs(hessians).max(axis=(1, 2))
        sure &= np.abs(np.linalg.det(np.nan_to_num(hessians))) > 1e-4
        for i in (0, 1):
            sure &= (points[:, i] > BOX[i][0] + 1e-6) & (points[:, i] < BOX[i][1] - 1e-6)
    return np.unique(points[sure].round(8), axis=0)


def main() -> int:
    parser = argparse.ArgumentParser(description="Hunts for missed critical points")
    parser.add_argument("--formulas", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    rng = np.random.default_rng(options.seed)
    tally, start = Tally(), time.perf_counter()
    while tally.formulas < options.formulas:
        examine(random_formula(rng), tally)
    print(
        f"{tally.formulas:,} formulas, {tally.complete:,} complete; {tally.certified:,} certified"
        f" points, {tally.hunted:,} hunted; {len(tally.faults)} faults,"
        f" {time.perf_counter() - start:.0f} s"
    )
    for fault in tally.faults[:20]:
        print("  " + fault)
    return int(bool(tally.faults))


if __name__ == "__main__":
    sys.exit(main())
