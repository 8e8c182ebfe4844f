"""Every outcome, told honestly; the limit that was broken; the phases of a run."""

from __future__ import annotations

import numpy as np
import pytest

import steepest as st
from steepest.descent.outcomes import Outcome
from steepest.errors import ParameterError, PointError


def run(formula: str, start, rule=None, **options):
    return st.descend(st.Formula(formula), start, rule or st.FixedStep(0.1), **options)


def test_converged_to_a_minimum():
    t = run("x^2 + 3y^2", [1, 2])
    assert t.outcome is Outcome.CONVERGED
    assert t.message.startswith("Converged to a minimum after 86 steps")
    assert t.end == pytest.approx([0, 0], abs=1e-8)
    assert t.lambda_max == pytest.approx(6)
    assert t.stable_step_limit == pytest.approx(1 / 3)
    assert len(t) == t.steps + 1 == len(t.values) == len(t.gradient_norms)
    assert t.points[0].tolist() == [1, 2]
    assert t.values[0] == 13
    assert t.gradient_norms[0] == pytest.approx(np.hypot(2, 12))


def test_diverged_names_the_limit_it_broke():
    t = run("x^2 + 3y^2", [1, 2], st.FixedStep(0.35))
    assert t.outcome is Outcome.DIVERGED
    assert "The step size 0.35 is larger than 2/λmax = 0.3333." in t.message


def test_divergence_on_a_curved_function_is_blamed_on_where_it_began():
    t = run("x^4", [10], st.FixedStep(1.0))
    assert t.outcome is Outcome.DIVERGED
    assert t.lambda_max == pytest.approx(1200)
    assert np.isfinite(t.points).all()


def test_overflow_is_divergence_and_not_success():
    t = run("exp(x^2)", [5], st.FixedStep(1.0))
    assert t.outcome is Outcome.DIVERGED


def test_falling_without_bound_breaks_no_limit():
    t = run("x^2 - y^2", [1, 1e-3])
    assert t.outcome is Outcome.DIVERGED
    assert "f falls without bound" in t.message
    assert "larger than" not in t.message


@pytest.mark.parametrize(
    ("formula", "start", "what"),
    [
        ("x^2 - y^2", [1, 0], "a saddle"),
        ("-x^2 - y^2", [0, 0], "a maximum"),
        ("x^3", [1e-5], "a flat point from which f falls further"),
        ("x^3 - 3x*y^2", [0, 0], "a flat point from which f falls further"),
    ],
)
def test_a_critical_point_that_is_no_minimum_is_not_called_one(formula, start, what):
    t = run(formula, start)
    assert t.outcome is Outcome.NOT_A_MINIMUM
    assert f"Stopped at {what}" in t.message


@pytest.mark.parametrize(
    ("formula", "start"),
    [
        ("x^4", [0.1]),
        ("(x^2 + y^2 - 1)^2", [0.9, 0.6]),
        ("x^4 + y^4", [0.1, 0.05]),
        ("(x - y)^2", [1, 0]),
    ],
)
def test_a_flat_minimum_is_a_minimum(formula, start):
    t = run(formula, start, st.FixedStep(0.1), max_steps=20_000, tolerance=1e-5)
    assert t.outcome is Outcome.CONVERGED


def test_oscillating_around_a_minimum_with_the_step_at_the_limit():
    t = run("x^2", [1], st.FixedStep(1.0), max_steps=50)
    assert t.outcome is Outcome.OSCILLATING
    assert t.values.tolist() == [1.0] * 51


def test_oscillating_around_a_kink():
    t = run("|x|", [1], st.FixedStep(0.3), max_steps=50)
    assert t.outcome is Outcome.OSCILLATING


def test_a_normalized_step_oscillates_and_no_limit_is_blamed():
    t = run("x^2 + 3y^2", [1, 2], st.NormalizedStep(0.4))
    assert t.outcome is Outcome.OSCILLATING
    assert "larger than" not in t.message


def test_left_the_domain_tells_where():
    t = run("log(x)", [1])
    assert t.outcome is Outcome.LEFT_DOMAIN
    assert "the next step leads to (-0.00157), where f is undefined" in t.message
    assert (t.points > 0).all()


def test_a_step_onto_a_kink_without_gradient_is_told():
    t = run("hypot(x, y)", [1, 0], st.FixedStep(0.5))
    assert t.outcome is Outcome.LEFT_DOMAIN
    assert "where f has no gradient" in t.message


def test_step_limit():
    t = run("x", [0], max_steps=7)
    assert t.outcome is Outcome.STEP_LIMIT
    assert t.steps == 7
    assert t.message == "Reached the limit of 7 steps: f = -0.7 at (-0.7), ‖∇f‖ = 1."


@pytest.mark.parametrize(
    ("formula", "start"), [("log(x)", [-1]), ("1/x", [0]), ("x", [np.nan]), ("exp(x)", [1e4])]
)
def test_not_finite_at_the_start(formula, start):
    t = run(formula, start)
    assert t.outcome is Outcome.NOT_FINITE_AT_START
    assert t.steps == 0
    assert t.message.startswith("No step was taken")


def test_a_huge_curvature_converges_as_far_as_rounding_allows():
    t = run("1e12(x - 0.3)^2", [1], st.FixedStep(0.9e-12))
    assert t.outcome is Outcome.CONVERGED
    assert "as far as rounding allows" in t.message


def test_a_tiny_function_has_not_converged_because_it_is_tiny():
    t = run("1e-20x^2", [1], tolerance=1e-30, max_steps=20)
    assert t.outcome is Outcome.STEP_LIMIT


def test_the_first_rise_is_the_border_of_what_counts_as_met():
    t = run("x^4 - x^2", [0.5], st.FixedStep(0.1))
    assert t.outcome is Outcome.CONVERGED
    assert t.lambda_max == pytest.approx(4, rel=1e-3)  # f″ = 12x² − 2 at x² = 1/2


def test_curvature_in_other_norms():
    f = "x^2 + 3y^2"
    assert run(f, [1, 2], st.FixedStep(0.1, norm=st.L1())).lambda_max == pytest.approx(6)
    assert run(f, [1, 2], st.FixedStep(0.01, norm=st.LInf())).lambda_max is None
    newton = st.Quadratic([[2, 0], [0, 6]])
    assert run(f, [1, 2], st.FixedStep(0.1, norm=newton)).lambda_max == pytest.approx(1)


def test_many_variables_measure_curvature_along_the_steps():
    f = st.Formula(lambda x: (np.arange(1, 41) * x**2).sum(), dim=40)
    t = st.descend(f, np.ones(40), st.FixedStep(0.02))
    assert t.outcome is Outcome.CONVERGED
    assert t.lambda_max is not None
    assert 40 < t.lambda_max <= 80 * (1 + 1e-9)
    assert run_beyond_limit(f) is Outcome.DIVERGED


def run_beyond_limit(f):
    t = st.descend(f, np.ones(40), st.FixedStep(0.03))
    assert "is larger than 2/λmax" in t.message
    return t.outcome


def test_phases_of_a_run():
    t = run("x^2 + 3y^2", [1, 2], st.FixedStep(0.3), max_steps=500)
    assert [p.name for p in t.phases] == ["early", "middle", "near convergence"]
    first, *_, last = t.phases
    assert first.first == 0
    assert last.last == t.steps
    assert "flips at almost every step" in " ".join(p.sentence for p in t.phases)
    for before, after in zip(t.phases, t.phases[1:], strict=False):
        assert after.first == before.last + 1
    assert str(t).splitlines()[0] == t.message


def test_a_diverging_run_has_one_growing_phase():
    (phase,) = run("x^2 + 3y^2", [1, 2], st.FixedStep(0.35)).phases
    assert phase.name == "growing"
    assert "flips at almost every step" in phase.sentence


def test_phases_when_nothing_happened():
    assert run("x^2", [0]).phases == ()
    assert run("log(x)", [-1]).phases == ()


def test_turning_angles_are_right_for_small_and_flat_angles():
    from steepest.descent.phases import turning_angles

    angle = 1e-9
    turned = np.array(
        [[1.0, 0.0], [np.cos(angle), np.sin(angle)], [-np.cos(angle), -np.sin(angle)]]
    )
    assert turning_angles(turned) == pytest.approx([1e-9, np.pi], rel=1e-6)


@pytest.mark.parametrize(
    ("start", "options", "error", "message"),
    [
        ([1], {}, PointError, r"start=\[1\]: expected 2 numbers \(x, y\)"),
        ([1, 2, 3], {}, PointError, "expected 2 numbers"),
        (["a", "b"], {}, PointError, "expected 2 numbers"),
        (
            [1, 2],
            {"max_steps": 0},
            ParameterError,
            "max_steps=0: give a whole number of at least 1",
        ),
        ([1, 2], {"max_steps": 2.5}, ParameterError, "max_steps=2.5"),
        ([1, 2], {"tolerance": -1}, ParameterError, "tolerance=-1"),
        ([1, 2], {"tolerance": float("nan")}, ParameterError, "tolerance=nan"),
    ],
)
def test_bad_arguments_are_refused(start, options, error, message):
    with pytest.raises(error, match=message):
        run("x^2 + y^2", start, **options)


def test_an_unknown_rule_is_refused():
    with pytest.raises(ParameterError, match=r"0\.1 is not a step rule: give one such as"):
        run("x^2", [1], 0.1)
