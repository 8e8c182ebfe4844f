"""The contract of interval evaluators: ranges hold every exact value, and are tight."""

from dataclasses import replace

import numpy as np
import pytest

from soundness.oracle import OPERATIONS, misses, operation
from steepest.evaluate.interval.native import NativeIntervals
from steepest.evaluate.interval.numpy import NumpyIntervals
from steepest.evaluate.interval.program import Flag
from steepest.evaluate.native.target import Target, host
from steepest.evaluate.tape import Tape
from steepest.expression.parse import parse

EVALUATORS = {"numpy": NumpyIntervals, "native": NativeIntervals}


@pytest.fixture(params=EVALUATORS, name="intervals")
def _intervals(request):
    return EVALUATORS[request.param]


def enclose(intervals, text, *box):
    names = ("x", "y", "z")[: len(box)]
    lo, hi = np.array(box, dtype=float).T[..., None]
    result = intervals(Tape.record([parse(text, names)], names))(lo, hi)
    return float(result.lo[0, 0]), float(result.hi[0, 0]), Flag(int(result.flags[0]))


def test_no_exact_value_lies_outside_its_range(intervals):
    checked, found = misses(intervals, np.random.default_rng(20), 100_000)
    assert checked >= 100_000
    assert found == []


@pytest.mark.parametrize(
    "target", [Target(1), Target(2), Target(8, fma=host().fma, vector_math=True)], ids=str
)
def test_machine_code_for_other_machines_is_as_sound(target):
    checked, found = misses(lambda t: NativeIntervals(t, target), np.random.default_rng(6), 10_000)
    assert checked >= 10_000
    assert found == []


def test_both_evaluators_agree_but_for_rounding():
    rng = np.random.default_rng(8)
    for tape, _ in OPERATIONS.values():
        lo = rng.uniform(-3, 3, (len(tape.variables), 200))
        hi = lo + rng.random(lo.shape)
        a, b = NumpyIntervals(tape)(lo, hi), NativeIntervals(tape)(lo, hi)
        assert np.array_equal(a.flags, b.flags)
        for mine, other in ((a.lo, b.lo), (a.hi, b.hi)):
            finite = np.isfinite(mine)
            assert np.array_equal(finite, np.isfinite(other))
            assert np.allclose(mine[finite], other[finite], rtol=1e-13, atol=1e-300)


def test_the_oracle_notices_ranges_that_are_a_little_too_narrow(intervals):
    def narrowed(tape):
        def run(lo, hi):
            right = intervals(tape)(lo, hi)
            with np.errstate(all="ignore"):
                part = np.nan_to_num(1e-3 * (right.hi - right.lo), posinf=0)
            return replace(right, lo=right.lo + part, hi=right.hi - part)

        return run

    _, found = misses(narrowed, np.random.default_rng(20), 20_000)
    assert len(found) > 1000


def test_the_oracle_notices_a_range_rounded_to_nearest(intervals):
    def rounded(tape):
        def run(lo, hi):
            right = intervals(tape)(lo, hi)
            return replace(right, lo=np.nextafter(right.lo, 9e9), hi=np.nextafter(right.hi, -9e9))

        return run

    _, found = misses(rounded, np.random.default_rng(20), 20_000)
    assert {line.split()[0] for line in found} >= {"add", "mul", "ipow", "pow", "sqrt", "relu"}


def test_the_oracle_notices_a_hole_in_the_domain_that_is_kept_quiet(intervals):
    def quiet(tape):
        return lambda lo, hi: replace(intervals(tape)(lo, hi), flags=np.zeros(lo.shape[1], int))

    _, found = misses(quiet, np.random.default_rng(20), 20_000)
    assert any("undefined there and not said" in line for line in found)


@pytest.mark.parametrize("name", [n for n in OPERATIONS if n not in ("where", "lt", "le")])
def test_a_point_gives_a_range_of_a_few_units_in_the_last_place(intervals, name):
    tape, _ = OPERATIONS[name]
    points = np.random.default_rng(3).uniform(0.1, 0.9, (len(tape.variables), 50))
    if name == "acosh":
        points += 1
    result = intervals(tape)(points, points)
    width = result.hi[0] - result.lo[0]
    assert np.all(width <= 80 * np.spacing(np.abs(result.hi[0])) + 1e-300)
    assert not result.flags.any()


@pytest.mark.parametrize(
    ("text", "box", "least", "most"),
    [
        ("x^2", [(-1, 2)], 0, 4),
        ("x x", [(-1, 2)], 0, 4),
        ("x^3", [(-2, 1)], -8, 1),
        ("x^-2", [(1, 2)], 0.25, 1),
        ("sin(x)", [(0, 3)], 0, 1),
        ("sin(x)", [(-2, 2)], -1, 1),
        ("sin(x)", [(0.1, 0.2)], np.sin(0.1), np.sin(0.2)),
        ("cos(x)", [(3, 4)], -1, np.cos(4)),
        ("tan(x)", [(-1, 1)], -np.tan(1), np.tan(1)),
        ("cosh(x)", [(-1, 2)], 1, np.cosh(2)),
        ("|x|", [(-3, 1)], 0, 3),
        ("x^y", [(0.5, 2), (-1, 3)], 0.125, 8),
        ("atan2(x, y)", [(1, 2), (-1, 1)], np.pi / 4, 3 * np.pi / 4),
        ("hypot(x, y)", [(-3, 1), (-4, 2)], 0, 5),
        ("max(x, y)", [(0, 2), (1, 3)], 1, 3),
        ("where(x < 0, 1, 2)", [(0.5, 1)], 2, 2),
        ("where(x < 0, 1, 2)", [(-1, 1)], 1, 2),
        ("where(x > 0, log(x), 5)", [(-2, -1)], 5, 5),
        ("sigmoid(x)", [(-800, 800)], 0, 1),
        ("softplus(x)", [(-1, 800)], np.log1p(np.exp(-1)), 800),
    ],
)
def test_ranges_are_tight(intervals, text, box, least, most):
    lo, hi, flags = enclose(intervals, text, *box)
    assert lo <= least <= hi
    assert lo <= most <= hi
    slack = 1e-13 * max(1, abs(least), abs(most))
    assert lo >= least - slack
    assert hi <= most + slack
    assert not flags & (Flag.UNDEFINED | Flag.NOWHERE)


@pytest.mark.parametrize(
    ("text", "box", "flags"),
    [
        ("log(x)", (-1, 1), Flag.UNDEFINED),
        ("log(x)", (0, 1), Flag.UNDEFINED),
        ("log(x)", (-2, -1), Flag.UNDEFINED | Flag.NOWHERE),
        ("1/x", (-1, 1), Flag.UNDEFINED),
        ("tan(x)", (1, 2), Flag.UNDEFINED),
        ("x^2/x", (-1, 1), Flag.UNDEFINED),
        ("asin(x)", (0.5, 0.7), Flag(0)),
        ("atanh(x)", (0.5, 1), Flag.UNDEFINED),
        ("|x|", (-1, 1), Flag.KINK),
        ("|x|", (1, 2), Flag(0)),
        ("relu(x)", (-1, 1), Flag.KINK),
        ("sign(x)", (-1, 1), Flag.JUMP),
        ("where(x < 0, x, 1)", (-1, 1), Flag.JUMP),
        ("where(x < 0, x, log(x))", (-2, -1), Flag(0)),
        ("sqrt(x)", (-1, 1), Flag.UNDEFINED | Flag.KINK),
        ("sqrt(x - 2) + x", (-1, 1), Flag.UNDEFINED | Flag.NOWHERE),
    ],
)
def test_what_may_go_wrong_in_a_box_is_said(intervals, text, box, flags):
    assert enclose(intervals, text, box)[2] == flags


def test_a_derivative_that_breaks_off_is_rough(intervals):
    tape = Tape.record([parse("x"), parse("1/x")], ["x"])
    result = intervals(tape)(np.array([[-1.0, 1.0]]), np.array([[1.0, 2.0]]))
    assert result.flags.tolist() == [Flag.ROUGH, 0]


def test_every_operation_of_the_language_is_checked():
    from steepest.expression.graph import ARITY

    tested = {tape.instructions[-1].op for tape, _ in OPERATIONS.values()}
    assert tested >= set(ARITY) - {"const", "var", "pi", "e"}


@pytest.mark.parametrize("name", ["pi", "e"])
def test_constants_are_enclosed(intervals, name):
    tape = operation(name, 0)
    result = intervals(tape)(np.empty((0, 1)), np.empty((0, 1)))
    assert result.lo[0, 0] <= {"pi": np.pi, "e": np.e}[name] < result.hi[0, 0]
