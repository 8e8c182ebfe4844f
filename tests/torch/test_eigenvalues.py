"""The ends of a spectrum, its trace and its density, where all eigenvalues are known."""

from __future__ import annotations

import re

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

import steepest.torch as stt
from networks import batch, dense_hessian, mlp
from steepest.errors import LossError, ParameterError
from steepest.torch.eigenvalues import End, extreme_eigenvalues
from steepest.torch.krylov import Krylov, gaussian, generator
from steepest.torch.trace import estimate_density, estimate_trace


class Symmetric:
    """Q diag(eigenvalues) Qᵀ, and how often it was applied."""

    def __init__(self, eigenvalues: object, dtype: torch.dtype = torch.float64) -> None:
        self.eigenvalues = torch.as_tensor(eigenvalues, dtype=torch.float64)
        n = len(self.eigenvalues)
        start = torch.randn(n, n, generator=generator(7), dtype=torch.float64)
        q = torch.linalg.qr(start)[0]
        self.matrix = ((q * self.eigenvalues) @ q.T).to(dtype)
        self.like = torch.zeros(n, dtype=dtype)
        self.products = 0

    def __call__(self, v: Tensor) -> Tensor:
        self.products += 1
        return self.matrix @ v


def spectrum(n: int = 300) -> np.ndarray:
    """A bulk around 0 and outliers at both ends, as networks have it."""
    bulk = np.random.default_rng(0).normal(0, 0.1, n - 7)
    return np.concatenate([bulk, [-1.5, -1.0, 2, 3, 4.5, 5, 8]])


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
@pytest.mark.parametrize("k", [1, 2])
@pytest.mark.parametrize("end", ["top", "bottom"])
def test_extreme_eigenvalues(end: End, k: int, dtype: torch.dtype) -> None:
    a = Symmetric(spectrum(), dtype)
    true = np.sort(a.eigenvalues.numpy())
    true = true[::-1][:k] if end == "top" else true[:k]
    for seed in range(5):
        a.products = 0
        found = extreme_eigenvalues(a, a.like, k, end, tolerance=1e-3, seed=seed)
        assert found.converged and not found.exact
        assert np.abs(found.values - true).max() <= 1e-3 * 8
        assert found.products == a.products < 40
        vectors = found.vectors
        assert torch.allclose(vectors @ vectors.T, torch.eye(k, dtype=dtype), atol=1e-5)
        residuals = [
            torch.linalg.vector_norm(a(v) - x * v)
            for v, x in zip(vectors, found.values, strict=True)
        ]
        assert np.allclose(found.residuals, residuals, rtol=1e-2, atol=1e-5)
        # Certain: an eigenvalue within the residual of each value.
        nearest = np.abs(found.values[:, None] - a.eigenvalues.numpy()).min(axis=1)
        assert (nearest <= found.residuals + 1e-5).all()


def test_a_tolerance_is_kept() -> None:
    a = Symmetric(spectrum())
    for tolerance in (1e-2, 1e-4, 1e-8):
        found = extreme_eigenvalues(a, a.like, tolerance=tolerance)
        assert abs(found.values[0] - 8) <= tolerance * 8
        assert (found.errors <= tolerance * 8).all()


def test_stopping_early_is_said() -> None:
    a = Symmetric(spectrum())
    found = extreme_eigenvalues(a, a.like, max_products=3)
    assert not found.converged and found.products == 3
    assert re.fullmatch(
        r"largest eigenvalue: [\d.]+ so far \(residual [\d.]+, error not known yet; stopped after"
        r" 3 Hessian products, before the tolerance 0\.001: raise max_products or the tolerance\)",
        str(found),
    )


def test_a_whole_space_gives_all_eigenvalues_multiple_ones_too() -> None:
    a = Symmetric([2.0, 2.0, 2.0, -1.0, 0.0, 0.0])
    found = extreme_eigenvalues(a, a.like, 6, tolerance=1e-9)
    assert found.exact and found.products == 6
    assert found.values == pytest.approx([2, 2, 2, 0, 0, -1], abs=1e-12)
    assert str(found).endswith("from 6 Hessian products that span the whole space")


def test_the_zero_operator() -> None:
    a = Symmetric(np.zeros(40))
    found = extreme_eigenvalues(a, a.like)
    assert found.values[0] == 0 and found.converged


def test_a_start_near_the_eigenvector_saves_products() -> None:
    a = Symmetric(spectrum())
    cold = extreme_eigenvalues(a, a.like)
    warm = extreme_eigenvalues(a, a.like, start=cold.vectors[0])
    assert warm.products <= 3 < cold.products
    assert warm.values[0] == pytest.approx(8, rel=1e-3)


def test_a_start_in_the_wrong_place_is_not_blind() -> None:
    a = Symmetric(spectrum())
    wrong = extreme_eigenvalues(a, a.like, end="bottom").vectors[0]
    assert extreme_eigenvalues(a, a.like, start=wrong, tolerance=1e-6).values[0] == pytest.approx(8)


def test_the_basis_stays_orthonormal() -> None:
    a = Symmetric(spectrum(), torch.float32)
    space = Krylov(a, gaussian(300, a.like, generator(0)), generator(1))
    for _ in range(120):
        space.grow()
    assert torch.allclose(space.basis @ space.basis.T, torch.eye(120), atol=1e-5)


@pytest.mark.parametrize(
    ("how", "sentence"),
    [
        ({"k": 0}, "k=0: expected a whole number of at least 1"),
        ({"k": 99}, "k=99: there are only 30 eigenvalues"),
        ({"k": 5, "max_products": 3}, "max_products=3: 5 eigenvalues need at least 5"),
        ({"tolerance": 0.0}, "tolerance=0.0: expected a number between 0 and 1"),
        ({"tolerance": float("nan")}, "tolerance=nan: expected a number between 0 and 1"),
        ({"start": torch.zeros(30)}, "the start vector is zero or not finite"),
    ],
)
def test_bad_arguments(how: dict[str, object], sentence: str) -> None:
    a = Symmetric(np.arange(30.0))
    with pytest.raises(ParameterError, match=re.escape(sentence)):
        extreme_eigenvalues(a, a.like, **how)  # type: ignore[arg-type]


def test_a_product_that_is_not_finite() -> None:
    m = stt.Function(lambda x: (x.abs() ** 1.5).sum()).at([0.0, 0.0])
    assert m.gradient.tolist() == [0, 0]
    with pytest.raises(LossError, match="a product with the Hessian is not finite, though"):
        m.top_eigenvalues()


def test_a_networks_eigenvalues() -> None:
    model, (x, y) = mlp(), batch()
    dense = dense_hessian(model, lambda net: cross_entropy(net(x), y))
    values = torch.linalg.eigvalsh(dense).numpy()
    m = stt.Loss(model, (x, y), cross_entropy).at()
    top, bottom = m.top_eigenvalues(3, tolerance=1e-6), m.bottom_eigenvalues(2, tolerance=1e-6)
    assert top.values == pytest.approx(values[::-1][:3], rel=1e-5)
    assert bottom.values == pytest.approx(values[:2], rel=1e-5)
    assert m.top_eigenvalues(start=top.vectors[0]).products <= 3
    assert m.trace(products=30).value == pytest.approx(values.sum(), rel=1e-12)


def test_a_trace_within_its_error() -> None:
    a = Symmetric(spectrum())
    true = float(a.eigenvalues.sum())
    off = []
    for seed in range(40):
        a.products = 0
        found = estimate_trace(a, a.like, 30, seed)
        assert a.products == found.products == 30
        off.append((found.value - true) / found.standard_error)
    # Deviations in standard errors: Student's t with 9 degrees of freedom.
    assert 0.5 < np.std(off) < 2.0 and abs(np.mean(off)) < 0.6 and max(np.abs(off)) < 5


def test_large_eigenvalues_cost_a_trace_nothing() -> None:
    a = Symmetric([1000.0, -500.0] + [0.0] * 98)
    found = estimate_trace(a, a.like, 12)
    assert found.value == pytest.approx(500, rel=1e-9) and found.standard_error < 1e-9


def test_a_trace_in_full() -> None:
    a = Symmetric([1.0, 2.0, 4.0])
    found = estimate_trace(a, a.like, 10)
    assert found.value == pytest.approx(7, rel=1e-14)
    assert (found.standard_error, found.products) == (0, 3)
    assert str(found) == "trace 7 (3 Hessian products)"
    b = Symmetric(np.arange(30.0))
    assert re.fullmatch(
        r"trace \S+ ± \S+ \(standard error; 9 Hessian products\)", str(estimate_trace(b, b.like, 9))
    )
    with pytest.raises(ParameterError, match="products=5: an estimate with its error needs at"):
        estimate_trace(b, b.like, 5)


def test_the_spectral_density() -> None:
    a = Symmetric(spectrum(1000))
    found = estimate_density(a, a.like, probes=8, steps=25)
    assert found.products == a.products == 200
    assert found.range == pytest.approx((-1.5, 8), rel=1e-6)
    assert found.weights.sum(axis=1) == pytest.approx(np.ones(8))
    share, error = found.share(0.05, np.inf)
    assert abs(share - float((a.eigenvalues > 0.05).double().mean())) < error < 0.2
    outliers, error = found.share(1.5, np.inf)  # in a gap, five of a thousand
    assert abs(outliers - 0.005) < 4 * error < 0.03
    mean, error = found.mean
    assert abs(mean - float(a.eigenvalues.mean())) < 4 * error < 0.1
    x = np.linspace(-2, 9, 2001)
    assert np.trapezoid(found.density(x), x) == pytest.approx(1, rel=1e-6)
    assert str(found).startswith("spectrum from -1.5 to 8, mean 0.0")
    with pytest.raises(ParameterError, match="probes=1: the error is the spread over probes"):
        estimate_density(a, a.like, probes=1)


def test_eigenvalues_beyond_the_outermost_node_are_within_the_error() -> None:
    a = Symmetric(np.random.default_rng(0).normal(0, 1, 1000))
    found = estimate_density(a, a.like, probes=8, steps=3)
    end = found.range[1] + 1e-6
    true = float((a.eigenvalues > end).double().mean())
    share, error = found.share(end, np.inf)
    assert share == 0 and 0.02 < true < error


def test_the_density_of_few_different_eigenvalues() -> None:
    a = Symmetric([1.0] * 6 + [3.0] * 2)
    found = estimate_density(a, a.like, probes=40)
    assert found.products == 80  # two each: then the space is exhausted
    weights = found.weights[:, 1]
    assert found.nodes[:, :2] == pytest.approx(np.tile([1.0, 3.0], (40, 1)))
    assert abs(weights.mean() - 0.25) < 4 * weights.std() / 40**0.5
