"""descend_many against the loop that is its reference, lane by lane."""

from __future__ import annotations

import math
import os
import signal
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Any, cast

import numpy as np
import pytest

import steepest as st
from problems import PROBLEMS
from steepest.descent import loop, many
from steepest.descent.compiled import CompiledWalk
from steepest.descent.ends import End, end_at
from steepest.descent.judging import CODES, distinct, judge
from steepest.descent.many import Endpoints, check_memory, descend_many
from steepest.descent.outcomes import Outcome
from steepest.errors import ParameterError, PointError
from steepest.evaluate.native import KERNELS, Stop, Target, host, run_chunks
from steepest.rules.base import Local, Rule, State

HIMMELBLAU = "(x^2+y-11)^2+(x+y^2-7)^2"
RULES: list[Rule] = [
    st.FixedStep(0.003),
    st.FixedStep(0.01, norm=st.L1()),
    st.FixedStep(0.003, norm=st.LInf()),
    st.FixedStep(0.05, norm=st.Quadratic([[2.0, 0.5], [0.5, 1.0]])),
    st.NormalizedStep(0.02),
    st.ClippedStep(0.01, max_norm=2.0),
    st.Momentum(0.002, 0.8),
    st.Nesterov(0.002, 0.8),
    st.Backtracking(0.5),
    st.ExactLineSearch(),
    st.RMSProp(0.02),
    st.Adam(0.05),
]
#: Formulas with the ways to end: minima, saddles, domains that are left, poles, overflow, kinks.
FORMULAS = [
    HIMMELBLAU,
    "x^2 - y^2",
    "x - log(x) + y^2",
    "sqrt(x) + y^2",
    "x*exp(-x^2-y^2)",
    "1/x + y^2",
    "|x| + |y|",
    "where(x < 0, x^2, 3x) + y^2",
    "exp(x) + exp(-3x) + y^2",
    "(x^2 + y^2 - 1)^2",
    "softplus(x) + softplus(-x) + sqrt(1 + x^2) + cosh(y)",
]


def starts(m: int, n: int = 2, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-2, 2, (m, n))


def run_native(
    f: st.Formula, x: np.ndarray, rule: Rule, max_steps: int, target: Target | None = None,
    unroll: int | None = None,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:  # fmt: skip
    points, endings = np.empty_like(x), np.zeros(len(x), dtype=np.int8)
    steps = np.zeros(len(x), dtype=np.int64)
    walk = CompiledWalk(f, rule, x, target=target, unroll=unroll)
    walk.run(x, max_steps, 1e-8, points, endings, steps, 0, len(x), Stop())
    return points, endings, steps


#: An exact search runs into the cusp of a square root, where slopes are 1e107 and rounding rules.
CASES = [
    pytest.param(formula, rule, id=f"{formula}-{rule.name}-{k}")
    for formula in FORMULAS
    for k, rule in enumerate(RULES)
    if not (formula.startswith("sqrt") and rule.name == "exact")
]


@pytest.mark.parametrize(("formula", "rule"), CASES)
def test_every_lane_ends_as_in_numpys_loop(formula: str, rule: Rule) -> None:
    f, x = st.Formula(formula, ("x", "y")), starts(120)
    points, endings, steps = run_native(f, x, rule, 60)
    lanes = loop.walk(f, x, rule, 60, 1e-8)
    # A lane within rounding of a decision may fall to the other side; almost none is.
    same = (endings == lanes.endings) & (steps == lanes.steps)
    assert same.mean() >= 0.98
    both = same & np.isfinite(lanes.points).all(axis=1)
    size = 1.0 + np.abs(lanes.points[both])
    assert np.quantile(np.abs(points[both] - lanes.points[both]) / size, 0.95) < 1e-9


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda p: p.name)
def test_end_points_equal_numpys_on_every_known_problem(problem) -> None:
    f = st.Formula(problem.formula)
    low, high = np.array(problem.box).T
    x = low + np.random.default_rng(5).random((100, f.dim)) * (high - low)
    rule = st.Backtracking(1.0)
    points, endings, _ = run_native(f, x, rule, 40)
    lanes = loop.walk(f, x, rule, 40, 1e-8)
    same = endings == lanes.endings
    assert same.mean() >= 0.9
    near = np.all(np.isclose(points, lanes.points, rtol=1e-5, atol=1e-5), axis=1)
    assert np.mean(near[same]) >= 0.9


@pytest.mark.parametrize("width", [8, 4, 2, 1])
@pytest.mark.parametrize("unroll", [1, 3])
def test_every_width_walks_alike(width: int, unroll: int) -> None:
    f, x = st.Formula("20 + x^2 - 10cos(2pi*x) + y^2 + |y|"), starts(97)
    target = Target(width, host().fma, vector_math=True)
    for rule in (st.FixedStep(0.001), st.Backtracking(0.1)):
        expected = run_native(f, x, rule, 50)
        found = run_native(f, x, rule, 50, target, unroll)
        for a, b in zip(found, expected, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12)


def test_without_fma_and_libmvec() -> None:
    f, x = st.Formula("sin(x)*cos(y) + exp(x/4)"), starts(50)
    found = run_native(f, x, st.FixedStep(0.1), 50, Target(2, fma=False, vector_math=False))
    lanes = loop.walk(f, x, st.FixedStep(0.1), 50, 1e-8)
    np.testing.assert_allclose(found[0], lanes.points, rtol=1e-9)


@pytest.mark.parametrize("m", [1, 2, 15, 16, 17, 1000])
def test_any_number_of_starts(m: int) -> None:
    found = descend_many(st.Formula(HIMMELBLAU), starts(m), st.FixedStep(0.01))
    assert len(found) == m
    assert found.counts == {Outcome.CONVERGED: m}
    np.testing.assert_allclose(found.values, 0, atol=1e-12)


def test_a_descent_does_not_depend_on_its_neighbours() -> None:
    f, x = st.Formula("x*exp(-x^2-y^2) + sin(3x)*y"), starts(200)
    together = descend_many(f, x, st.Momentum(0.02))
    alone = [descend_many(f, row[None], st.Momentum(0.02)).points[0] for row in x[:40]]
    np.testing.assert_array_equal(together.points[:40], alone)


@pytest.mark.parametrize("n", [1, 3, 10, 50])
def test_any_number_of_variables(n: int) -> None:
    f = st.Formula(lambda x: np.sum((x - 1.0) ** 2 * np.arange(1, n + 1)), dim=n)
    found = descend_many(f, starts(40, n), st.FixedStep(0.5 / n), max_steps=2000)
    assert found.counts == {Outcome.CONVERGED: 40}
    np.testing.assert_allclose(found.points, 1.0, atol=1e-7)


def test_outcomes_are_told_apart() -> None:
    f = st.Formula("x^2 - y^2 + y^4")
    found = descend_many(f, [[1.0, 0.0], [1.0, 1e-3], [1e3, 1e3]], st.FixedStep(0.05))
    assert list(found.outcomes) == [
        Outcome.NOT_A_MINIMUM, Outcome.CONVERGED, Outcome.DIVERGED,
    ]  # fmt: skip
    f = st.Formula("sqrt(x)")
    found = descend_many(f, [[1.0], [-1.0]], st.FixedStep(0.5))
    assert list(found.outcomes) == [Outcome.LEFT_DOMAIN, Outcome.NOT_FINITE_AT_START]
    assert found.points[0, 0] > 0
    assert "left the domain" in str(found)
    slow = descend_many(st.Formula("x^2"), [[1.0]], st.FixedStep(1e-6), max_steps=10)
    assert slow.outcomes[0] is Outcome.STEP_LIMIT and slow.steps[0] == 10


@pytest.mark.parametrize(
    "formula", ["(x^2+y^2-1)^2", "x^4 + y^4", "(x*y)^2", "x^3 + y^2", "x^2 - y^2 + x^4 + y^4"]
)
def test_ends_are_judged_as_one_at_a_time(formula: str) -> None:
    f, x = st.Formula(formula), starts(60)
    x[:5, 0] = 0.0
    lanes = loop.walk(f, x, st.FixedStep(0.05), 5_000, 1e-7)
    endings = lanes.endings.astype(np.int8)
    codes = judge(f, lanes.points, endings)
    for k in np.flatnonzero(endings == 1):
        low = end_at(f, lanes.points[k], lanes.gradients[k]) in (End.MINIMUM, End.FLAT_MINIMUM)
        assert (codes[k] == CODES[Outcome.CONVERGED]) == low


def test_equal_cells_with_different_marks_stay_apart() -> None:
    points = np.array([[5e-7, 0.0], [0.0, 0.0], [0.0, 0.0], [5e-7, 0.0]])
    marks = np.array([4, 1, 4, 4], dtype=np.int8)
    first, group = distinct(points, marks)
    assert len(first) == 3 and group[0] == group[3]


@dataclass(frozen=True)
class Branching:
    """A rule of somebody else's that no compiler can follow."""

    step_size: float = 0.1
    name = "branching"
    limit_formula = ""

    def start(self, dim: int) -> tuple[float, ...]:
        return ()

    def propose(self, here: Local, state: State) -> tuple[list[object], State]:
        if np.all(here.gradient[0] > 1e9):
            return [0.0 * g for g in here.gradient], state
        return [-self.step_size * g for g in here.gradient], state

    def stable_step_limit(self, largest_curvature: float) -> float:
        return 2.0 / largest_curvature


def test_a_rule_that_cannot_be_compiled_walks_in_numpy() -> None:
    f = st.Formula("x^2 + y^2")
    found = descend_many(f, starts(20), Branching())
    expected = descend_many(f, starts(20), st.FixedStep(0.1))
    np.testing.assert_allclose(found.points, expected.points, rtol=1e-12, atol=1e-300)
    np.testing.assert_array_equal(found.steps, expected.steps)


def test_a_formula_too_long_to_compile_for_so_little_work_walks_in_numpy() -> None:
    def chain(x, y):
        for k in range(700):
            x, y = x * 0.9 + 0.01 * y, y * 0.8 + 0.01 * k * x
        return x**2 + y**2

    f, before = st.Formula(chain), KERNELS.compiled
    assert len(f.gradient_tape.instructions) > 4000
    found = descend_many(f, starts(6), st.FixedStep(1e-3), max_steps=3)
    assert KERNELS.compiled == before
    lanes = loop.walk(f, starts(6), st.FixedStep(1e-3), 3, 1e-8)
    np.testing.assert_array_equal(found.points, lanes.points)


def test_one_kernel_serves_all_calls() -> None:
    f, rule = st.Formula("x^2 + 0.31415926y^2"), st.FixedStep(0.125)
    before = KERNELS.compiled
    for m in (10, 200, 1000):
        descend_many(f, starts(m), rule)
    descend_many(st.Formula("x^2 + 0.31415926y^2"), starts(5), st.FixedStep(0.125), max_steps=9)
    assert KERNELS.compiled == before + 1


def test_progress_ends_at_the_number_of_starts() -> None:
    told: list[tuple[int, int]] = []
    descend_many(
        st.Formula(HIMMELBLAU), starts(30_000), st.FixedStep(1e-4), threads=2, max_steps=500,
        progress=lambda done, total: told.append((done, total)),
    )  # fmt: skip
    assert told[-1] == (30_000, 30_000)


def test_who_is_told_of_progress_gets_small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    chunks: list[int] = []

    def spy(work: Any, count: int, chunk: int, *rest: Any, **more: Any) -> None:
        chunks.append(chunk)
        run_chunks(work, count, chunk, *rest, **more)

    monkeypatch.setattr(many, "run_chunks", spy)
    for progress in (None, lambda done, total: None):
        descend_many(
            st.Formula(HIMMELBLAU), starts(30_000), st.FixedStep(1e-4), threads=1, max_steps=500,
            progress=progress,
        )  # fmt: skip
    assert chunks == [3750, 469]


def test_a_process_pool_carries_the_chunks() -> None:
    f, x = st.Formula(HIMMELBLAU), starts(600)
    here = descend_many(f, x, st.FixedStep(0.01))
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        there = descend_many(f, x, st.FixedStep(0.01), executor=pool)
    _assert_equal(here, there)


def test_a_dask_cluster_carries_the_chunks() -> None:
    import distributed  # takes a second, so only here

    f, x = st.Formula(HIMMELBLAU), starts(600)
    here = descend_many(f, x, st.FixedStep(0.01))
    told: list[int] = []
    with (
        distributed.LocalCluster(
            n_workers=1, threads_per_worker=2, processes=False, dashboard_address=cast(Any, None)
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        there = descend_many(
            f, x, st.FixedStep(0.01), executor=client.get_executor(),
            progress=lambda done, total: told.append(done),
        )  # fmt: skip
    _assert_equal(here, there)
    assert len(told) == 3 and told[-1] == 600  # 256, 256 and 88 starts, in whatever order


def _assert_equal(a: Endpoints, b: Endpoints) -> None:
    np.testing.assert_array_equal(a.points, b.points)
    np.testing.assert_array_equal(a.codes, b.codes)
    np.testing.assert_array_equal(a.steps, b.steps)


#: Says so when the first of its chunks is begun, and would take days.
_ENDLESS = f"""
import threading
import numpy as np, steepest as st
from steepest.descent import many

run_chunks = many.run_chunks

def telling(work, *rest, **more):
    def first_told(first, last):
        if not first:
            print("under way", flush=True)
        work(first, last)
    run_chunks(first_told, *rest, **more)

many.run_chunks = telling
x = np.random.default_rng(0).uniform(-2, 2, (200_000, 2))
try:
    st.descend_many(st.Formula("{HIMMELBLAU}"), x, st.FixedStep(1e-9), max_steps=10**9)
except KeyboardInterrupt:
    print("interrupted", threading.active_count(), flush=True)
"""


@pytest.mark.skipif(os.name == "nt", reason="SIGINT as a terminal sends it")
def test_ctrl_c_ends_a_long_run_and_leaves_no_thread() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _ENDLESS], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "under way\n"
        process.send_signal(signal.SIGINT)
        # How soon it ends is measured by `bench_descents.py interrupt`.
        said, _ = process.communicate(timeout=120)
    assert said == "interrupted 1\n"


# --- What is refused ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([[1.0, math.nan]], r"1 of 1 starts are not finite; the first is row 0: \(1, nan\)"),
        ([[1.0, 2.0], [math.inf, 0.0]], "1 of 2 starts are not finite; the first is row 1"),
        ([[1.0, 2.0, 3.0]], r"shape \(1, 3\): expected \(m, 2\), a row \(x, y\)"),
        ([1.0, 2.0], r"shape \(2,\): expected \(m, 2\)"),
        (np.empty((0, 2)), "no starts: give an array"),
        ([["a", "b"]], "starts must be numbers"),
        ([[1j, 2]], "starts must be numbers"),
    ],
)
def test_starts_that_make_no_sense(given: object, message: str) -> None:
    with pytest.raises(PointError, match=message):
        descend_many(st.Formula("x^2 + y^2"), given, st.FixedStep(0.1))  # type: ignore[arg-type]


def test_a_formula_without_variables() -> None:
    with pytest.raises(PointError, match="without variables has nowhere to descend"):
        descend_many(st.Formula("1 + 2"), np.empty((3, 0)), st.FixedStep(0.1))


@pytest.mark.parametrize("step_size", [0.0, math.inf, -1.0, math.nan])
def test_step_sizes_that_are_none(step_size: float) -> None:
    with pytest.raises(ParameterError, match="the step size must be a positive finite number"):
        descend_many(st.Formula("x^2"), [[1.0]], st.FixedStep(step_size))


def test_settings_that_make_no_sense() -> None:
    f = st.Formula("x^2")
    with pytest.raises(ParameterError, match="is not a step rule"):
        descend_many(f, [[1.0]], 0.1)  # type: ignore[arg-type]
    for name, value in (("max_steps", 0), ("tolerance", -1.0), ("threads", 0)):
        with pytest.raises(ParameterError, match=f"{name}={value}"):
            descend_many(f, [[1.0]], st.FixedStep(0.1), **{name: value})  # type: ignore[arg-type]


def test_a_thousand_million_starts_are_refused_with_the_memory_they_need() -> None:
    many = np.broadcast_to(np.zeros(2), (1_000_000_000_000, 2))
    with pytest.raises(PointError, match=r"1,000,000,000,000 starts need 75,000\.0 GB of memory"):
        descend_many(st.Formula("x^2 + y^2"), many, st.FixedStep(0.1))
    check_memory(1000, 2)


def test_memory_grows_with_the_starts_and_not_with_the_steps() -> None:
    import tracemalloc

    f, x = st.Formula(HIMMELBLAU), starts(5000)
    descend_many(f, x, st.FixedStep(1e-4), max_steps=1)
    peaks = []
    for max_steps in (10, 2000):
        tracemalloc.start()
        descend_many(f, x, st.FixedStep(1e-4), max_steps=max_steps)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.5 * peaks[0]
