"""Sweeps of step sizes: the limit that is seen beside the one that theory predicts."""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import steepest as st
from problems import PROBLEMS
from steepest.cli.group import Steepest
from steepest.descent.outcomes import Outcome
from steepest.errors import ParameterError, PointError
from steepest.sweep_steps import sweep
from steepest.view.sweep import sweep_figure


def test_a_quadratic_breaks_at_two_over_lambda_max() -> None:
    found = sweep(st.Formula("x^2 + 3y^2"), (1, 2), max_steps=20_000)
    assert found.lambda_max == pytest.approx(6)
    assert found.predicted_limit == pytest.approx(1 / 3)
    assert found.observed_limit is not None
    assert found.observed_limit == pytest.approx(1 / 3, rel=3e-3)
    assert found.observed_limit < 1 / 3
    # Goh: 2/(λ₁ + λₙ) is the best fixed step.
    assert found.best == pytest.approx(2 / (2 + 6), rel=0.05)
    beyond = found.step_sizes > 0.34
    assert (found.outcomes[beyond] == Outcome.DIVERGED).all()
    assert found.gradient_norm == pytest.approx(math.hypot(2, 12))


@pytest.mark.parametrize("rule", [st.Momentum(1.0, 0.5), st.Nesterov(1.0, 0.5)])
def test_momentum_has_a_limit_of_its_own(rule: st.Momentum | st.Nesterov) -> None:
    found = sweep(st.Formula("x^2 + 3y^2"), (1, 2), rule, max_steps=20_000)
    assert found.predicted_limit == pytest.approx(rule.stable_step_limit(6.0))
    assert found.observed_limit == pytest.approx(found.predicted_limit, rel=5e-3)


@pytest.mark.parametrize(
    "rule",
    [
        st.FixedStep(1.0), st.Momentum(1.0), st.Adam(), st.RMSProp(), st.NormalizedStep(1.0),
        st.ClippedStep(1.0), st.Backtracking(),
    ],
    ids=lambda r: r.name,
)  # fmt: skip
def test_each_lane_is_the_descent_with_its_step_size(rule) -> None:
    f = st.Formula("(x^2+y-11)^2+(x+y^2-7)^2")
    sizes = np.geomspace(1e-3, 0.05, 7)
    found = sweep(f, (1, 1), rule, step_sizes=sizes, max_steps=300)
    for k, size in enumerate(sizes):
        alone = st.descend_many(f, [[1, 1]], type(rule)(step_size=float(size)), max_steps=300)
        assert found.steps[k] == alone.steps[0]
        assert found.outcomes[k] is alone.outcomes[0]
        if np.isfinite(alone.points).all() and np.max(np.abs(alone.points)) < 100:
            np.testing.assert_allclose(found.ends.points[k], alone.points[0], rtol=1e-6)


def test_a_larger_gradient_does_not_converge_faster() -> None:
    # Both start at the same distance; the steeper one has to take shorter steps.
    steep = sweep(st.Formula("30x^2 + y^2"), (1, 1), max_steps=500)
    flat = sweep(st.Formula("2x^2 + y^2"), (1, 1), max_steps=500)
    assert steep.gradient_norm > 10 * flat.gradient_norm
    fewest = [s.steps[s.ends.ended(Outcome.CONVERGED)].min() for s in (steep, flat)]
    assert fewest[0] > 5 * fewest[1]


def test_no_minimum_means_no_prediction() -> None:
    found = sweep(st.Formula("x^3 + y"), (1, 1))
    assert found.predicted_limit is None and found.lambda_max is None
    assert found.observed_limit is None and found.best is None


def test_from_a_minimum_nothing_is_observed() -> None:
    found = sweep(st.Formula("x^2 + 3y^2"), (0, 0))
    assert found.ends.ended(Outcome.CONVERGED).all()
    assert found.predicted_limit == pytest.approx(1 / 3)
    assert found.observed_limit is None and found.best is None
    assert "observed" not in str(found) and "fastest" not in str(found)
    (axes,) = sweep_figure(found).axes  # a logarithmic axis would warn, and show nothing
    assert axes.get_ylim()[0] < 0 < axes.get_ylim()[1]


def test_step_sizes_are_sorted_and_single() -> None:
    found = sweep(st.Formula("x^2"), (1,), step_sizes=[0.5, 0.1, 0.5])
    np.testing.assert_array_equal(found.step_sizes, [0.1, 0.5])
    assert found.observed_limit == 0.5
    assert "fastest" in str(found)


@pytest.mark.parametrize("sizes", [[0.0], [-1.0], [math.inf], [math.nan], [], ["a"]])
def test_step_sizes_that_are_none(sizes: list[object]) -> None:
    with pytest.raises(ParameterError, match="step"):
        sweep(st.Formula("x^2"), (1,), step_sizes=sizes)  # type: ignore[arg-type]


def test_what_else_is_refused() -> None:
    f = st.Formula("x^2 + y^2")
    with pytest.raises(ParameterError, match="has no step size to sweep"):
        sweep(f, (1, 1), st.ExactLineSearch())
    with pytest.raises(PointError, match="expected 2 numbers"):
        sweep(f, (1,))


def test_known_problems_can_all_be_swept() -> None:
    for problem in PROBLEMS:
        f = st.Formula(problem.formula)
        centre = [0.6 * lo + 0.4 * hi for lo, hi in problem.box]
        found = sweep(f, centre, step_sizes=np.geomspace(1e-5, 1, 9), max_steps=50)
        assert len(found.steps) == 9


def test_the_command() -> None:
    runner = CliRunner()
    result = runner.invoke(Steepest("steepest"), ["sweep", "x^2 + 3y^2", "--from", "1,2", "--json"])
    assert result.exit_code == 0
    told = json.loads(result.stdout)
    assert told["predicted_limit"] == pytest.approx(1 / 3)
    assert len(told["step_sizes"]) == len(told["outcomes"]) == len(told["steps"]) == 200
    result = runner.invoke(
        Steepest("steepest"), ["sweep", "x^2 + 3y^2", "--from", "1,2", "--sizes", "0.01,1"]
    )
    assert result.exit_code == 0
    assert "Predicted: stable up to 0.3333" in result.stdout
    assert "Observed: all converge up to 0.3" in result.stdout


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["--sizes", "1"], "--sizes"),
        (["--sizes", "2,1"], "--sizes"),
        (["--step-size", "0.1"], "--step-size"),
        (["--rule", "exact"], "no step size"),
        (["--count", "0"], "--count"),
    ],
)
def test_mistakes_end_with_one_error(args: list[str], message: str) -> None:
    result = CliRunner().invoke(
        Steepest("steepest"), ["sweep", "x^2 + y^2", "--from", "1,2", *args]
    )
    assert result.exit_code == 2
    assert message in result.stderr


def test_a_picture_without_matplotlib_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    args = ["sweep", "x^2", "--from", "1", "--count", "3", "-o", str(tmp_path / "a.png")]
    result = CliRunner().invoke(Steepest("steepest"), args)
    assert result.exit_code == 2
    assert "need matplotlib" in result.stderr and "pip install" in result.stderr
