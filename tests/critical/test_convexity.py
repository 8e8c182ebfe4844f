"""Convexity: yes with proof, no with a witness, and otherwise neither."""

import numpy as np
import pytest

from steepest.critical.convexity import is_convex
from steepest.errors import PointError


@pytest.mark.parametrize(
    ("text", "variables"),
    [
        ("x^2 + x y + y^2", 2),
        ("(x + 2y)^2", 2),
        ("x + y", 2),
        ("x^4 + y^4", 2),
        ("exp(x) + exp(-y) + x^2 y^2/100", 2),
        ("softplus(x) + 2x", 1),
        ("-log(1.5 - x)", 1),
        ("sqrt(1 + x^2 + y^2)", 2),
        ("x^2 + y^2 + z^2 + x y z/9", 3),
        ("|x + 3| + x^2", 1),
    ],
)
def test_convex_functions_are_proved_convex(text, variables):
    answer = is_convex(text, [(-1, 1)] * variables)
    assert answer.convex is True
    assert answer
    assert answer.witness is None
    assert "proved" in str(answer)


@pytest.mark.parametrize(
    ("text", "variables"),
    [
        ("x^2 - y^2", 2),
        ("x y", 2),
        ("x^3", 1),
        ("(1 - x)^2 + 100(y - x^2)^2", 2),
        ("sin(x)", 1),
        ("x^2 - |x|^3", 1),
        ("exp(-x^2 - y^2)", 2),
    ],
)
def test_other_functions_are_refuted_by_a_witness(text, variables):
    answer = is_convex(text, [(-1, 1)] * variables)
    assert answer.convex is False
    assert not answer
    witness = answer.witness
    assert witness is not None
    h, x, u = 1e-4, np.array(witness.x), np.array(witness.direction)
    f = answer.function
    left, middle, right = f.values(np.array([x - h * u, x, x + h * u]))
    assert (left - 2 * middle + right) / h**2 < witness.curvature * 0.5 < 0


@pytest.mark.parametrize(
    "text", ["|x|", "x^2 - |x|", "relu(x)", "max(x, -x)", "log(exp(x)+exp(y))"]
)
def test_what_is_neither_proved_nor_refuted_is_left_open(text):
    box = [(-1, 1)] * (2 if "y" in text else 1)
    answer = is_convex(text, box, max_boxes=2000)
    assert answer.convex is None
    assert not answer
    assert "not proved" in str(answer)


def test_the_boundary_of_the_box_decides():
    assert is_convex("x^3", [(0.001, 1)]).convex is True
    assert is_convex("x^3", [(-0.01, 1)]).convex is False


def test_bad_boxes_are_refused():
    with pytest.raises(PointError, match="empty"):
        is_convex("x^2", [(1, 1)])
    with pytest.raises(PointError, match="undefined on the whole box"):
        is_convex("log(x)", [(-2, -1)])


def test_the_answer_shows_in_a_notebook():
    assert "not convex" in is_convex("x^3", [(-1, 1)])._repr_html_()
