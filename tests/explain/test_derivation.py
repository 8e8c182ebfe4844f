"""Derivations: every rule, every operation, checks that catch wrong rules, and the page's data."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings

import steepest.explain.rules as rules
from steepest import Formula, derivation
from steepest.errors import ParameterError
from steepest.explain.derivation import Derivation
from steepest.explain.sampling import agree, evaluate, points_where_defined
from steepest.explain.steps import StepError
from steepest.expression.graph import ARITY, Node, build, variables_of
from strategies import nodes

EVERY_OPERATION = {
    "const": "3x", "var": "x", "pi": "pi*x", "e": "e^x", "neg": "-x^3", "add": "x + x^2",
    "sub": "x^3 - x", "mul": "x*sin(x)", "div": "sin(x)/x", "ipow": "(x + 1)^5", "pow": "x^x",
    "abs": "abs(x^2 - 1)", "sign": "x*sign(x)", "sqrt": "sqrt(x^2 + 1)", "cbrt": "cbrt(2x)",
    "exp": "exp(x^2)", "log": "log(3x)", "log2": "log2(x)", "log10": "log10(x^2)",
    "sin": "sin(x^2)", "cos": "cos(3x)", "tan": "tan(x/2)", "asin": "asin(x/2)",
    "acos": "acos(x/3)", "atan": "atan(x^2)", "atan2": "atan2(x, x^2 + y)",
    "sinh": "sinh(2x)", "cosh": "cosh(x^2)", "tanh": "tanh(x/3)", "asinh": "asinh(2x)",
    "acosh": "acosh(x)", "atanh": "atanh(x/9)", "sigmoid": "sigmoid(3x)",
    "softplus": "softplus(2x)", "relu": "relu(x^2 - 2)", "erf": "erf(x/2)",
    "hypot": "hypot(x, x*y)", "min": "min(x^2, x)", "max": "max(x, y^2)",
    "lt": "where(x < y, x, x^2)", "le": "where(x <= 1, x^3, y)", "where": "where(x < 0, -x, x^2)",
}  # fmt: skip

LONG = (
    "sin(x*y)^2*exp(-x^2/2)/(1+y^2) + log(1+x^2+y^2)*sqrt(1+x^4) - tanh(x+2y)*cos(x-y)^3"
    " + (x^2+y-11)^2 + (x+y^2-7)^2*atan(x*y) + x*y/(1+exp(-x))"
)


def agrees_with_the_program(work: Derivation) -> bool:
    """Every last line, written out, against the gradient in numbers."""
    f = work.formula
    points = points_where_defined(f.node, f.variables, 30)
    for partial, node in zip(work.partials, f.gradient_nodes, strict=True):
        assert partial.result.node is node
        if not partial.parts:
            a, b = evaluate([partial.chain.end, node], f.variables, points)
            if agree(a, b)[0] is False:
                return False
    return True


def test_the_table_has_every_operation() -> None:
    assert EVERY_OPERATION.keys() == ARITY.keys()


@pytest.mark.parametrize("text", EVERY_OPERATION.values(), ids=EVERY_OPERATION.keys())
def test_every_operation(text: str) -> None:
    work = derivation(Formula(text))
    assert all(step.check.checked for step in work.steps)
    assert all(partial.agreement.checked for partial in work.partials)
    assert agrees_with_the_program(work)


def test_one_rule_a_step() -> None:
    work = derivation(Formula("x^2*y + y^3"))
    by_x, by_y = work.partials
    assert [s.line() for s in by_x.steps] == [
        "d/dx[x^2*y] + d/dx[y^3]",
        "y*d/dx[x^2] + d/dx[y^3]",
        "2x*y + d/dx[y^3]",
        "2x*y + 0",
        "2x*y",
    ]
    assert [s.rule.name for s in by_x.steps] == [
        "sum", "constant multiple", "power", "constant", "simplify",
    ]  # fmt: skip
    assert by_y.steps[-1].line("unicode") == "x² + 3y²"
    assert by_x.steps[0].line("unicode") == "∂/∂x[x²·y] + ∂/∂x[y³]"
    assert r"\frac{\partial}{\partial x}\left[x^{2} y\right]" in by_x.steps[0].line("latex")


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("7x", "constant multiple"), ("x - x^2", "difference"), ("x*sin(x)", "product"),
        ("sin(x)/x", "quotient"), ("1/(x+1)", "reciprocal"), ("x^7", "power"), ("x^2.5", "power"),
        ("sin(x^2)", "chain"), ("2^x", "exponential"), ("x^x", "general power"),
        ("max(x, 1)", "choice"), ("sin(x)", "standard derivative"), ("sign(x)", "step"),
        ("hypot(x, 2x)", "chain (two arguments)"), ("x", "variable"),
    ],
)  # fmt: skip
def test_rules_are_named(text: str, rule: str) -> None:
    assert rule in [s.rule.name for s in derivation(Formula(text)).steps]


def test_the_chain_rule_names_outer_and_inner() -> None:
    (partial,) = derivation(Formula("sin(x^2)")).partials
    assert partial.steps[0].reason() == "outer sin(…), inner x^2"
    assert partial.steps[0].reason("latex").endswith("$x^{2}$")


@settings(max_examples=60)
@given(nodes(size=12).filter(lambda node: bool(variables_of([node]))))
def test_random_formulas(node: Node) -> None:
    f = Formula(node)
    work = derivation(f)
    assert agrees_with_the_program(work)
    if len(points_where_defined(f.node, f.variables, 24)) >= 12:
        steps = [s for s in work.steps if s.check.points >= 3 or s.check.symbolic]
        assert all(s.check.checked for s in steps)
    json.dumps(work.to_json(), allow_nan=False)


WRONG = {
    "sin": lambda u, f: build("sin", u),
    "cos": lambda u, f: build("sin", u),
    "exp": lambda u, f: build("mul", u, f),
    "log": lambda u, f: build("div", rules.TWO, u),
    "sqrt": lambda u, f: build("div", rules.ONE, f),
}


@pytest.mark.parametrize("op", WRONG)
def test_a_wrong_rule_is_caught(op: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(rules.OUTER, op, WRONG[op])
    with pytest.raises(StepError, match="is not an equality; please report"):
        derivation(Formula(f"{op}(x^2 + 1)"))


def test_a_wrong_product_rule_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    def product(node: Node, at: rules.At) -> rules.Applied:
        a, b = node.args
        return rules.Applied(rules.PRODUCT, build("mul", at.open_(a), at.open_(b)))

    monkeypatch.setattr(rules, "_product", product)
    with pytest.raises(StepError, match="the product step"):
        derivation(Formula("x*sin(x)"))


def test_a_wrong_derivative_in_the_program_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both accounts wrong in the same way: difference quotients still tell."""
    from steepest.expression import differentiate

    monkeypatch.setitem(differentiate._UNARY, "sin", lambda a, f: f)
    monkeypatch.setitem(rules.OUTER, "sin", lambda u, f: f)
    with pytest.raises(StepError, match="does not match its difference quotients"):
        derivation(Formula("sin(x^2)"))


def test_long_formulas_name_their_parts_and_no_line_grows() -> None:
    work = derivation(Formula(LONG))
    assert [p.name for p in work.parts][:2] == ["u", "v"]
    assert max(len(s.line()) for s in work.steps) < 200
    assert "with u = " in str(work)
    assert all(s.check.checked for s in work.steps)


def test_names_of_parts_avoid_vectors_and_data() -> None:
    u = [[1, k] for k in range(1, 6)]
    text = "sum(tanh(u@w - v)^2) + exp(mean(u@w - v)) + log(1 + norm(u@w - v)^2)*norm(w)^2"
    d = derivation(Formula(text, data={"u": u, "v": [2, 4, 6, 8, 10]}))
    assert len(d.parts) >= 3
    assert not {"u", "v", "w"} & {part.name for part in d.parts}


def test_names_of_parts_avoid_the_variables() -> None:
    work = derivation(
        Formula("u*v + exp(sin(u)^2 + cos(v)^2)*log(1 + u^2*v^2) + sqrt(1 + u^4)*v^7")
    )
    assert {p.name for p in work.parts}.isdisjoint({"u", "v"})


def test_the_gradient_is_a_column() -> None:
    shown = derivation(Formula("x^2 + 3y^2")).unicode
    assert shown.endswith("∇f = ⎡ 2x ⎤\n     ⎣ 6y ⎦")
    assert (
        r"\nabla f &= \begin{bmatrix} 2 x \\ 6 y \end{bmatrix}"
        in derivation(Formula("x^2 + 3y^2")).latex
    )


def test_one_variable_is_written_with_d() -> None:
    shown = derivation(Formula("sin(x)^2")).unicode
    assert "df/dx = d/dx[sin(x)²]" in shown
    assert "∂" not in shown


def test_the_hessian_is_worked_out_too() -> None:
    f = Formula("x^2*y + y^3")
    rows = derivation(f).hessian
    assert [[str(p.result) for p in row] for row in rows] == [["2y", "2x"], ["6y"]]
    assert rows[0][1].of == "f_x"
    assert rows[0][1].by == "y"
    assert all(s.check.checked for row in rows for p in row for s in p.steps)


def test_json_holds_every_step_with_its_checks() -> None:
    data = derivation(Formula("sin(x^2)/x")).to_json(hessian=True)
    json.dumps(data, allow_nan=False)
    (partial,) = data["partials"]
    (chain,) = partial["chains"]
    first = chain["steps"][0]
    assert first["rule"] == "quotient"
    assert first["checks"] == {"numeric": True, "points": 24, "symbolic": True}
    assert partial["agrees"] is True
    assert data["hessian"][0][0]["by"] == "x"


def test_a_formula_defined_nowhere_says_that_nothing_was_compared() -> None:
    work = derivation(Formula("sqrt(-1 - x^2)"))
    assert all(s.check.numeric is None for s in work.steps)
    assert work.steps[0].check.symbolic is True


def test_a_constant_has_nothing_to_differentiate() -> None:
    with pytest.raises(ParameterError, match="2pi has no variables"):
        derivation(Formula("2pi"))
