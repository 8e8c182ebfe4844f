"""Machine code against numpy: values at the edges, every width, the cache, bounds."""

from __future__ import annotations

import gc
import math
import threading
from concurrent.futures import ThreadPoolExecutor
from itertools import product

import flint
import numpy as np
import pytest
from hypothesis import given, settings

from steepest.errors import ParameterError
from steepest.evaluate.choice import Evaluator
from steepest.evaluate.native import NativeEvaluator, Target, host, target
from steepest.evaluate.native.cache import KERNELS, KernelCache
from steepest.evaluate.native.machine_code import Kernel
from steepest.evaluate.native.reach import magnitudes
from steepest.evaluate.numpy import NumpyEvaluator
from steepest.evaluate.tape import Tape
from steepest.expression.graph import ARITY, build, integer_power, variable
from steepest.expression.parse import parse
from steepest.functions.formula import Formula
from strategies import VARIABLES, nodes

X, Y = variable("x"), variable("y")
TINY = float(np.finfo(np.float64).tiny)
AWKWARD = [
    *(0.0, 5e-324, TINY / 3, TINY, 1e-200, 0.5, 1.0, 1.0 - 2**-53, 1.0 + 2**-52, 2.0, 3.0),
    *(math.pi / 2, math.pi, 25.0, 708.5, 709.5, 710.0, 745.5, 1e10, 2.0**40, 2.0**41, 2.0**52),
    *(1e22, 1e200, 1.7e308, math.inf),
]
AWKWARD = [*AWKWARD, *(-x for x in AWKWARD), math.nan]
TARGETS = {
    "host": host(),
    **{f"{w}-lanes": Target(w, host().fma, vector_math=True) for w in (8, 4, 2)},
    "libm": Target(4, host().fma, vector_math=False),
    "no-fma": Target(2, fma=False, vector_math=True),
    "scalar": Target(1),
}
OPERATIONS = [
    *(build(op, X) for op, n in ARITY.items() if n == 1 and op != "ipow"),
    *(build(op, X, Y) for op, n in ARITY.items() if n == 2),
    *(build("where", build(op, X, Y), X, Y) for op in ("lt", "le")),
    *(integer_power(X, n) for n in (-5, -2, -1, 0, 2, 3, 4, 7, 16, 33)),
]


@pytest.mark.parametrize("aim", TARGETS.values(), ids=list(TARGETS))
def test_awkward_numbers_give_numpys_nan_infinity_and_values(aim: Target) -> None:
    points = np.array(list(product(AWKWARD, AWKWARD)))
    for node in OPERATIONS:
        tape = Tape.record([node], ("x", "y"))
        expected = NumpyEvaluator(tape)(points)[0].astype(float)
        found = NativeEvaluator(tape, aim)(points)[0]
        np.testing.assert_array_equal(np.isnan(found), np.isnan(expected), err_msg=str(node))
        np.testing.assert_array_equal(np.isinf(found), np.isinf(expected), err_msg=str(node))
        finite = np.isfinite(expected)
        # Subnormal results have no relative precision: 8 of their units are allowed too.
        np.testing.assert_allclose(
            found[finite], expected[finite], rtol=8 * 2**-52, atol=4e-323, err_msg=str(node)
        )


@pytest.mark.skipif(not host().fma, reason="these functions are written for fused arithmetic")
@pytest.mark.parametrize("name", ["sin", "cos", "exp"])
def test_own_functions_err_by_less_than_two_ulp(name: str) -> None:
    rng = np.random.default_rng(4)
    x = np.concatenate([
        rng.uniform(-4, 4, 3000),
        rng.uniform(-700, 700, 1000),
        rng.choice([-1, 1], 1000) * np.exp2(rng.uniform(-60, 9.4, 1000)),
    ])  # fmt: skip
    if name != "exp":
        turns = rng.integers(-(2**38), 2**38, 1000) * (math.pi / 2)
        x = np.concatenate([x, turns, rng.uniform(-(2.0**40), 2.0**40, 1000)])
    values = NativeEvaluator(Tape.record([build(name, X)], ("x",)))(x.astype(float)[:, None])[0]
    worst = 0.0
    for argument, value in zip(x, values, strict=True):
        with flint.ctx.workprec(300):
            exact = getattr(flint.arb(float(argument)), name)()
            error = float(abs(flint.arb(float(value)) - exact))
        worst = max(worst, error / math.ulp(float(value)))
    assert worst < 2.0


def test_a_machine_without_libmvec_works(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(target, "_libmvec", lambda: None)
    target.vector_symbol.cache_clear()
    try:
        tape = Tape.record([parse("atan(x) + log(y)")], ("x", "y"))
        # As wide as this machine's, but a width and tape that no other test has compiled.
        evaluator = NativeEvaluator(tape, Target(2, host().fma, vector_math=True))
        assert evaluator(np.array([[1.0, 1.0]]))[0, 0] == pytest.approx(math.pi / 4, rel=1e-15)
        assert target.vector_symbol("atan", 2) is None
    finally:
        target.vector_symbol.cache_clear()


def test_widths_that_do_not_exist_are_refused() -> None:
    with pytest.raises(ParameterError, match="8, 4, 2 or 1"):
        Target(3)


def test_one_formula_is_compiled_once_however_many_ask() -> None:
    tape = Tape.record([parse("sin(x)^2 + 0.123456789x")], ("x",))
    points = np.linspace(0, 1, 100)[:, None]
    before = KERNELS.compiled
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda _: NativeEvaluator(tape)(points), range(16)))
    again = Tape.record([parse("sin(x)^2 + 0.123456789x")], ("x",))
    NativeEvaluator(again)(points)
    assert KERNELS.compiled == before + 1
    for result in results:
        np.testing.assert_array_equal(result, results[0])


def test_the_cache_is_bounded_and_forgets_the_oldest() -> None:
    cache = KernelCache(capacity=2)
    made: list[str] = []

    def make(key: str) -> Kernel:
        made.append(key)
        return Kernel.__new__(Kernel)

    for key in ("a", "b", "a", "c", "a", "b"):
        cache.get(key, lambda key=key: make(key))
    assert made == ["a", "b", "c", "b"] and len(cache) == 2


def test_kernels_survive_the_collection_of_everything_else() -> None:
    tape = Tape.record([parse("exp(x) - 0.987654321")], ("x",))
    evaluator = NativeEvaluator(tape)
    evaluator(np.zeros((1, 1)))
    del tape
    gc.collect()
    assert evaluator(np.zeros((1, 1)))[0, 0] == pytest.approx(1 - 0.987654321, rel=1e-12)


def test_threads_change_nothing() -> None:
    evaluator = NativeEvaluator(Formula("sin(x)*exp(-y^2)").hessian_tape)
    points = np.random.default_rng(0).normal(size=(200_003, 2))
    np.testing.assert_array_equal(evaluator(points, threads=1), evaluator(points, threads=3))


@settings(max_examples=150, deadline=None)
@given(nodes())
def test_magnitudes_hold_wherever_the_variables_are_in_bounds(node: object) -> None:
    tape = Tape.record([node], VARIABLES)  # type: ignore[list-item]
    for bound in (0.75, 20.0):
        limits = magnitudes(tape, bound)
        every = Tape(tape.variables, tape.instructions, tuple(range(len(tape.instructions))))
        points = np.random.default_rng(2).uniform(-bound, bound, (300, len(VARIABLES)))
        points[:20] = np.sign(points[:20]) * bound
        points[20:40, 0] = 0.0
        for limit, values in zip(limits, NumpyEvaluator(every)(points), strict=True):
            if math.isfinite(limit):
                # An unbounded register may hold anything, NaN included; a bounded one may not.
                assert np.all(np.abs(values) <= limit)


def test_what_may_be_undefined_has_no_magnitude() -> None:
    for formula in ("log(x)", "sqrt(x)", "1/x", "x^0.5", "exp(x)", "tan(x)", "x^-2", "acosh(x)"):
        assert magnitudes(Tape.record([parse(formula)], ("x",)), 1e10)[-1] == math.inf, formula
    for formula in ("x^4 - 3x", "sin(x^2)", "exp(-x^2)", "sqrt(1 + x^2)", "1/(1 + x^2)"):
        assert magnitudes(Tape.record([parse(formula)], ("x",)), 1e10)[-1] < math.inf, formula


def test_formulas_take_the_evaluator_that_pays(monkeypatch: pytest.MonkeyPatch) -> None:
    f = Formula("sin(x) + y^2")
    small, large = np.ones((10, 2)), np.ones((2_000_000, 2))
    before = KERNELS.compiled
    f.values(small)
    assert KERNELS.compiled == before
    values = f.values(large)
    assert KERNELS.compiled == before + 1
    assert values[0] == pytest.approx(math.sin(1) + 1, rel=1e-15)
    np.testing.assert_array_equal(Evaluator(f.value_tape)(large)[0], values)


def test_no_thread_is_left() -> None:
    before = set(threading.enumerate())
    NativeEvaluator(Formula("x*y").gradient_tape)(np.ones((300_000, 2)), threads=4)
    assert set(threading.enumerate()) <= before
