"""The list of known answers is checked before anything is checked against it."""

from __future__ import annotations

import math

import numpy as np
import pytest

import problems
from steepest.functions.formula import Formula

COUNTED = [p for p in problems.PROBLEMS if p.counts is not None]


def critical_points(problem: problems.Problem, starts_a_side: int = 160) -> np.ndarray:
    """All zeros of ∇f that Newton's method finds from a grid of starts, inside the box."""
    f = Formula(problem.formula)
    (a, b), (c, d) = problem.box
    grid = np.meshgrid(np.linspace(a, b, starts_a_side), np.linspace(c, d, starts_a_side))
    x = np.stack([g.ravel() for g in grid], axis=-1)
    with np.errstate(all="ignore"):
        for _ in range(40):
            hessians = f.hessians(x)
            determinant = np.linalg.det(hessians)
            x, hessians = x[determinant != 0], hessians[determinant != 0]
            x = x - np.linalg.solve(hessians, f.gradients(x)[..., None])[..., 0]
            x = x[np.isfinite(x).all(axis=1)]
    inside = ((x > [a, c]) & (x < [b, d])).all(axis=1)
    x = x[inside]
    small = np.linalg.norm(f.gradients(x), axis=1) < 1e-9
    # Points a hundredth of their neighbours' distance apart are one point.
    _, first = np.unique(np.round(x[small] / 1e-5), axis=0, return_index=True)
    found: list[np.ndarray] = []
    for point in x[small][first]:
        if all(np.linalg.norm(point - other) > 2e-5 for other in found):
            found.append(point)
    return np.array(found).reshape(-1, 2)


@pytest.mark.parametrize("problem", COUNTED, ids=str)
def test_counts(problem: problems.Problem) -> None:
    counts = problem.counts
    assert counts is not None
    if counts.degenerate:
        # Newton's method creeps towards these; their gradient and Hessian say enough.
        f = Formula(problem.formula)
        assert np.allclose(f.gradients(problem.degenerate), 0, atol=1e-12)
        assert np.allclose(np.linalg.det(f.hessians(problem.degenerate)), 0, atol=1e-12)
        assert len(problem.degenerate) == counts.degenerate
        return
    points = critical_points(problem)
    eigenvalues = np.linalg.eigvalsh(Formula(problem.formula).hessians(points).reshape(-1, 2, 2))
    minima = int((eigenvalues[:, 0] > 0).sum())
    maxima = int((eigenvalues[:, 1] < 0).sum())
    assert (minima, maxima, len(points) - minima - maxima) == counts[:3]


@pytest.mark.parametrize(
    "problem", [p for p in problems.PROBLEMS if p.winding is not None], ids=str
)
def test_winding_number(problem: problems.Problem) -> None:
    """The gradient's turns along the boundary, added up from small changes of its angle."""
    (a, b), (c, d) = problem.box
    corners = np.array([(a, c), (b, c), (b, d), (a, d), (a, c)], dtype=float)
    f = Formula(problem.formula)
    t = np.linspace(0, 4, 8001)
    for _ in range(40):
        sides = np.stack([np.interp(t, range(5), corners[:, i]) for i in (0, 1)], axis=-1)
        g = f.gradients(sides)
        angle = np.arctan2(g[:, 1], g[:, 0])
        change = (np.diff(angle) + math.pi) % (2 * math.pi) - math.pi
        jumps = np.flatnonzero(np.abs(change) > 0.5)
        if not jumps.size:
            break
        t = np.insert(t, jumps + 1, (t[jumps] + t[jumps + 1]) / 2)
    else:
        pytest.fail("the gradient jumps on the boundary")
    assert round(change.sum() / (2 * math.pi)) == problem.winding
    if problem.counts is not None and not problem.counts.degenerate:
        assert problem.counts.winding == problem.winding


@pytest.mark.parametrize("problem", problems.PROBLEMS, ids=str)
def test_known_points(problem: problems.Problem) -> None:
    f = Formula(problem.formula)
    for known, sign in [(k, 1) for k in problem.minima] + [(k, -1) for k in problem.maxima]:
        error = max(10.0**-known.digits, 1e-14)
        hessian = f.hessians([known.point])[0]
        eigenvalues = np.linalg.eigvalsh(sign * hessian)
        assert eigenvalues[0] > 0
        # A point that is off by `error` has a gradient of up to that times the curvature.
        assert np.linalg.norm(f.gradients([known.point])) <= 2 * error * eigenvalues[-1]
        assert f(*known.point) == pytest.approx(known.value, abs=error * max(1, eigenvalues[-1]))


@pytest.mark.parametrize("example", problems.CHAPTER, ids=lambda e: e.formula)
def test_textbook_gradients(example: problems.Gradient) -> None:
    f = Formula(example.formula)
    printed = [Formula(g, variables=f.variables) for g in example.symbolic]
    points = np.random.default_rng(0).uniform(-2, 2, (50, f.dim))
    expected = np.stack([p.values(points) for p in printed], axis=-1)
    assert f.gradients(points) == pytest.approx(expected, rel=1e-12, abs=1e-12)
    assert [p(*example.point) for p in printed] == pytest.approx(example.value, rel=1e-12)


@pytest.mark.parametrize("place", problems.AWKWARD_POINTS, ids=str)
def test_one_sided_slopes(place: problems.AwkwardPoint) -> None:
    """The stated slopes are what difference quotients tend to."""
    f = Formula(place.formula)
    value = f.values([place.point])[0]
    if place.kind == "outside":
        assert math.isnan(value)
        return
    assert place.slopes or place.gradient
    for i, (below, above) in enumerate(place.slopes):
        for sign, slope in ((-1, below), (1, above)):
            moved = np.array(place.point, dtype=float)
            moved[i] += sign * 1e-12
            quotient = sign * (f.values([moved])[0] - value) / 1e-12
            if slope is None:
                assert math.isnan(quotient)
            elif math.isinf(slope):
                assert quotient > 1e5
            else:
                assert quotient == pytest.approx(slope, abs=1e-3)
    if place.gradient is not None:
        for i, expected in enumerate(place.gradient):
            h = 1e-7
            moved = np.array([place.point, place.point], dtype=float)
            moved[:, i] += (-h, h)
            below, above = f.values(moved)
            assert (above - below) / (2 * h) == pytest.approx(expected, rel=1e-5)


def test_boyd_iterates_are_exact_line_searches() -> None:
    gamma = 7.0
    x = np.array(problems.boyd_iterate(gamma, 3))
    g = np.array([x[0], gamma * x[1]])
    step = (g @ g) / (g @ (np.array([1, gamma]) * g))
    assert step == pytest.approx(2 / (1 + gamma))
    assert x - step * g == pytest.approx(problems.boyd_iterate(gamma, 4))


def test_spectrum_rates() -> None:
    """The rates are the spectral radii of the iterations they belong to."""
    spectrum = problems.Spectrum(1, 50)
    eta = spectrum.best_fixed_step
    assert max(abs(1 - eta * v) for v in spectrum) == pytest.approx(spectrum.best_fixed_rate)
    eta, beta = spectrum.best_momentum
    for eigenvalue in spectrum:
        iteration = np.array([[1 + beta - eta * eigenvalue, -beta], [1, 0]])
        radius = np.abs(np.linalg.eigvals(iteration)).max()
        assert radius == pytest.approx(spectrum.best_momentum_rate, rel=1e-6)
    limit = spectrum.momentum_limit(beta)
    for eta, stable in ((0.999 * limit, True), (1.001 * limit, False)):
        iteration = np.array([[1 + beta - eta * spectrum.largest, -beta], [1, 0]])
        assert (np.abs(np.linalg.eigvals(iteration)).max() < 1) == stable
