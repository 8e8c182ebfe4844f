"""How formulas over data and their gradients read, and that what is typed can be typed again."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from steepest.errors import ParameterError
from steepest.functions.formula import Formula

_RNG = np.random.default_rng(5)
DATA: dict[str, Any] = {
    "X": _RNG.normal(size=(5, 3)), "A": _RNG.normal(size=(3, 3)), "x": _RNG.normal(size=5),
    "y": _RNG.normal(size=5), "price": _RNG.normal(size=5), "Y": _RNG.normal(size=(5, 2)),
}  # fmt: skip


def over(text: str, **options: Any) -> Formula:
    words = "".join(c if c.isalnum() else " " for c in text).split()
    return Formula(text, data={n: a for n, a in DATA.items() if n in words}, **options)


READ = [
    ("norm(X@w - y)^2", "‖Xw - y‖²", ["2Xᵀ(Xw - y)"]),
    ("norm(X w - y)^2/2", "‖Xw - y‖²/2", ["Xᵀ(Xw - y)"]),
    ("mean((w x - y)^2)", "(1/N) Σ (w xᵢ - yᵢ)²", ["(2/N) Σ xᵢ(w xᵢ - yᵢ)"]),
    ("w'@A@w/2", "½wᵀAw", ["½(A + Aᵀ)w"]),
    ("dot(w, A@w)", "wᵀAw", ["(A + Aᵀ)w"]),
    ("mean((X@w - y)^2)", "(1/N) Σ ((Xw)ᵢ - yᵢ)²", ["(2/N) Xᵀ(Xw - y)"]),
    (
        "norm(X@w - y)^2 + lambda*norm(w)^2",
        "‖Xw - y‖² + λ ‖w‖²",
        ["‖w‖²", "2Xᵀ(Xw - y) + 2λ w"],
    ),
    ("norm1(X@w)", "‖Xw‖₁", ["Xᵀ sign(Xw)"]),
    ("norm(X@w - y)", "‖Xw - y‖", ["(1/‖Xw - y‖) Xᵀ(Xw - y)"]),
    ("sum(softplus(X@w))", "Σ softplus((Xw)ᵢ)", ["Xᵀ sigmoid(Xw)"]),
    ("sum(price*w)", "Σ w priceᵢ", ["Σ priceᵢ"]),
    ("norm(X@W - Y)^2", "‖XW - Y‖²", ["2Xᵀ(XW - Y)"]),
    ("mean(exp(-w*x))", "(1/N) Σ exp(-w xᵢ)", ["-(1/N) Σ xᵢ exp(-w xᵢ)"]),
    ("sum(c - x)", "Σ (c - xᵢ)", ["N"]),
    # Rayleigh's quotient: equal terms meet, whichever factor they came through.
    ("w'@A@w/(w'@w)", "wᵀAw/(wᵀw)", ["(1/(wᵀw)) (A + Aᵀ)w - (2(wᵀAw)/(wᵀw)²) w"]),
    ("(w'@A@w)*(w'@w)", "(wᵀAw)(wᵀw)", ["(wᵀw) (A + Aᵀ)w + 2(wᵀAw) w"]),
    ("log(det(A + s*eye(3)))", "logdet(A + s I)", ["tr((A + s I)⁻¹)"]),
    ("tr(inv(A + s*eye(3)))", "tr((A + s I)⁻¹)", ["-tr((A + s I)⁻¹(A + s I)⁻¹)"]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "formula", "gradient"), READ)
def test_formulas_and_gradients_read_as_in_a_book(
    text: str, formula: str, gradient: list[str]
) -> None:
    f = over(text)
    assert f.expression.unicode == formula
    assert [g.unicode for g in f.gradient] == gradient


@pytest.mark.parametrize(
    ("text", "typed", "latex"),
    [
        ("norm(X@w - y)^2", "2X'@(X@w - y)", r"2 X^{\top} \left(X w - y\right)"),
        (
            "mean((w x - y)^2)",
            "2mean(x*(w*x - y))",
            r"\frac{2}{N} \sum_{i} x_{i} \left(w x_{i} - y_{i}\right)",
        ),
        ("w'@A@w/2", "1/2*(A + A')@w", r"\frac{1}{2} \left(A + A^{\top}\right) w"),
        ("mean((X@w - y)^2)", "2/5*X'@(X@w - y)", r"\frac{2}{N} X^{\top} \left(X w - y\right)"),
        ("tr(A@W)", "A'", r"A^{\top}"),
    ],
)
def test_gradients_are_typed_and_set(text: str, typed: str, latex: str) -> None:
    (gradient,) = over(text).gradient
    assert str(gradient) == typed
    assert gradient.latex == latex


@pytest.mark.parametrize("text", [row[0] for row in READ])
def test_a_typed_gradient_is_the_gradient(text: str) -> None:
    f = over(text)
    assert f.arrays is not None
    point = np.random.default_rng(2).uniform(0.5, 1.5, size=f.dim)
    shapes = {a.name: a.shape for a in f.arrays.arguments if a.shape}
    numbers = {a.name for a in f.arrays.arguments if not a.shape}
    value = f.gradients(point[None])[0]
    for a, g in zip(f.arrays.arguments, f.gradient, strict=True):
        # The gradient's entries, weighted by random numbers, as a formula of its own.
        weights = _RNG.normal(size=a.shape or ())
        typed = f"sum(weight*({g}))" if a.shape else f"weight*({g})"
        words = "".join(c if c.isalnum() else " " for c in typed).split()
        data = {n: d for n, d in DATA.items() if n in words} | {"weight": weights}
        used = {n: s for n, s in shapes.items() if n in words}
        again = Formula(typed, [*used, *sorted(numbers)], data=data, shapes=used)
        own = np.concatenate(
            [point[b.start : b.start + b.size] for b in f.arrays.arguments if b.name in used]
            + [point[b.start : b.start + 1] for b in f.arrays.arguments if b.name in numbers]
        )
        part = value[a.start : a.start + a.size]
        assert again(own) == pytest.approx(float(part @ np.ravel(weights)), rel=1e-12)


@pytest.mark.parametrize("text", [row[0] for row in READ])
def test_a_typed_formula_is_the_formula(text: str) -> None:
    f = over(text)
    points = np.random.default_rng(2).uniform(0.5, 1.5, size=(3, f.dim))
    np.testing.assert_allclose(over(str(f)).values(points), f.values(points), rtol=1e-13)


@pytest.mark.parametrize(
    ("text", "blocks"),
    [
        ("norm(X@w - y)^2", [["2XᵀX"]]),
        ("w'@A@w/2", [["½(A + Aᵀ)"]]),
        ("mean((w x + b - y)^2)", [["2", "(2/N) Σ xᵢ"], ["(2/N) Σ xᵢ", "(2/N) Σ xᵢ²"]]),
        ("sum(softplus(X@w))", [["Xᵀ diag(sigmoid(Xw) ⊙ sigmoid(-Xw))X"]]),
        ("mean((X@w - y)^2) + norm(w)^2", [["(2/N) XᵀX + 2I"]]),
        ("log(det(A + s*eye(3)))", [["-tr((A + s I)⁻¹(A + s I)⁻¹)"]]),
        ("exp(w'@A@w)", [["exp(wᵀAw) (A + Aᵀ)wwᵀ(A + Aᵀ) + exp(wᵀAw) (A + Aᵀ)"]]),
    ],
)
def test_hessians_have_a_matrix_form(text: str, blocks: list[list[str]]) -> None:
    assert [[h.unicode for h in row] for row in over(text).hessian] == blocks


def test_the_hessian_by_a_matrix_is_refused_with_the_way_to_its_numbers() -> None:
    f = over("norm(X@W - Y)^2")
    with pytest.raises(ParameterError, match="four indices and no matrix form; hessians"):
        _ = f.hessian
    assert f.hessians(np.zeros((1, 6))).shape == (1, 6, 6)


def test_two_counts_are_written_as_numbers() -> None:
    f = Formula("mean(x)*w + mean(y)*w", data={"x": [1, 2, 3], "y": [1, 2]})
    assert f.expression.unicode == "(w/3) Σ xᵢ + (w/2) Σ yᵢ"
