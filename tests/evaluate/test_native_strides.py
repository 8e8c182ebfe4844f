"""Strides and rearranged formulas: cheaper, and no descent ends otherwise than step by step."""

from __future__ import annotations

import math
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings

import steepest as st
from steepest.descent import loop
from steepest.descent.compiled import TracedRule, plan
from steepest.evaluate.native import Stop, host, walk_plan
from steepest.evaluate.native.rearrange import rearranged
from steepest.evaluate.native.walk import compile_walk
from steepest.evaluate.native.walk_plan import WalkPlan, largest_square
from steepest.evaluate.numpy import NumpyEvaluator
from steepest.evaluate.tape import Tape
from steepest.expression.graph import Node, count_operations
from strategies import VARIABLES, nodes

HIMMELBLAU = "(x^2+y-11)^2+(x+y^2-7)^2"


def stride_plan(formula: str, step_size: float, bound: float = 1e10) -> WalkPlan:
    f = st.Formula(formula)
    return plan(f.gradient_tape, TracedRule(st.FixedStep(step_size), f.dim), host(), bound)


def walk(p: WalkPlan, x: np.ndarray, max_steps: int, tolerance: float) -> tuple[np.ndarray, ...]:
    points, endings = np.empty_like(x), np.zeros(len(x), dtype=np.int8)
    steps, stop = np.zeros(len(x), dtype=np.int64), Stop()
    compile_walk(p)(
        x.ctypes.data, points.ctypes.data, endings.ctypes.data, steps.ctypes.data, 0, len(x),
        max_steps, 50 * max_steps, largest_square(tolerance), loop.FAR, stop.address,
    )  # fmt: skip
    return points, endings, steps


@pytest.mark.parametrize("tolerance", [1.0, 1e-3, 1e-8, 0.0])
@pytest.mark.parametrize(
    ("formula", "step_size"),
    [(HIMMELBLAU, 5e-4), (HIMMELBLAU, 0.012), ("x^2 + 3y^2", 0.2), ("x^2/50 + y^2", 1.01),
     ("x^4 - x^2 + y^2", 0.002), ("x^3 - 3x*y^2", 0.01), ("x*y", 0.03)],
)  # fmt: skip
def test_strides_end_every_descent_at_the_same_step(
    formula: str, step_size: float, tolerance: float
) -> None:
    p = stride_plan(formula, step_size)
    assert p.stride is not None
    x = np.random.default_rng(7).uniform(-3, 3, (300, 2))
    x[0], x[1] = (3.0, 2.0), (0.0, 0.0)
    points, endings, steps = walk(p, x, 700, tolerance)
    careful = walk(replace(p, stride=None), x, 700, tolerance)
    np.testing.assert_array_equal(endings, careful[1])
    np.testing.assert_array_equal(steps, careful[2])
    np.testing.assert_array_equal(points, careful[0])
    lanes = loop.walk(st.Formula(formula), x, st.FixedStep(step_size), 700, tolerance)
    # Where the end is a matter of rounding (tolerance 0), it may come some steps sooner or later.
    if tolerance > 0:
        assert ((endings == lanes.endings) & (steps == lanes.steps)).mean() > 0.97


@pytest.mark.parametrize("tolerance", [0.0, 1e-170, 1e-8, 0.3, 1.0, 1e10])
def test_the_largest_square_is_found_even_where_small_numbers_are_flushed_to_zero(
    tolerance: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    s = largest_square(tolerance)
    assert math.sqrt(s) <= tolerance < math.sqrt(math.nextafter(s, math.inf))
    # What a library built with -ffast-math does to a process that loads it.
    flushed = SimpleNamespace(
        sqrt=lambda x: 0.0 if x < 2.3e-308 else math.sqrt(x),
        nextafter=math.nextafter, isfinite=math.isfinite, inf=math.inf,
    )  # fmt: skip
    monkeypatch.setattr(walk_plan, "math", flushed)
    assert largest_square(tolerance) == pytest.approx(s, abs=1e-320)


@pytest.mark.parametrize("stretch", [1, 2, 4])
def test_a_critical_start_beyond_the_bound_ends_at_once(stretch: int) -> None:
    # Minima at x = ±30, a saddle between; steps from out there can lead back within the bound.
    p = stride_plan("(x^2 - 900)^2/40 + y^2", 0.002)
    assert p.stride is not None and p.stride.bound < 30
    p = replace(p, stride=replace(p.stride, stretch=stretch, steps=8 // stretch * stretch + 1))
    x = np.random.default_rng(1).uniform(-40, 40, (200, 2))
    x[::5, 0], x[::5, 1] = 30.0, 0.0
    found, careful = (walk(q, x, 300, 1e-9) for q in (p, replace(p, stride=None)))
    for a, b in zip(found, careful, strict=True):
        np.testing.assert_array_equal(a, b)
    assert (found[2][::5] == 0).all() and (found[1][::5] == 1).all()


def test_a_critical_start_that_would_be_back_before_the_next_look_ends_at_once() -> None:
    # A maximum at 6, so sharp that six steps lead from beside it to the minimum at 0.
    p = stride_plan("x^2/2 - 3(x/6)^12", 0.9)
    assert p.stride is not None and p.stride.bound < 4
    blind = replace(p.stride, stretch=8, steps=9, growth=0.0, floor=0.0, widest=1.0)
    p = replace(p, stride=blind)
    x = np.full((40, 1), 6.0 - 1e-4)
    found, careful = (walk(q, x, 60, 2e-3) for q in (p, replace(p, stride=None)))
    for a, b in zip(found, careful, strict=True):
        np.testing.assert_array_equal(a, b)
    assert (found[2] == 0).all()


def test_a_tolerance_too_wide_for_the_proof_is_walked_with_care() -> None:
    p = stride_plan(HIMMELBLAU, 5e-4)
    assert p.stride is not None
    blind = replace(p, stride=replace(p.stride, growth=0.0, floor=0.0, widest=0.5))
    x = np.random.default_rng(2).uniform(-3, 3, (64, 2))
    careful = walk(replace(p, stride=None), x, 400, 1.0)
    for a, b in zip(walk(blind, x, 400, 1.0), careful, strict=True):
        np.testing.assert_array_equal(a, b)


def test_only_plain_gradient_steps_are_taken_in_strides() -> None:
    f = st.Formula(HIMMELBLAU)
    for rule in (st.Momentum(0.001), st.FixedStep(0.001, norm=st.LInf()), st.Adam()):
        p = plan(f.gradient_tape, TracedRule(rule, 2), host(), 1e10)
        assert p.stride is None
    # Steps so long that a stride could grow a gradient beyond all bounds are looked at.
    assert stride_plan(HIMMELBLAU, 10.0).stride is None


def test_rearranging_brings_constants_to_the_front() -> None:
    f = st.Formula(HIMMELBLAU)
    tape = Tape.record(f.gradient_nodes, f.variables)
    shorter = rearranged(tape)
    assert [n.op for n in shorter.nodes()] == ["mul", "mul"]
    assert [n.args[0].value for n in shorter.nodes()] == [2, 2]
    assert count_operations(shorter.nodes()) <= count_operations(tape.nodes())


@settings(max_examples=200, deadline=None)
@given(nodes())
def test_rearranged_formulas_have_the_same_values(node: Node) -> None:
    tape = Tape.record([node], VARIABLES)
    points = np.random.default_rng(3).uniform(-2, 2, (50, len(VARIABLES)))
    expected, found = (NumpyEvaluator(t)(points)[0] for t in (tape, rearranged(tape)))
    np.testing.assert_array_equal(np.isnan(expected), np.isnan(found))
    # Cancellation makes a relative comparison meaningless for some points, never for most.
    close = np.isclose(expected, found, rtol=1e-9, atol=1e-12, equal_nan=True)
    assert close.mean() >= 0.9
