"""Shapes: inferred for variables, checked while parsing; what does not fit is refused in words."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from steepest.errors import FormulaError, ParameterError, SteepestError
from steepest.functions.formula import Formula

X, A = np.arange(15.0).reshape(5, 3), np.eye(3)
x, y, v = np.arange(5.0), np.arange(1.0, 6.0), np.ones(3)
DATA: dict[str, Any] = {"X": X, "A": A, "x": x, "y": y, "v": v, "Z": np.ones((4, 3))}


def over(text: str, **options: Any) -> Formula:
    """The formula over those of DATA that it names."""
    words = "".join(c if c.isalnum() else " " for c in text).split()
    return Formula(text, data={n: a for n, a in DATA.items() if n in words}, **options)


@pytest.mark.parametrize(
    ("text", "variables"),
    [
        ("mean((w*x + b - y)^2)", ("b", "w")),
        ("mean((w x + b - y)^2)", ("b", "w")),
        ("norm(X@w - y)^2", ("w1", "w2", "w3")),
        ("norm(X w - y)^2", ("w1", "w2", "w3")),
        ("norm(X@w + b - y)^2 + lambda*norm(w)^2", ("b", "lambda", "w1", "w2", "w3")),
        ("w'@A@w", ("w1", "w2", "w3")),
        ("dot(w, v)", ("w1", "w2", "w3")),
        ("v'@w", ("w1", "w2", "w3")),
        ("norm(X'@u)", ("u1", "u2", "u3", "u4", "u5")),
        ("norm(w1'@A)", ("w1_1", "w1_2", "w1_3")),
        ("norm(X@(2*w) - y)", ("w1", "w2", "w3")),
        ("sum(w'@A@w*x)", ("w1", "w2", "w3")),
        ("c*norm(x)", ("c",)),
        ("sum(A@(c*(A@w)))", ("c", "w1", "w2", "w3")),
        ("norm(X[:, 0:2]@w - y)^2", ("w1", "w2")),
        ("norm(X[1:3]@w - y[:2])^2", ("w1", "w2", "w3")),
        ("norm(A@w) + w[0]", ("w1", "w2", "w3")),
        ("w'@inv(A)@w", ("w1", "w2", "w3")),
        ("logdet(X'@diag(w)@X)", ("w1", "w2", "w3", "w4", "w5")),
        ("norm(eye(2)@w)", ("w1", "w2")),
        ("norm(w@w' - A)", ("w1", "w2", "w3")),
        ("norm(ones(2, 4)@w) + norm(A[:, 0:2])", ("w1", "w2", "w3", "w4")),
        ("(c*(A@w))'@A@w", ("c", "w1", "w2", "w3")),
    ],
)
def test_variables_are_what_the_shapes_ask_for(text: str, variables: tuple[str, ...]) -> None:
    assert over(text).variables == variables


def test_a_matrix_is_inferred_from_what_it_is_compared_with() -> None:
    f = Formula("norm(X@W - Y)^2", data={"X": X, "Y": np.ones((5, 2))})
    assert f.variables == ("W1_1", "W1_2", "W2_1", "W2_2", "W3_1", "W3_2")


def test_dotted_signs_work_entry_by_entry() -> None:
    f = over("sum(x.*y) + sum(x./y) + sum(x.^2) + 2.*c")
    assert f(1) == pytest.approx(np.sum(x * y) + np.sum(x / y) + np.sum(x**2) + 2)


def test_signs_for_the_transpose_and_the_product_side_by_side() -> None:
    points = [[0.3, -1.0, 2.0]]
    expected = over("w'@X'@(X@w)").values(points)
    for text in ("wᵀXᵀ(X w)", "w' X' (X w)", "w’X’(X w)", "transpose(X@w)@X@w"):
        np.testing.assert_allclose(over(text, shapes={"w": 3}).values(points), expected)


@pytest.mark.parametrize("text", ["1.5", "sum(x)", "mean(x) + 2", "norm(X)"])
def test_formulas_without_variables_are_constant(text: str) -> None:
    f = over(text)
    assert f.dim == 0
    points = np.empty((2, 0))
    assert f.values(points).shape == (2,)
    assert f.gradients(points).shape == (2, 0)
    assert f.hessians(points).shape == (2, 0, 0)


def test_shapes_are_given_where_nothing_tells_them() -> None:
    f = over("mean((V@tanh(W@X') - y')^2)", shapes={"W": (2, 3), "V": (1, 2)})
    assert f.variables == ("V1", "V2", "W1_1", "W1_2", "W1_3", "W2_1", "W2_2", "W2_3")
    assert Formula("norm(w)^2", shapes={"w": 3}).variables == ("w1", "w2", "w3")


def test_a_matrix_of_a_single_column_takes_a_number() -> None:
    data = {"X": x[:, None], "y": y}
    for text, shapes in (("norm(X@w - y)^2", None), ("norm(X@w - y)^2", {"w": 1})):
        f = Formula(text, data=data, shapes=shapes)
        assert f.variables == ("w",)
        assert f(2) == pytest.approx(np.sum((2 * x - y) ** 2))
        assert f.gradients([[2]])[0] == pytest.approx(2 * x @ (2 * x - y))
    row = Formula("norm(w@V + v')", data={"V": v[None], "v": v})
    assert row(2) == pytest.approx(3 * np.sqrt(3))


def test_more_coordinates_than_can_be_named_are_refused_at_once() -> None:
    with pytest.raises(ParameterError, match="w has 1000001 entries: a formula has 1,000,000"):
        Formula("norm(w)^2", shapes={"w": 1_000_001})
    with pytest.raises(ParameterError, match="1,000,000 coordinates at most"):
        Formula("norm(w)^2 + norm(u)", shapes={"u": 600_000, "w": (500, 1000)})


def test_declared_variables_keep_their_order() -> None:
    f = over("norm(X@w + b - y)", variables=("w", "b", "unused"))
    assert f.variables == ("w1", "w2", "w3", "b", "unused")


REFUSED = [
    ("norm(X@w - v)", 9, "X @ w has 5 entries, v has 3 entries"),
    ("norm(X@x)", 6, "X is 5 × 3, x has 5 entries"),
    ("norm(X@x)", 6, "transpose the first, X' @ x"),
    ("norm(x@y)", 6, "x has 5 entries, y has 5 entries; write dot(a, b)"),
    ("norm(X@Z)", 6, "transpose the second, X @ Z'"),
    ("sum(X*y)", 5, "X is 5 × 3, y has 5 entries"),
    ("sum(A*v)", 5, "write @ for the product of matrices"),
    ("sum(x y)", 6, "x has 5 entries, y has 5 entries"),
    ("norm(X@w) + norm(Z@w - y)", 21, "Z @ w has 4 entries, y has 5 entries"),
    ("dot(x, v)", 0, "dot takes two arrays of one shape: x has 5 entries, v has 3 entries"),
    ("x + y", 0, "the formula has 5 entries, and a scalar function is one number"),
    ("2*X", 0, "the formula is 5 × 3, and a scalar function"),
    ("tr(X)", 0, "tr takes a square matrix: X is 5 × 3"),
    ("norm(2@x)", 6, "@ multiplies matrices: the left side is a number"),
    ("sum(where(x < v, 1, 2))", 4, "x has 5 entries, v has 3 entries"),
    ("sum(max(x, v))", 4, "x has 5 entries, v has 3 entries"),
    ("sum(x^v)", 5, "x has 5 entries, v has 3 entries"),
    ("sum(x - y')", 6, "y' is a row of 5 entries; transpose one of them"),
    ("norm(X@W@u)", 9, "the shape of u is not known from the data"),
    ("dot(w, u)", 4, "the shape of w is not known from the data"),
    ("sum(x, y)", 0, "sum takes one argument, got 2"),
    ("dot(x)", 0, "dot takes two arguments, got 1"),
    ("sum()", 0, "sum takes one argument, got none"),
    ("sum x", 4, "sum needs its argument in parentheses"),
    ("norm(X@)", 7, "something is missing before )"),
    ("norm(@X)", 5, "'@' cannot stand here"),
    ("'x", 0, "cannot stand here"),
    ("norm(X@w -)", 10, "something is missing"),
    ("norm(X.S)", 6, "attributes are not part of a formula"),
    (
        "x[5]*c",
        1,
        "x[5]: there is no entry 5; x has 5 entries; counted from 0, as in Python: 0 to 4",
    ),
    ("x[-6]*c", 1, "x[-6]: there is no entry -6"),
    ("c*X[0, 3]", 3, "X[0, 3]: there is no column 3; X is 5 × 3; counted from 0"),
    ("norm(X[5])", 6, "X[5]: there is no row 5; X is 5 × 3"),
    ("sum(x[3:2])", 5, "x[3:2]: 3:2 takes no entries; x has 5 entries"),
    ("norm(X[:, 4:])", 6, "X[:, 4:]: 4: takes no columns; X is 5 × 3"),
    ("norm(x'[7])", 7, "x'[7]: there is no entry 7; x' is a row of 5 entries"),
    ("X[0, 1, 2]*c", 1, "X is 5 × 3, so there are two indices at most"),
    ("sum(x)[0]", 6, "this is a number and has no entries to pick"),
    ("x[c]*c", 2, "an index is a whole number"),
    ("x[0.5]*c", 2, "an index is a whole number"),
    ("sum(x[::2])", 7, "':' cannot stand here; square brackets pick entries, counted from 0"),
    ("sum(x[])", 6, "']' cannot stand here"),
    ("c*x[0", 5, "a closing ] is missing; add ]"),
    ("c*x]", 3, "']' cannot stand here"),
    ("norm(A@w[1:4])", 7, "the shape of w is not known from the data"),
    ("w[0]^2", 0, "the shape of w is not known from the data"),
    ("norm(inv(X))", 5, "inv takes a square matrix: X is 5 × 3; the product X' @ X is square"),
    ("logdet(X@Z')", 0, "logdet takes a square matrix: X @ Z' is 5 × 4"),
    ("norm(diag(X))", 5, "diag takes a vector or a square matrix: X is 5 × 3"),
    ("eye()", 0, "eye takes one size, got none"),
    ("norm(ones(2, 0))", 13, "ones(0): sizes are 1 to 1,000,000"),
    ("norm(ones(2, 3, 4))", 5, "ones takes one or two sizes, got 3"),
    ("norm(ones(2000, 1000))", 5, "ones of 2,000 × 1,000 has too many entries"),
    ("norm(eye(c))", 9, "a size is a whole number"),
    ("norm(eye(3) - X)", 12, "the left side is 3 × 3, X is 5 × 3"),
    ("norm(prise*x)", 5, "unknown name 'prise'"),
]


@pytest.mark.parametrize(("text", "position", "message"), REFUSED)
def test_what_does_not_fit_is_refused_at_its_place(text: str, position: int, message: str) -> None:
    with pytest.raises(FormulaError) as caught:
        over(text)
    assert message in str(caught.value)
    assert caught.value.position == position


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"x": [1, 2, float("nan")]}, "x has nan at entry 3; leave out or fill"),
        ({"x": [[1, 2], [float("inf"), 4]]}, "x has inf at row 2, column 1"),
        ({"x": [[1, 2], [3]]}, "x is ragged: its rows have 1 and 2 entries"),
        ({"x": ["1", "2"]}, "x holds '1', which is not a number"),
        ({"x": [1, None]}, "x holds None, which is not a number"),
        ({"x": [1j]}, "x has complex numbers"),
        ({"x": [1, 10**400]}, "x has a whole number beyond 1.8e308"),
        ({"x": []}, "x is empty"),
        ({"x": np.zeros((2, 2, 2))}, "x has 3 axes (2 × 2 × 2)"),
        ({"x": [1], "z": [2]}, "does not use z; leave it out"),
        ({"sin": [1]}, "'sin' already has a meaning in formulas"),
        ({"sum": [1]}, "'sum' already has a meaning in formulas"),
        ({"e": [1]}, "'e' already has a meaning"),
        ({"x y": [1]}, "'x y' cannot name a variable"),
        ({"x1y": [1]}, "'x1y' cannot be written in a formula"),
        ({3: [1]}, "3 cannot name a variable"),
        ([1, 2], "give names with their arrays"),
    ],
)
def test_data_that_make_no_sense_are_refused(data: Any, message: str) -> None:
    with pytest.raises(ParameterError) as caught:
        Formula("sum(x)*w", data=data)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"data": {"x": x}, "shapes": {"w": 0}}, "shapes: w is 0; give the number"),
        ({"data": {"x": x}, "shapes": {"w": "3"}}, "shapes: w is '3'"),
        ({"data": {"x": x}, "shapes": {"w": (1, 2, 3)}}, "shapes: w is (1, 2, 3)"),
        ({"data": {"x": x}, "shapes": {"u": 3}}, "does not use u"),
        ({"data": {"x": x}, "shapes": {"x": 5}}, "'x' is given as data and as a variable"),
        ({"data": {"x": x}, "variables": ("w", "x")}, "'x' is given as data and as a variable"),
        ({"data": {"x": x}, "shapes": [3]}, "give names with shapes"),
        ({"data": {"x": x}, "dim": 3}, "give shapes= with a formula"),
        ({"data": {"x": x}, "variables": ("v",)}, "'w' is not a variable here"),
    ],
)
def test_shapes_and_names_that_make_no_sense_are_refused(options: Any, message: str) -> None:
    with pytest.raises(SteepestError) as caught:
        Formula("sum(w*x)", **options)
    assert message in str(caught.value)


def test_entries_that_would_have_one_name_are_refused() -> None:
    with pytest.raises(ParameterError, match="'w1' would be an entry of w and is also"):
        over("norm(X@w) + w1")
    with pytest.raises(ParameterError, match="'w1' would be an entry of w and is also data"):
        Formula("norm(X@w) + sum(w1)", data={"X": X, "w1": x})


def test_a_callable_holds_its_own_data() -> None:
    with pytest.raises(ParameterError, match="a callable holds its own data"):
        Formula(lambda w: w, data={"x": x})


@given(
    st.lists(st.integers(2, 4), min_size=2, max_size=5),
    st.lists(st.booleans(), min_size=4, max_size=4),
)
def test_a_chain_of_matrices_tells_the_vector_at_its_end(
    sides: list[int], turned: list[bool]
) -> None:
    names = "ABCD"
    data, factors = {}, []
    for k in range(len(sides) - 1):
        shape = (sides[k], sides[k + 1])
        data[names[k]] = np.ones(shape[::-1] if turned[k] else shape)
        factors.append(names[k] + "'" * turned[k])
    f = Formula(f"norm({'@'.join(factors)}@w)", data=data)
    assert f.dim == sides[-1]
    assert f(np.ones(f.dim)) == pytest.approx(np.prod(sides[1:]) * np.sqrt(sides[0]))


@given(st.integers(1, 4), st.integers(1, 4), st.integers(1, 4), st.integers(1, 4))
def test_products_are_taken_exactly_where_sides_agree(m: int, k: int, n: int, p: int) -> None:
    data = {"A": np.ones((m, k)), "B": np.ones((n, p))}
    fits = k == n and m * k * n * p > 1  # two numbers are multiplied with *
    if fits:
        assert Formula("sum(A@B)*c", data=data)(1) == m * k * p
    else:
        with pytest.raises(FormulaError):
            Formula("sum(A@B)*c", data=data)
