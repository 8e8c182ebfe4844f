"""Derivations in matrix form: by differentials, each step an equality, of data of any size."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from array_formulas import formula, numbers
from steepest import Formula, derivation
from steepest.errors import ParameterError
from steepest.explain import differential_checks, differentials
from steepest.explain.derivation import Derivation
from steepest.explain.rules import Applied
from steepest.explain.steps import StepError
from steepest.expression.graph import TWO, Node, build

_RNG = np.random.default_rng(3)
DATA: dict[str, Any] = {
    "X": _RNG.normal(size=(5, 3)), "A": _RNG.normal(size=(3, 3)), "B": _RNG.normal(size=(3, 3)),
    "x": _RNG.normal(size=5), "y": _RNG.normal(size=5), "v": _RNG.uniform(1, 2, size=3),
}  # fmt: skip
SHAPES = {"W": (3, 3), "w": 3}


def over(text: str) -> Formula:
    words = "".join(c if c.isalnum() else " " for c in text).split()
    shapes: dict[str, Any] = {n: s for n, s in SHAPES.items() if n in words}
    if "x" in words:
        shapes.pop("w", None)
    return Formula(text, data={n: a for n, a in DATA.items() if n in words}, shapes=shapes)


def lines(text: str) -> list[str]:
    (partial,) = derivation(over(text)).partials
    return [step.line("unicode") for step in partial.steps]


def test_least_squares_as_in_a_book() -> None:
    work = derivation(over("norm(X@w - y)^2"))
    assert work.unicode.split("\n") == [
        "f(w) = ‖Xw - y‖²",
        "",
        "df = d(‖Xw - y‖²)",
        "   = 2(Xw - y)ᵀ d(Xw - y)       squared norm: of u = Xw - y",
        "   = 2(Xw - y)ᵀ(d(Xw) - d(y))   difference: term by term",
        "   = 2(Xw - y)ᵀ(X dw - d(y))    matrix times variable: X stays in front",
        "   = 2(Xw - y)ᵀ(X dw - 0)       constant: y does not depend on w",
        "   = 2(Xw - y)ᵀX dw             simplify",
        "   = (2Xᵀ(Xw - y))ᵀ dw          gradient: what stands with dw is the gradient",
        "",
        "∂f/∂w = 2Xᵀ(Xw - y)",
    ]
    assert "df/dw = 2X'@(X@w - y)" in str(work)
    assert r"&= 2 \left(X w - y\right)^{\top} X \, \mathrm{d}w && \text{simplify}" in work.latex
    assert work.latex.count("{") == work.latex.count("}")
    ((block,),) = work.hessian
    assert block.steps[-1].line("unicode") == "(2XᵀX)dw"
    assert str(block.result) == "2X'@X"


def test_the_chapters_line() -> None:
    assert lines("mean((w x - y)^2)") == [
        "(1/N) Σ d((w x - y)²)ᵢ",
        "(1/N) Σ 2d(w x - y)ᵢ(w xᵢ - yᵢ)",
        "(1/N) Σ 2(w xᵢ - yᵢ)(d(w x)ᵢ - d(y)ᵢ)",
        "(1/N) Σ 2(w xᵢ - yᵢ)(dw xᵢ - d(y)ᵢ)",
        "(1/N) Σ 2(w xᵢ - yᵢ)(dw xᵢ - 0)",
        "(2dw/N) Σ xᵢ(w xᵢ - yᵢ)",
    ]


RULES = {
    "norm(w)^2": "squared norm", "norm(w)^4": "squared norm", "norm(w - v)": "norm",
    "norm(W)": "norm", "v'@A@w": "matrix times variable", "w'@A@w": "product of matrices",
    "sum(w)": "linear operation", "mean(X@w)": "linear operation", "tr(W)": "linear operation",
    "v'@diag(w)@v": "linear operation", "sum(diag(W))": "linear operation",
    "w[0]*w[1]": "product", "norm(w[1:])^2": "linear operation", "tr(inv(W)@A)": "inverse",
    "det(W)": "determinant", "logdet(W)": "logarithm of a determinant",
    "sum(exp(w))": "chain", "sum(w^3)": "power", "sum(w/v)": "constant multiple",
    "sum(v/w)": "reciprocal", "sum(w/(1 + w^2))": "quotient", "sum(2^w)": "general power",
    "sum(max(w, v))": "choice", "sum(sign(w)*w)": "step", "sum(hypot(w, v))":
    "chain (two arguments)", "sum(-w)": "constant multiple", "sum(w + w^2)": "sum",
    "c*norm(w)^2": "constant multiple", "sum(w)*norm(w)^2": "product",
    "norm(w@v' - A)^2": "matrix times variable",
    "norm(A@W@B - A)^2": "matrix times variable", "w'@inv(A)@w": "product of matrices",
    "logdet(W@W' + eye(3))": "product of matrices", "norm1(w)": "chain",
    "mean(log(1 + exp(-y*(X@w)))) + 0.1*norm(w)^2": "chain",
    "log(sum(exp(X@w))) - y'@X@w": "chain", "sum(where(v < 1.5, w, w^2))": "choice",
    "norm(w' - v')^2": "squared norm", "sum(atan2(w, v))": "chain (two arguments)",
}  # fmt: skip


@pytest.mark.parametrize(("text", "rule"), RULES.items())
def test_every_step_is_checked_and_the_last_one_is_the_gradient(text: str, rule: str) -> None:
    f = over(text)
    work = derivation(f)
    assert rule in [s.rule.name for s in work.steps]
    assert all(s.check.numeric and s.check.points >= 3 for s in work.steps)
    assert all(partial.agreement.checked for partial in work.partials)
    assert [p.result.node for p in work.partials] == [g.node for g in f.gradient]
    assert all(p.steps[-1].rule.name == "gradient" for p in work.partials)
    json.dumps(work.to_json())
    for written in (str(work), work.unicode, work.latex):
        assert "\ue000" not in written


@pytest.mark.parametrize(
    ("text", "blocks"),
    [
        ("norm(X@w - y)^2", ["2XᵀX"]),
        ("w'@A@w/2", ["½(A + Aᵀ)"]),
        ("mean((w x + b - y)^2)", ["2", "(2/N) Σ xᵢ", "(2/N) Σ xᵢ²"]),
        ("c*norm(w)^2", ["0", "2wᵀ", "2c I"]),
        ("norm(w - v)^3", None),
        ("sum(softplus(X@w))", ["Xᵀ diag(sigmoid(Xw) ⊙ sigmoid(-Xw))X"]),
    ],
)
def test_hessians_in_matrix_form(text: str, blocks: list[str] | None) -> None:
    work = derivation(over(text))
    found = [p for row in work.hessian for p in row]
    assert all(s.check.numeric for p in found for s in p.steps)
    if blocks is not None:
        assert [p.result.unicode for p in found] == blocks


def test_where_there_is_no_matrix_it_is_said() -> None:
    with pytest.raises(ParameterError, match="four indices and no matrix form"):
        _ = derivation(over("norm(W)^2")).hessian


def test_long_formulas_name_their_parts() -> None:
    work = derivation(over("mean(log(1 + exp(-y*(X@w)))^2/(1 + (X@w)^2)) + sum(tanh(w)^2)"))
    assert work.parts
    assert work.partials[0].inner
    longest = max(len(s.line("unicode")) for p in work.partials for s in p.steps[:-2])
    assert longest < 150
    assert "du = d(" in work.unicode
    assert all(s.check.numeric for s in work.steps)


def test_several_variables_say_which_one_moves() -> None:
    work = derivation(over("mean((w x + b - y)^2)"))
    assert "d_b f = d(" in work.unicode
    assert "d_w f = d(" in work.unicode
    assert r"\mathrm{d}_{w} f" in work.latex


def test_data_of_any_size() -> None:
    rows = _RNG.normal(size=(20_000, 4))
    f = Formula("mean((X@w - y)^2)", data={"X": rows, "y": rows[:, 0]})
    work = derivation(f)
    assert work.partials[0].result.unicode == "(2/N) Xᵀ(Xw - y)"
    assert all(s.check.numeric for s in work.steps)


@pytest.mark.parametrize(
    ("rule", "text"),
    [("_power_of_norm", "norm(X@w - y)^2"), ("_matmul", "norm(X@w)^2"), ("_square", "logdet(W)")],
)
def test_a_wrong_rule_is_caught(rule: str, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    right = getattr(differentials, rule)

    def wrong(node: Node, at: differentials.Moving) -> Applied:
        applied = right(node, at)
        return applied._replace(result=build("mul", TWO, applied.result))

    monkeypatch.setattr(differentials, rule, wrong)
    with pytest.raises(StepError, match="is not an equality"):
        derivation(over(text))


def test_a_wrong_gradient_of_the_program_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    f = over("norm(X@w - y)^2")
    assert f.arrays is not None
    wrong = [build("neg", g) for g in f.arrays.gradient]
    monkeypatch.setitem(f.arrays.__dict__, "gradient", wrong)
    with pytest.raises(StepError, match="the gradient step"):
        derivation(f)


def test_a_wrong_differential_of_the_program_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    right = differential_checks.directional

    def wrong(roots: list[Node], direction: dict[Node, Node]) -> list[Node]:
        return [build("mul", TWO, speed) for speed in right(roots, direction)]

    monkeypatch.setattr(differential_checks, "directional", wrong)
    with pytest.raises(StepError, match="does not match its difference quotients"):
        derivation(over("norm(X@w - y)^2"))


def test_numbers_with_shapes_alone_are_derived_as_numbers() -> None:
    work = derivation(Formula("c^2", shapes={"c": ()}))
    assert isinstance(work, Derivation)
    assert not work.in_matrix_form
    assert str(work.partials[0].result) == "2c"


@settings(max_examples=40, deadline=None)
@given(numbers())
def test_any_formula(text: str) -> None:
    f, _ = formula(text + " + sum(w)*c")
    work = derivation(f)
    assert all(s.check.numeric is not False for s in work.steps)
    assert all(p.agreement.numeric for p in work.partials)
