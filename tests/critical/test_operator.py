"""The Krawczyk operator and the kinds, against cases worked by hand and by exact arithmetic."""

import numpy as np
import pytest

from steepest.critical.bounds import Bounds
from steepest.critical.classify import KINDS, Kind, classify, positive_definite
from steepest.critical.operator import krawczyk
from steepest.critical.winding import winding_number
from steepest.functions.formula import Formula


def operate(text, box):
    bounds = Bounds(Formula(text))
    lo, hi = np.array(box, dtype=float).T[..., None]
    centre = 0.5 * (lo + hi)
    at = bounds.gradients(centre, centre)
    return krawczyk(lo, hi, centre, (at.lo[1:], at.hi[1:]), bounds.pieces(lo, hi).hessian)


def test_a_regular_point_is_proved_unique_and_enclosed():
    decision = operate("x^2 + x y + 2y^2 - 0.1x", [(-1, 1), (-1, 1)])
    assert decision.unique[0]
    assert not decision.empty[0]
    x, y = 0.4 / 7, -0.1 / 7
    assert decision.lo[0, 0] <= x <= decision.hi[0, 0]
    assert decision.lo[1, 0] <= y <= decision.hi[1, 0]


def test_a_box_without_critical_point_is_empty():
    assert operate("x^2 + y^2 + x/9", [(0.5, 1), (-1, 1)]).empty[0]


@pytest.mark.parametrize("text", ["x^3 + y^2", "x^4 + y^4", "x^2 y", "(x - y)^2"])
def test_a_singular_point_is_never_unique(text):
    for size in 10.0 ** -np.arange(10):
        decision = operate(text, [(-size, 1.1 * size), (-size, 1.2 * size)])
        assert not decision.unique[0]
        assert not decision.empty[0]


def test_two_points_are_never_called_one():
    rng = np.random.default_rng(1)
    for gap in (1e-1, 1e-3, 1e-6):
        # x³/3 - gap² x has its critical points at ±gap.
        for _ in range(50):
            left, right = gap * (1 + rng.random(2) * 3)
            decision = operate(f"x^3/3 - {gap**2:.0e}x + y^2", [(-left, right), (-1, 1)])
            assert not decision.unique[0]
            assert not decision.empty[0]


def test_the_operator_holds_every_critical_point_of_random_cubics():
    rng = np.random.default_rng(7)
    a, b = rng.normal(size=2000), rng.normal(size=2000)
    # f = x³/3 - (a + b)x²/2 + a b x has its critical points at a and b.
    lo, hi = np.minimum(a, b) - rng.random(2000), np.minimum(a, b) + rng.random(2000)
    centre = 0.5 * (lo + hi)
    gradient = (centre - a) * (centre - b)
    slack = 1e-14 * (1 + np.abs(gradient))
    slope = np.array([2 * lo - a - b, 2 * hi - a - b])
    decision = krawczyk(
        lo[None], hi[None], centre[None],
        ((gradient - slack)[None], (gradient + slack)[None]),
        ((slope[0] - 1e-14)[None, None], (slope[1] + 1e-14)[None, None]),
    )  # fmt: skip
    for root in (a, b):
        inside = (lo <= root) & (root <= hi)
        assert not np.any(inside & decision.empty)
        held = (decision.lo[0] <= root) & (root <= decision.hi[0])
        assert np.all(held[inside])
    both = (lo <= a) & (a <= hi) & (lo <= b) & (b <= hi)
    assert not np.any(decision.unique & both)


@pytest.mark.parametrize("n", [1, 2, 3, 5])
def test_kinds_agree_with_the_eigenvalues_of_every_matrix_enclosed(n):
    rng = np.random.default_rng(n)
    middle = rng.normal(size=(n, n, 500))
    middle = middle + middle.transpose(1, 0, 2)
    spread = 10.0 ** rng.uniform(-6, 0, 500)
    kinds, negative, _ = classify(middle - spread, middle + spread)
    proved = kinds != KINDS.index(Kind.UNDECIDED)
    assert 100 < proved.sum() < 500
    for _ in range(20):
        part = rng.uniform(-1, 1, (n, n, 500)) * spread
        sample = middle + 0.5 * (part + part.transpose(1, 0, 2))
        values = np.linalg.eigvalsh(np.moveaxis(sample, 2, 0))
        assert np.array_equal((values < 0).sum(axis=1)[proved], negative[proved])


def test_a_singular_matrix_has_no_proved_kind():
    for matrix in ([[0.0]], [[1.0, 1.0], [1.0, 1.0]], [[0.0, 0.0], [0.0, 1.0]]):
        h = np.array(matrix)[..., None]
        assert KINDS[classify(h, h)[0][0]] is Kind.UNDECIDED
        assert not positive_definite(h, h)[0]


@pytest.mark.parametrize(
    ("text", "box", "winding"),
    [
        ("x^2 + y^2", [(-1, 1), (-1, 1)], 1),
        ("-x^2 - y^2", [(-1, 2), (-1, 3)], 1),
        ("x y", [(-1, 1), (-1, 1)], -1),
        ("x^3 - 3x y^2", [(-1, 1), (-1, 1)], -2),
        ("x^4 - 6x^2 y^2 + y^4", [(-1, 1), (-1, 1)], -3),
        ("x + y/3", [(-1, 1), (-1, 1)], 0),
        ("x^2 + y^2", [(1, 2), (1, 2)], 0),
        ("|x| + |y|", [(-1, 2), (-1, 1)], 1),
        ("x^2 + y^2", [(0, 1), (0, 1)], None),
        ("log(x) + y^2", [(-1, 1), (-1, 1)], None),
        ("(x y)^2", [(-1, 1), (-1, 1)], None),
    ],
)
def test_winding_numbers(text, box, winding):
    lo, hi = np.array(box, dtype=float).T
    assert winding_number(Bounds(Formula(text)), lo, hi) == winding
