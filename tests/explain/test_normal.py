"""The normal form: what it must recognise, and that it never calls different formulas equal."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from steepest.explain.normal import decide, equal
from steepest.explain.sampling import agree, candidates, evaluate
from steepest.expression import differentiate
from steepest.expression.graph import Node, build, constant
from steepest.expression.parse import parse
from strategies import nodes

#: Pairs of formulas that are the same function and that are not: the page's normal form has the
#: same to say of them.
PAIRS = json.loads((Path(__file__).parents[1] / "vectors" / "equalities.json").read_text("utf-8"))


@pytest.mark.parametrize(("left", "right"), PAIRS["same"])
def test_recognises(left: str, right: str) -> None:
    assert equal(parse(left), parse(right)) is True


@pytest.mark.parametrize(("left", "right"), PAIRS["different"])
def test_never_equates_different_functions(left: str, right: str) -> None:
    assert equal(parse(left), parse(right)) is None
    assert decide(parse(left), parse(right)) is not True


def rewritten(node: Node, how: int) -> Node:
    """Another way to write nearly the same function; the last ways change it."""
    return [
        node,
        build("sub", build("mul", constant(2), node), node),
        build("sqrt", build("mul", node, node)),
        build("neg", node),
        build("abs", node),
        build("exp", build("log", node)),
        build("cbrt", build("mul", node, build("mul", node, node))),
        build("mul", node, build("sign", node)),
    ][how]


@settings(max_examples=150)
@given(nodes(size=6), st.integers(0, 7), st.booleans())
def test_equal_means_equal_in_numbers(node: Node, how: int, differentiated: bool) -> None:
    a, b = node, rewritten(node, how)
    if differentiated:
        (a,), (b,) = differentiate.gradient(a, ["x"]), differentiate.gradient(b, ["x"])
    assume(equal(a, b) is True)
    va, vb = evaluate([a, b], ("x", "y", "z"), candidates(3))
    # Rounding of huge values aside, whatever both define must agree.
    calm = (np.abs(va) < 1e6) & (np.abs(vb) < 1e6)
    verdict, _ = agree(np.where(calm, va, np.nan), vb)
    assert verdict is not False
