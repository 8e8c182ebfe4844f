"""Each rule against what theory or torch says of it, and its bad parameters."""

from __future__ import annotations

from typing import cast

import numpy as np
import pytest

import steepest as st
from problems import Spectrum, boyd_iterate, boyd_quadratic
from steepest.descent import Trajectory
from steepest.descent.outcomes import Outcome
from steepest.errors import ParameterError
from steepest.norms import dual_of, size_of

SPECTRUM = Spectrum(1.0, 20.0)
QUADRATIC = st.Formula("(x^2 + 20y^2)/2")


@pytest.mark.parametrize("gamma", [1.5, 10.0, 100.0])
def test_exact_line_search_zigzags_as_in_boyd(gamma):
    f = st.Formula(boyd_quadratic(gamma))
    t = st.descend(f, [gamma, 1], st.ExactLineSearch(), max_steps=12, tolerance=0)
    expected = np.array([boyd_iterate(gamma, k) for k in range(len(t.points))])
    assert t.points == pytest.approx(expected, rel=1e-9)
    lengths = np.linalg.norm(np.diff(t.points, axis=0), axis=1) / t.gradient_norms[:-1]
    assert lengths == pytest.approx(2 / (1 + gamma), rel=1e-9)


def test_exact_line_search_stops_at_the_first_minimum_of_a_curved_ray():
    f = st.Formula("sin(x)")
    t = st.descend(f, [1.0], st.ExactLineSearch(), max_steps=5)
    assert t.outcome is Outcome.CONVERGED
    assert t.end[0] == pytest.approx(-np.pi / 2, abs=1e-8)


def test_exact_line_search_that_overshoots_the_domain_comes_back():
    t = st.descend(st.Formula("x - log(x)"), [9.0], st.ExactLineSearch(first_trial=100.0))
    assert t.outcome is Outcome.CONVERGED
    assert t.end[0] == pytest.approx(1, abs=1e-7)


def test_exact_line_search_down_an_endless_slope_diverges():
    t = st.descend(st.Formula("x + y"), [0, 0], st.ExactLineSearch())
    assert t.outcome is Outcome.DIVERGED
    assert "falls without bound" in t.message


def _ratio(t: Trajectory, k: int = 40) -> float:
    sizes = np.linalg.norm(t.points, axis=1)
    return float((sizes[2 * k] / sizes[k]) ** (1 / k))


def test_best_fixed_step_converges_at_the_rate_of_theory():
    rule = st.FixedStep(SPECTRUM.best_fixed_step)
    t = st.descend(QUADRATIC, [20, 1], rule, max_steps=100, tolerance=0)
    assert _ratio(t) == pytest.approx(SPECTRUM.best_fixed_rate, rel=1e-6)


def test_best_momentum_converges_at_the_rate_of_theory():
    step_size, beta = SPECTRUM.best_momentum
    t = st.descend(QUADRATIC, [20, 1], st.Momentum(step_size, beta), max_steps=80, tolerance=0)
    # Both eigenvalues are double roots there: kᵏ times the rate, so the bound is loose above.
    assert SPECTRUM.best_momentum_rate < _ratio(t) < SPECTRUM.best_momentum_rate * 1.03


@pytest.mark.parametrize("factor", [0.99, 1.01])
@pytest.mark.parametrize(
    "make",
    [
        lambda limit: st.FixedStep(limit(st.FixedStep(1.0))),
        lambda limit: st.Momentum(limit(st.Momentum(1.0, 0.7)), 0.7),
        lambda limit: st.Nesterov(limit(st.Nesterov(1.0, 0.7)), 0.7),
    ],
    ids=["fixed", "momentum", "nesterov"],
)
def test_the_stable_step_limit_is_the_border_between_converging_and_diverging(make, factor):
    rule = make(lambda rule: factor * rule.stable_step_limit(SPECTRUM.largest))
    t = st.descend(QUADRATIC, [1, 1], rule, max_steps=20_000, tolerance=1e-6)
    assert t.outcome is (Outcome.CONVERGED if factor < 1 else Outcome.DIVERGED)
    assert t.lambda_max == pytest.approx(20)
    if factor > 1:
        assert f"is larger than {rule.limit_formula} = {t.stable_step_limit:.4g}" in t.message


def test_a_normalized_step_has_its_length_in_its_norm():
    f = st.Formula("x^2 + 3y^2")
    for norm in (st.L2(), st.L1(), st.LInf(), st.Quadratic([[2, 1], [1, 3]])):
        t = st.descend(f, [5, 7], st.NormalizedStep(0.25, norm=norm), max_steps=10)
        for step in np.diff(t.points, axis=0):
            assert size_of(norm, step) == pytest.approx(0.25)


def test_a_clipped_step_is_a_fixed_one_below_its_limit_and_short_above():
    f = st.Formula("x^2 + 3y^2")
    clipped = st.descend(f, [5, 7], st.ClippedStep(0.1, max_norm=2.0), max_steps=200)
    lengths = np.linalg.norm(np.diff(clipped.points, axis=0), axis=1)
    expected = 0.1 * np.minimum(clipped.gradient_norms[:-1], 2.0)
    assert lengths == pytest.approx(expected, rel=1e-12)
    assert clipped.gradient_norms[0] > 2 > clipped.gradient_norms[-1]


def test_newton_in_the_hessians_norm_reaches_a_quadratics_minimum_in_one_step():
    f = st.Formula("x^2 - x*y + 3y^2 + x")
    hessian = f.hessians([[0.0, 0.0]])[0]
    t = st.descend(f, [5, -7], st.FixedStep(1.0, norm=st.Quadratic(hessian)), tolerance=1e-12)
    assert t.steps == 1
    assert t.outcome is Outcome.CONVERGED


def test_backtracking_takes_the_first_length_that_pays():
    rule = st.Backtracking(step_size=1.0, alpha=0.3, beta=0.5)
    f = st.Formula("x^2 + 10y^2")
    t = st.descend(f, [3, 2], rule, max_steps=20)
    for k, step in enumerate(np.diff(t.points, axis=0)):
        g = t.gradients[k]
        length = float(np.linalg.norm(step) / np.linalg.norm(g))
        assert np.log2(length) == pytest.approx(round(np.log2(length)), abs=1e-9)
        assert t.values[k + 1] <= t.values[k] - 0.3 * length * g @ g + 1e-12
        if length < 1:
            longer = f(*(t.points[k] - 2 * length * g))
            assert longer > t.values[k] - 0.3 * 2 * length * g @ g


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (st.FixedStep(0.01), lambda p, t: t.optim.SGD(p, lr=0.01)),
        (st.Momentum(0.01, 0.9), lambda p, t: t.optim.SGD(p, lr=0.01, momentum=0.9)),
        (st.Nesterov(0.01, 0.9), lambda p, t: t.optim.SGD(p, lr=0.01, momentum=0.9, nesterov=True)),
        (st.RMSProp(0.01, 0.99, 1e-8), lambda p, t: t.optim.RMSprop(p, lr=0.01)),
        (st.Adam(0.05), lambda p, t: t.optim.Adam(p, lr=0.05)),
    ],
    ids=["fixed", "momentum", "nesterov", "rmsprop", "adam"],
)
def test_steps_equal_torch_optim(ours, theirs):
    import torch

    f = st.Formula("(x^2 + y - 11)^2 + (x + y^2 - 7)^2")
    t = st.descend(f, [1.0, -0.5], ours, max_steps=60, tolerance=0)
    p = torch.tensor([1.0, -0.5], dtype=torch.float64, requires_grad=True)
    optimizer = theirs([p], torch)
    for point in t.points[1:]:
        optimizer.zero_grad()
        ((p[0] ** 2 + p[1] - 11) ** 2 + (p[0] + p[1] ** 2 - 7) ** 2).backward()
        optimizer.step()
        assert point == pytest.approx(p.detach().numpy(), rel=1e-11)


def test_sign_descent_moves_every_coordinate_alike():
    f = st.Formula("x^2 + 3y^2")
    t = st.descend(f, [1, 2], st.FixedStep(0.01, norm=st.LInf()), max_steps=1)
    assert t.points[1] - t.points[0] == pytest.approx([-0.01 * 14, -0.01 * 14])
    assert dual_of(st.LInf(), [2, 12]) == 14


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (
            lambda: st.FixedStep(-0.1),
            r"FixedStep\(step_size=-0.1\): the step size must be a positive",
        ),
        (lambda: st.FixedStep(0), "must be a positive finite number"),
        (lambda: st.FixedStep(float("nan")), "must be a positive finite number"),
        (lambda: st.FixedStep(cast(float, "0.1")), r"step_size='0.1'"),
        (lambda: st.NormalizedStep(float("inf")), r"NormalizedStep\(step_size=inf\)"),
        (lambda: st.ClippedStep(0.1, max_norm=-1), r"ClippedStep\(max_norm=-1\): the max norm"),
        (
            lambda: st.Momentum(0.1, 1.0),
            r"Momentum\(beta=1.0\): the beta must satisfy 0 <= beta < 1",
        ),
        (lambda: st.Nesterov(0.1, -0.1), r"Nesterov\(beta=-0.1\)"),
        (
            lambda: st.Backtracking(alpha=0),
            r"Backtracking\(alpha=0\): the alpha must satisfy 0 < alpha",
        ),
        (lambda: st.Backtracking(beta=1), r"Backtracking\(beta=1\)"),
        (lambda: st.ExactLineSearch(first_trial=0), r"ExactLineSearch\(first_trial=0\)"),
        (lambda: st.RMSProp(0.1, decay=2), r"RMSProp\(decay=2\)"),
        (lambda: st.Adam(0.1, beta2=1), r"Adam\(beta2=1\)"),
        (lambda: st.Adam(True), r"Adam\(step_size=True\)"),
    ],
)
def test_bad_parameters_are_refused(build, message):
    with pytest.raises(ParameterError, match=message):
        build()
