"""The normal form: what it must recognise, and that it never calls different formulas equal."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from steepest.explain.normal import equal
from steepest.explain.sampling import agree, candidates, evaluate
from steepest.expression import differentiate
from steepest.expression.graph import Node, build, constant
from steepest.expression.parse import parse
from strategies import nodes

SAME = """
(x+y)^2 = x^2 + 2x*y + y^2
sin(2x) = 2sin(x)cos(x)
sin(3x) = 3sin(x) - 4sin(x)^3
sin(x)^2 + cos(x)^2 = 1
cos(x+y) = cos(x)cos(y) - sin(x)sin(y)
tan(x)^2 + 1 = 1/cos(x)^2
sin(x+pi/2) = cos(x)
sin(1/x)^2 = 1 - cos(1/x)^2
exp(x+y) = exp(x)*exp(y)
exp(-x^2/2)^2 = exp(-x^2)
e^x = exp(x)
(exp(sin(x)))^2 = exp(2sin(x))
1/cosh(x)^2 = 1 - tanh(x)^2
tanh(x/2) = (exp(x)-1)/(exp(x)+1)
sigmoid(x)*sigmoid(-x) = sigmoid(x)*(1-sigmoid(x))
softplus(x) = log(1+e^x)
x^y/x = x^(y-1)
x^x = exp(x*log(x))
2^x = exp(x*log(2))
4^(x/2) = 2^x
1/(2sqrt(x)) = sqrt(x)/(2x)
x/sqrt(x^2+1) = x*(x^2+1)^(-1/2)
x^(3/2) = x*sqrt(x)
sqrt(4x^2+4) = 2sqrt(x^2+1)
sqrt(8) = 2sqrt(2)
sqrt(x^2) = abs(x)
(x^2)^(1/4) = sqrt(abs(x))
(x-1)/(sqrt(x)+1) = sqrt(x)-1
cbrt(x)^3 = x
1/(3cbrt(x)^2) = cbrt(x)/(3x)
x/abs(x) = sign(x)
where(x<0,-x,x) = abs(x)
max(x,y) = (x+y+abs(x-y))/2
relu(x)-relu(-x) = x
log(4x) = 2log(2)+log(x)
log(exp(x)) = x
log(sqrt(x)) = log(x)/2
log10(x) = log(x)/log(10)
hypot(x,y) = sqrt(x^2+y^2)
atan(-x) = -atan(x)
acos(x) = pi/2-asin(x)
1/(x+1)+1/(x-1) = 2x/(x^2-1)
""".strip().splitlines()

DIFFERENT = """
sqrt(x^2) = x
sqrt(x^4+2x^2+1) = x^2
abs(x) = x
log(x^2) = log(x)
cos(x) = sin(x)
cbrt(x) = sqrt(x)
max(x,y) = min(x,y)
(x^2)^(3/2) = x^3
exp(x)^2 = exp(x^2)
atan(x) = asin(x)
sign(x) = 1
""".strip().splitlines()


def sides(line: str) -> tuple[Node, Node]:
    left, _, right = line.partition(" = ")
    return parse(left), parse(right)


@pytest.mark.parametrize("line", SAME)
def test_recognises(line: str) -> None:
    assert equal(*sides(line)) is True


@pytest.mark.parametrize("line", DIFFERENT)
def test_never_equates_different_functions(line: str) -> None:
    assert equal(*sides(line)) is None


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
