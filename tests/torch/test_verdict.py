"""What a point is: a minimum, a maximum, a saddle, not critical, or not known."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

import steepest.torch as stt
from steepest.errors import ParameterError
from steepest.torch.verdict import CriticalKind


def quadratic(eigenvalues: Tensor) -> stt.LocalModel:
    """½ Σ λᵢ xᵢ² + 1 at 0, in double precision."""
    f = stt.Function(lambda x: 0.5 * (eigenvalues * x**2).sum() + 1)
    return f.at(torch.zeros(len(eigenvalues), dtype=torch.float64))


def spread(n: int, low: float, high: float) -> Tensor:
    return torch.linspace(low, high, n, dtype=torch.float64)


@pytest.mark.parametrize(
    ("function", "point", "kind", "sentence"),
    [
        (lambda x, y: x**2 + 3 * y**2, (0, 0), CriticalKind.MINIMUM,
         "a minimum: ‖∇f‖ = 0 is within 1.5e-08, and no curvature is below 2 (all 2 eigenvalues)"),
        (lambda x, y: -(x**2) - y**2, (0, 0), CriticalKind.MAXIMUM,
         "a maximum: ‖∇f‖ = 0 is within 1.5e-08, and no curvature is above -2 (all 2 eigenvalues)"),
        (lambda x, y: x * y, (0, 0), CriticalKind.SADDLE,
         "a saddle: ‖∇f‖ = 0 is within 1.5e-08, curvatures from -1 to 1 were found (all 2"
         " eigenvalues); along the escape direction f falls by 0.5 in a step of 1"),
        (lambda x, y: x**2 + 3 * y**2, (1, 2), CriticalKind.NOT_CRITICAL,
         "not critical: ‖∇f‖ = 12.2 is above 1.9e-07; against the gradient f falls by 12.2 per"),
        (lambda x, y: x**2 + y**4, (0, 0), CriticalKind.NOT_KNOWN,
         "not known: ‖∇f‖ = 0 is within 1.5e-08, and the least curvature found, 0, is 0 to"),
        (lambda x, y: -(x**2) + 0 * y, (0, 0), CriticalKind.NOT_KNOWN,
         "the curvature -2 was found but none above"),
    ],
)  # fmt: skip
def test_in_the_plane(
    function: Callable[..., Tensor], point: tuple[float, ...], kind: CriticalKind, sentence: str
) -> None:
    verdict = stt.Function(function).at(*point).verdict()
    assert verdict.kind is kind
    assert sentence in verdict.sentence == str(verdict)


def test_the_escape_direction_leads_down() -> None:
    f = stt.Function(lambda x, y: x**2 - y**2 + 0.5 * y**3)
    m = f.at(0, 0)
    verdict = m.verdict()
    assert verdict.kind is CriticalKind.SADDLE and verdict.escape is not None
    assert verdict.escape.tolist() == pytest.approx([0, -1])  # the side that falls more
    step = verdict.drop_step * verdict.escape
    assert f.at(*step.tolist()).value == pytest.approx(m.value - verdict.drop)
    assert verdict.drop == pytest.approx(1.5) and verdict.drop_step == 1


def test_many_parameters_all_curvatures_alike() -> None:
    verdict = quadratic(spread(2000, 1, 4)).verdict()
    assert verdict.kind is CriticalKind.MINIMUM
    assert 0 < verdict.lower <= 1 <= verdict.least < 1.1
    assert verdict.products == 100
    assert "Hessian products from a random start, wrong once in 500 such starts" in str(verdict)
    assert quadratic(-spread(2000, 1, 4)).verdict().kind is CriticalKind.MAXIMUM


def test_one_negative_curvature_among_many() -> None:
    verdict = quadratic(torch.cat([spread(1999, 1, 4), torch.tensor([-0.5])])).verdict()
    assert verdict.kind is CriticalKind.SADDLE and verdict.escape is not None
    assert verdict.least == pytest.approx(-0.5, abs=0.05) and verdict.products < 30
    assert abs(float(verdict.escape[-1])) > 0.95
    assert verdict.drop > 0.2


def test_a_hidden_curvature_is_not_ruled_out() -> None:
    verdict = quadratic(spread(5000, 1e-3, 10)).verdict(max_products=40)
    assert verdict.kind is CriticalKind.NOT_KNOWN
    assert verdict.lower < 0 < 1e-3 < verdict.least
    assert re.search(
        r"no curvature below \S+ was found .* but one down to -\S+ may hide", str(verdict)
    )


def test_no_minimum_is_claimed_too_soon() -> None:
    """Whatever the number of products: the bounds hold the spectrum, and no saddle is a minimum."""
    eigenvalues = torch.cat([spread(1999, 0.5, 4), torch.tensor([-0.02])])
    for products in (2, 5, 10, 20, 40, 80):
        verdict = quadratic(eigenvalues).verdict(max_products=products)
        assert verdict.lower <= -0.02 and verdict.upper >= 4
        assert verdict.kind in (CriticalKind.SADDLE, CriticalKind.NOT_KNOWN)


def test_flat_directions_are_not_decided() -> None:
    verdict = quadratic(torch.cat([spread(200, 1, 2), torch.zeros(200)])).verdict()
    assert verdict.kind is CriticalKind.NOT_KNOWN
    assert "along flat directions higher derivatives decide" in str(verdict)


def test_the_tolerance_is_the_users() -> None:
    m = stt.Function(lambda x, y: x**2 + 3 * y**2).at(0.1, 0)
    assert m.verdict().kind is CriticalKind.NOT_CRITICAL
    assert m.verdict(gradient_tolerance=0.3).kind is CriticalKind.MINIMUM
    with pytest.raises(ParameterError, match="gradient_tolerance=-1: expected at least 0"):
        m.verdict(gradient_tolerance=-1)
    with pytest.raises(ParameterError, match="max_products=0: expected a whole number"):
        m.verdict(max_products=0)
