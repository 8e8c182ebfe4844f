"""The checker is checked: it rejects every planted error and raises no false alarm."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from steepest.evaluate import dual
from steepest.expression import differentiate
from steepest.expression.graph import Node, constant, topological, variables_of
from steepest.expression.simplify import mul
from steepest.functions.formula import Formula
from steepest.local import verify as checker
from steepest.local.results import Verification, Way
from strategies import nodes

GRADIENTS = [
    ("x^2 + 3y^2", (1, 2)),
    ("1e-8(x^2 + 3y^2)", (1, 2)),
    ("1 + 1e-8x - 2e-8 sin(y)", (1, 2)),
    ("1e-8x + 1e8y", (1, 2)),
    ("sin(10^4 x)*exp(y)", (1, 0.3)),
    ("x^y + atan2(x, y)", (2, 3)),
    ("(x + 1e8) - 1e8 + y", (1, 1)),
    ("log(x) sqrt(y) + erf(x) + cbrt(y)", (1e-5, 4)),
    ("100(y - x^2)^2 + (1 - x)^2", (-1.2, 1)),
    ("log10(y^4*y*y^4*y) + x", (1, 3)),
    ("relu(x) - relu(-x) + 2y", (0, 1)),
]


def ways(v: Verification) -> dict[str, Way]:
    return {w.name: w for w in v.ways}


@pytest.mark.parametrize(("formula", "point"), GRADIENTS)
def test_right_gradients_pass(formula: str, point: tuple[float, ...]) -> None:
    m = Formula(formula).at(list(point))
    v = m.verify(gradient=m.gradient)
    assert v.agrees, str(v)
    assert bool(v)
    assert "independent ways to the gradient agree" in v.sentence
    if "relu" not in formula:
        assert {"reverse mode", "forward mode", "torch autograd"} <= {
            w.name for w in v.ways if w.agrees
        }


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("component", [0, 1])
@pytest.mark.parametrize(("formula", "point"), GRADIENTS)
def test_an_error_of_a_millionth_in_a_claim_is_rejected(
    formula: str, point: tuple[float, ...], component: int, sign: int
) -> None:
    m = Formula(formula).at(list(point))
    claim = np.array(m.gradient)
    claim[component] *= 1 + sign * 1e-6
    v = m.verify(gradient=claim, torch=False)
    assert not v.agrees
    assert ways(v)["the given gradient"].agrees is False
    assert f"the given gradient is wrong: ∂f/∂{'xy'[component]} is" in v.sentence


@pytest.mark.parametrize("component", [0, 1])
@pytest.mark.parametrize(("formula", "point"), GRADIENTS[:10])
@pytest.mark.parametrize("way", [checker.REVERSE, checker.FORWARD, checker.NUMERICAL])
def test_an_error_of_a_millionth_in_any_way_is_rejected(
    formula: str, point: tuple[float, ...], component: int, way: str
) -> None:
    f = Formula(formula)
    x = np.array(point, dtype=float)
    estimates = checker.graph_estimates(f, x, torch=False)
    planted = []
    for e in estimates:
        if e.name == way:
            wrong = np.array(e.gradient)
            wrong[component] *= 1 + 1e-6
            e = checker.Estimate(way, wrong, e.error_bound)
        planted.append(e)
    v = checker.compare(planted, f.variables, checker.natural_scale(f, x))
    found = ways(v)[way]
    assert not v.agrees or found.agrees is None
    # Only difference quotients may be too coarse to tell, and then they must say so.
    if found.agrees is None:
        assert way == checker.NUMERICAL
        assert "is known only to within" in found.detail
    elif ways(v)[checker.NUMERICAL].agrees is None:
        # One against one: nobody can tell which is wrong.
        assert any(w.agrees is False for w in v.ways), str(v)
    else:
        assert found.agrees is False, str(v)


def test_a_gradient_of_size_1e_minus_8_is_checked_numerically_too() -> None:
    v = Formula("1 + 1e-8x + 1e-8y^2").at(1, 2).verify(torch=False)
    assert all(w.agrees for w in v.ways), str(v)


@pytest.mark.parametrize("op", sorted(set(dual.PARTIALS) - {"sign"}))
def test_wrong_rules_of_forward_mode_are_found(op: str, monkeypatch: pytest.MonkeyPatch) -> None:
    m = _using(op)
    right = dual.PARTIALS[op]

    def wrong(*args):
        return tuple(lambda p=p: p() * (1 + 1e-6) for p in right(*args))

    assert m.verify(torch=False).agrees
    monkeypatch.setitem(dual.PARTIALS, op, wrong)
    v = m.verify(torch=False)
    assert not v.agrees
    assert ways(v)["forward mode"].agrees is False
    assert ways(v)["numerical"].agrees is True


@pytest.mark.parametrize("op", sorted(set(differentiate._UNARY) - {"sign", "neg"}))
def test_wrong_rules_of_reverse_mode_are_found(op: str, monkeypatch: pytest.MonkeyPatch) -> None:
    right = differentiate._UNARY[op]

    def wrong(a: Node, f: Node) -> Node:
        return mul(constant(1 + 1e-6), right(a, f))

    monkeypatch.setitem(differentiate._UNARY, op, wrong)
    v = _using(op).verify(torch=False)
    assert not v.agrees
    # The odd one out is named, not those that agree with each other.
    assert ways(v)["reverse mode"].agrees is False
    assert ways(v)["forward mode"].agrees is True
    assert "reverse mode differs: ∂f/∂x" in v.sentence


def _using(op: str):
    two = op in ("add", "sub", "mul", "div", "pow", "atan2", "hypot")
    from steepest.expression.graph import build, variable

    x, y = variable("x"), variable("y")
    node = build(op, x, y) if two else build(op, x)
    if not two:
        node = build("add", node, build("mul", y, y))
    return Formula(node, ["x", "y"]).at(1.25 if op == "acosh" else 0.375, 0.75)


def test_difference_quotients_that_cannot_tell_say_so() -> None:
    v = Formula("1e8 + 1e-8x").at(1).verify(torch=False)
    numerical = ways(v)["numerical"]
    assert numerical.agrees is None
    assert "is known only to within" in numerical.detail
    assert v.agrees
    assert "not decided: numerical" in v.sentence
    assert "numerical: not decided" in str(v)


def test_where_there_is_no_gradient_nothing_is_verified() -> None:
    v = Formula("|x|").at(0).verify(gradient=[1])
    assert not v.agrees
    assert v.ways == ()
    assert v.sentence.endswith("so there is no gradient to verify")


def test_conventions_at_singular_operations_are_not_called_errors() -> None:
    v = Formula("relu(x) - relu(-x)").at(0).verify()
    assert v.agrees
    assert ways(v)["one-sided slopes"].gradient == [1]
    assert ways(v)["torch autograd"].gradient == [0]
    assert ways(v)["torch autograd"].agrees is None
    assert "convention" in ways(v)["reverse mode"].detail


def test_zero_components_are_decided() -> None:
    for formula in ("x^2 + y", "100(y - x^2)^2 + (1 - x)^2", "x^2 + y^2"):
        v = Formula(formula).at(1, 1).verify(torch=False)
        assert v.agrees, str(v)
    assert Formula("x^2 + 0y", ["x", "y"]).at(0, 0).verify(torch=False).agrees


def test_zero_claimed_wrongly() -> None:
    assert not Formula("x^2").at(0).verify(gradient=[1e-12], torch=False).agrees
    assert Formula("x^2").at(0).verify(gradient=[0], torch=False).agrees


def test_no_number_is_not_an_agreement() -> None:
    v = Formula("x^2").at(1).verify(gradient=[2 + 1e-13], torch=False)
    assert v.agrees
    estimates = [
        checker.Estimate("one", np.array([2.0]), np.array([0.0])),
        checker.Estimate("two", np.array([math.nan]), np.array([0.0])),
    ]
    odd = checker.compare(estimates, ("x",), np.ones(1))
    assert not odd.agrees
    assert ways(odd)["two"].detail == "gives no number for ∂f/∂x"
    assert odd.sentence.startswith("nothing could be compared closely enough")


COORDINATES = st.one_of(
    st.integers(-3, 3).map(float),
    # Nothing that is 0 for every practical purpose: f may have a kink as close to that.
    st.floats(-4, 4).map(lambda x: round(x, 9)),
    st.floats(-1e3, 1e3).map(lambda x: round(x, 6)),
    st.sampled_from([0.1, 0.25, 1e-8, 1e8, 1e-3]),
)


@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow])
@given(nodes(size=8), st.lists(COORDINATES, min_size=3, max_size=3), st.integers(0, 4))
def test_no_false_alarms(node: Node, point: list[float], draw: int) -> None:
    # max(1e-300, x) at 0: no difference quotient can see on which side of the kink 0 lies.
    numbers = [n.value for n in topological([node]) if n.op == "const"]
    assume(not any(0 < abs(c) < 1e-25 for c in numbers if isinstance(c, int | Fraction)))
    names = sorted(variables_of([node]))
    m = Formula(node, names).at(point[: len(names)])
    v = m.verify(torch=draw == 0)
    assert all(w.agrees is not False for w in v.ways), f"{m.function}\n{v}"
    if m.status.differentiable and names:
        claim = np.array(m.gradient)
        i = int(np.argmax(np.abs(claim)))
        if ways(v).get("forward mode") and ways(v)["forward mode"].agrees and claim[i]:
            claim[i] *= 1 + 1e-6
            assert not m.verify(gradient=claim, torch=False).agrees
