"""What is particular to each norm: ties, Newton's direction, bad matrices."""

from __future__ import annotations

import numpy as np
import pytest

from steepest.errors import ParameterError
from steepest.norms import BY_NAME, L1, L2, LInf, Quadratic, dual_of, steepest_of


def test_l1_moves_the_first_of_the_largest_coordinates_and_tells_the_tie():
    g = np.array([-2.0, 1.0, 2.0])
    assert steepest_of(L1(), g).tolist() == [-1, 0, 0]
    assert L1().ties(g) == "every mixture of -e1, +e3 is as steep; the first is shown"
    assert L1().ties(np.array([1.0, 3.0])) == ""


def test_linf_is_the_sign_and_tells_the_coordinates_that_do_not_matter():
    g = np.array([-0.5, 0.0, 7.0])
    assert steepest_of(LInf(), g).tolist() == [-1, 0, 1]
    assert LInf().ties(g) == "coordinate 2 may move anywhere in [-1, 1] without changing the slope"
    assert LInf().ties(np.array([1.0, 3.0])) == ""


def test_rescaling_the_gradient_is_not_steepest_in_another_norm():
    g = np.array([3.0, 4.0])
    for norm in (L1(), LInf()):
        rescaled = g / norm.size(list(g))
        assert g @ steepest_of(norm, g) > g @ rescaled * 1.01


def test_quadratic_norm_of_the_hessian_gives_newtons_direction():
    hessian = np.array([[4.0, 1.0], [1.0, 3.0]])
    g = np.array([1.0, -2.0])
    newton = np.linalg.solve(hessian, g)
    assert np.array(Quadratic(hessian).sharp(list(g))) == pytest.approx(newton, rel=1e-14)
    assert dual_of(Quadratic(hessian), g) == pytest.approx(np.sqrt(g @ newton), rel=1e-14)


def test_quadratic_norm_of_the_identity_is_l2():
    g = np.array([3.0, -4.0])
    assert steepest_of(Quadratic(np.eye(2)), g) == pytest.approx(steepest_of(L2(), g))


def test_norms_are_values():
    assert Quadratic([[1, 0], [0, 2]]) == Quadratic([[1, 0], [0, 2]])
    assert Quadratic([[1, 0], [0, 2]]) != Quadratic([[1, 0], [0, 3]])
    assert hash(Quadratic([[1.0]])) == hash(Quadratic([[1]]))
    assert L2() == L2()
    assert sorted(BY_NAME) == ["l1", "l2", "linf"]


@pytest.mark.parametrize(
    ("matrix", "message"),
    [
        ([[1, 2, 3]], r"P has shape \(1, 3\): a quadratic norm needs a square matrix"),
        ([[1, 2], [0, 1]], r"P is not symmetric: P\[0\]\[1\] = 2 but P\[1\]\[0\] = 0"),
        ([[1, 2], [2, 1]], "P is not positive definite: its smallest eigenvalue is -1"),
        ([[1, 0], [0, 0]], "smallest eigenvalue is 0"),
        ([[np.nan, 0], [0, 1]], "P has entries that are not finite"),
        ([], "needs a square matrix"),
    ],
)
def test_bad_matrices_are_refused(matrix, message):
    with pytest.raises(ParameterError, match=message):
        Quadratic(matrix)


def test_quadratic_norm_of_the_wrong_size():
    with pytest.raises(ParameterError, match="2 x 2 matrix, the vector 3 components"):
        Quadratic(np.eye(2)).dual([1.0, 2.0, 3.0])
