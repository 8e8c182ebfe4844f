"""The contract of every step rule, and every problem under every rule."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import steepest as st
from problems import PROBLEMS, Problem
from steepest.descent.loop import walk
from steepest.descent.outcomes import Ending, Outcome
from steepest.expression.graph import variable
from steepest.expression.traced import Traced
from steepest.rules import BY_NAME, Local, Rule, SearchRule

SEARCHES = ("backtracking", "exact")


def make(name: str, step_size: float) -> Rule:
    return BY_NAME[name]() if name in SEARCHES else BY_NAME[name](step_size)


each_rule = pytest.mark.parametrize("name", BY_NAME)


@each_rule
def test_is_a_frozen_rule_with_its_own_name(name):
    rule = make(name, 0.1)
    assert isinstance(rule, Rule)
    assert rule.name == name
    assert isinstance(rule, SearchRule) == (name in SEARCHES)
    assert rule == make(name, 0.1)
    assert hash(rule) == hash(make(name, 0.1))
    with pytest.raises(AttributeError):
        rule.name = "other"  # type: ignore[misc]


@each_rule
def test_the_first_step_goes_downhill(name):
    rule = make(name, 0.1)
    gradient = [np.array([3.0]), np.array([-4.0])]
    step, _ = rule.propose(Local(np.array([1.0]), gradient), rule.start(2))
    assert sum(s * g for s, g in zip(step, gradient, strict=True)) < 0


@each_rule
@pytest.mark.parametrize("dim", [1, 2, 5])
def test_the_state_keeps_its_length(name, dim):
    rule = make(name, 0.1)
    state = rule.start(dim)
    here = Local(np.ones(3), [np.full(3, 1.0 + i) for i in range(dim)])
    step, after = rule.propose(here, state)
    assert len(step) == dim
    assert len(after) == len(state)
    if isinstance(rule, SearchRule):
        with np.errstate(all="ignore"):  # as the loop does
            _, after = rule.accept(here, step, here, after)
        assert len(after) == len(state)


@each_rule
def test_lanes_do_not_see_each_other(name):
    """A descent in company ends where it ends alone."""
    f = st.Formula("(x^2 + y - 11)^2 + (x + y^2 - 7)^2")
    starts = np.array([[0.0, 0.0], [-3.0, -3.0], [4.0, -1.0], [1.0, 9.0]])
    rule = make(name, 0.005)
    together = walk(f, starts, rule, 300, 1e-6)
    for k, start in enumerate(starts):
        alone = walk(f, start[None], rule, 300, 1e-6)
        assert together.points[k].tolist() == alone.points[0].tolist()
        assert together.steps[k] == alone.steps[0]
        assert together.endings[k] == alone.endings[0]


@each_rule
def test_symbols_pass_through_the_same_code(name):
    """What numpy runs can be traced into a graph: no rule branches on values."""
    rule = make(name, 0.1)

    def symbols(prefix: str, count: int) -> list[Traced]:
        return [Traced(variable(f"{prefix}{i}")) for i in range(count)]

    here, there = (
        Local(symbols("f", 1)[0], symbols("g", 2)),
        Local(symbols("h", 1)[0], symbols("k", 2)),
    )
    step, state = rule.propose(here, tuple(symbols("s", len(rule.start(2)))))
    assert all(isinstance(s, Traced) for s in step)
    if isinstance(rule, SearchRule):
        taken, state = rule.accept(here, step, there, state)
        assert isinstance(taken, Traced)
        assert taken.is_condition
    assert len(state) == len(rule.start(2))


# Problems × rules: wherever a descent says "converged", a minimum is there. ------------------

SMOOTH = [p for p in PROBLEMS if p.minima and "flat" not in p.name]
STEP_SIZE: dict[str, Callable[[float], float]] = {
    "fixed": lambda limit: 0.2 * limit,
    "clipped": lambda limit: 0.2 * limit,
    "momentum": lambda limit: 0.05 * limit,
    "nesterov": lambda limit: 0.05 * limit,
    "normalized": lambda limit: 0.01,
    "rmsprop": lambda limit: 0.01,
    "adam": lambda limit: 0.02,
}
SEARCH: dict[str, Callable[[float], Rule]] = {
    "backtracking": lambda limit: st.Backtracking(step_size=limit),
    "exact": lambda limit: st.ExactLineSearch(first_trial=limit),
}


@each_rule
@pytest.mark.parametrize("problem", SMOOTH, ids=str)
def test_from_near_a_minimum_every_rule_finds_it_or_says_why_not(problem: Problem, name: str):
    f = st.Formula(problem.formula)
    known = problem.minima[0]
    minimum = np.array(known.point)
    curvature = float(np.linalg.eigvalsh(f.hessians(minimum[None])[0])[-1])
    limit = 2 / curvature
    rule = make(name, STEP_SIZE[name](limit)) if name in STEP_SIZE else SEARCH[name](limit)
    start = minimum + np.array([0.012, -0.016])
    t = st.descend(f, start, rule, max_steps=600, tolerance=1e-7)
    distance = float(np.linalg.norm(t.end - minimum))
    smallest, largest = np.linalg.eigvalsh(f.hessians(t.end[None])[0])
    if t.outcome is Outcome.CONVERGED:
        assert smallest > 0
        assert t.values[-1] <= t.values[0]
        assert distance < 1e-5 + 10.0**-known.digits
    else:
        # Slow valleys and rules of constant length may run on, but never away.
        assert t.outcome in (Outcome.STEP_LIMIT, Outcome.OSCILLATING)
        assert distance < 0.2
        assert name in ("normalized", "rmsprop", "adam", "clipped") or largest > 20 * smallest


@each_rule
@pytest.mark.parametrize("problem", PROBLEMS, ids=str)
def test_from_anywhere_nothing_is_called_a_minimum_that_is_none(problem: Problem, name: str):
    f = st.Formula(problem.formula)
    low, high = np.array(problem.box, dtype=float).T
    rng = np.random.default_rng(7)
    for start in low + (high - low) * rng.random((3, 2)):
        t = st.descend(f, start, make(name, 0.01), max_steps=100, tolerance=1e-5)
        assert np.isfinite(t.points).all()
        assert not np.isnan(t.values).any()
        if t.outcome is Outcome.CONVERGED:
            assert t.gradient_norms[-1] < 1e-3
            around = t.end + 1e-3 * np.array(
                [[1, 0], [-1, 0], [0, 1], [0, -1], [0.7, 0.7], [-0.7, 0.7]]
            )
            assert (f.values(around) >= t.values[-1] - 1e-9).all()


@each_rule
def test_a_start_at_a_maximum_or_saddle_stays_and_is_told(name):
    for formula in ("-x^2 - 3y^2", "x^2 - y^2"):
        t = st.descend(st.Formula(formula), [0, 0], make(name, 0.1))
        assert t.outcome is Outcome.NOT_A_MINIMUM
        assert t.steps == 0


@each_rule
def test_endings_are_never_left_running(name):
    f = st.Formula("log(x) + y^2")
    rng = np.random.default_rng(3)
    lanes = walk(f, rng.uniform(-1, 3, (50, 2)), make(name, 0.3), 40, 1e-9)
    assert not (lanes.endings == Ending.RUNNING).any()
    assert (lanes.endings == Ending.NOT_FINITE_AT_START).any()
