"""Hash-consed nodes: shared, exact, safe among threads, deep without recursion."""

from __future__ import annotations

import gc
import threading
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction

import numpy as np
import pytest

from steepest.expression import graph
from steepest.expression.differentiate import gradient, hessian
from steepest.expression.graph import (
    ARITY,
    TOTAL_OPERATIONS,
    Node,
    build,
    constant,
    count_operations,
    integer_power,
    rebuild,
    substitute,
    topological,
    variable,
    variables_of,
)
from steepest.expression.parse import parse
from steepest.expression.simplify import simplify
from steepest.expression.typeset import text


def sines(depth: int) -> Node:
    node = variable("x")
    for _ in range(depth):
        node = build("sin", node)
    return node


def test_equal_operations_are_one_object() -> None:
    assert parse("sin(x) + y") is parse("sin( x )+y")
    assert parse("x + y") is not parse("y + x")
    assert constant(0.5) is constant(Fraction(1, 2))
    assert constant(2.0) is constant(2)
    assert constant(np.float64(0.1)) is constant(Fraction(1, 10))


def test_exact_arithmetic_is_folded() -> None:
    assert parse("1/3 + 1/6") is constant(Fraction(1, 2))
    assert parse("2^10 - 24") is constant(1000)
    assert parse("0.1 + 0.2") is constant(Fraction(3, 10))
    assert parse("(-2)^3") is constant(-8)
    assert parse("max(1, 3) + min(1, 3) + abs(-2)") is constant(6)


@pytest.mark.parametrize("formula", ["1/0", "0^-1", "9^1024", "1e300*1e300", "1e-300^2"])
def test_what_has_no_double_is_not_folded(formula: str) -> None:
    assert parse(formula).op != "const"


def test_total_means_finite_everywhere() -> None:
    for total in ("x^2 + sin(x)", "where(x < 1, x, erf(x))", "cbrt(x)^3", "max(x, y)"):
        assert parse(total).total
    for partial in (
        "1/x",
        "sqrt(x)",
        "x^-1",
        "where(x < 1, log(x), x)",
        "x^y",
        "atan2(x, y)",
    ):
        assert not parse(partial).total
    assert set(ARITY) >= TOTAL_OPERATIONS


def test_wrong_number_of_arguments() -> None:
    with pytest.raises(TypeError, match="sin takes 1 arguments, not 2"):
        build("sin", variable("x"), variable("y"))


def test_topological_order() -> None:
    root = parse("sin(x*y) + (x*y)^2")
    order = topological([root, variable("z")])
    assert len(order) == len(set(order)) == 7
    for k, node in enumerate(order):
        assert all(a in order[:k] for a in node.args)


def test_substitution() -> None:
    x, y = variable("x"), variable("y")
    (swapped,) = substitute([parse("x^2 - 3y")], {x: y, y: x})
    assert swapped is parse("y^2 - 3x")
    (number,) = substitute([parse("x^2 + y/4")], {x: constant(3), y: constant(2)})
    assert number is constant(Fraction(19, 2))
    node = parse("x^3")
    assert rebuild(node, (y,)) is parse("y^3")


def test_questions_about_graphs() -> None:
    assert variables_of([parse("x*y + pi"), parse("z")]) == {"x", "y", "z"}
    assert count_operations([parse("sin(x*y) + (x*y)^2")]) == 4
    assert repr(parse("2x")) == "<Node mul(const=2, var=x)>"


def test_nodes_die_with_their_last_use() -> None:
    gc.collect()
    before = len(graph._nodes)
    node = build("sin", build("exp", variable("temporary")))
    assert len(graph._nodes) == before + 3
    del node
    gc.collect()
    assert len(graph._nodes) == before


def test_deep_graphs_are_walked_and_freed_without_recursion() -> None:
    node = sines(100_000)
    assert len(topological([node])) == 100_001
    assert simplify([node])[0] is node
    assert substitute([node], {variable("x"): variable("x")})[0] is node
    assert node.total
    assert "…" in text(sines(5_000))
    del node
    gc.collect()


def test_derivatives_of_deep_graphs() -> None:
    (slope,) = gradient(sines(10_000), ["x"])
    assert len(topological([slope])) < 40_000
    long_sum = variable("x")
    for k in range(10_000):
        long_sum = build("add", long_sum, integer_power(variable("x"), k % 7 + 1))
    (slope,) = gradient(long_sum, ["x"])
    # Every power occurs 1428 or 1429 times: like terms are collected.
    assert count_operations([slope]) < 20


def test_fifty_nested_sines_stay_small() -> None:
    first = gradient(sines(50), ["x"])
    assert count_operations(first) < 200
    assert count_operations(hessian(first, ["x"])[0]) < 1000


def test_threads_build_identical_nodes() -> None:
    barrier = threading.Barrier(8)
    names = [f"t{k}" for k in range(40)]

    def work(_: int) -> list[Node]:
        barrier.wait()
        built = []
        for name in names:
            node = variable(name)
            for k in range(50):
                node = build("mul", build("add", node, constant(k)), variable(name))
            built.append(node)
        return built

    with ThreadPoolExecutor(8) as pool:
        first, *others = pool.map(work, range(8))
    for other in others:
        assert all(a is b for a, b in zip(first, other, strict=True))
