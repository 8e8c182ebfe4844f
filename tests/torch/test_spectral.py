import math

import pytest
import torch

import steepest.torch as stt
from steepest.errors import ParameterError
from steepest.torch.lengths import lengths
from steepest.torch.polar import LOWER, MUON, image, polar_express


def matrix(singular_values, rows, columns, seed=0, dtype=torch.float64):
    generator = torch.Generator().manual_seed(seed)
    k = len(singular_values)
    u, _ = torch.linalg.qr(torch.randn(rows, k, generator=generator, dtype=torch.float64))
    v, _ = torch.linalg.qr(torch.randn(columns, k, generator=generator, dtype=torch.float64))
    return (u @ torch.diag(torch.tensor(singular_values, dtype=torch.float64)) @ v.mT).to(dtype)


def unit(norm, gradient):
    (tensor,), (factor,) = norm.direction([gradient], lengths([gradient]))
    return tensor * factor


@pytest.mark.parametrize("shape", [(20, 20), (12, 40), (40, 12)])
@pytest.mark.parametrize("steps", [3, 5, 7])
@pytest.mark.parametrize("iteration", ["newton-schulz", "polar-express"])
def test_singular_values_arrive_where_the_bounds_say(iteration, steps, shape):
    norm = stt.Spectral(iteration, steps, precision="float64")
    values = torch.logspace(0, -3, 12, dtype=torch.float64)
    gradient = matrix((values / values.norm()).tolist(), *shape)
    share = float(values.min() / values.norm())
    low, high = norm.bounds(share)
    found = norm.achieved(gradient, share * (1 - 1e-9))
    assert low - 1e-9 <= found.smallest <= found.largest <= high + 1e-9
    # The bounds are no wider than they need be, and no direction is mixed with another.
    assert found.smallest < 1.0 + 1e-9
    assert found.aside < 1e-9
    assert found.below == min(shape) - 12


def test_polar_express_is_the_best_of_its_degree():
    (a, b, c), *_ = polar_express(1)
    low, high = image(((a, b, c),), LOWER)
    # The error takes its greatest size at both ends: that is what makes a polynomial the best.
    assert 1 - low == pytest.approx(high - 1, abs=1e-9)
    for da, db, dc in ((1, 0, 0), (0, 1, 0), (0, 0, 1)):
        for sign in (1e-3, -1e-3):
            changed = ((a + sign * da, b + sign * db, c + sign * dc),)
            worse = image(changed, LOWER)
            assert max(1 - worse[0], worse[1] - 1) > high - 1
    # Seven steps bring all singular values from a thousandth on to 1 within 1e-9.
    assert image(polar_express(7), LOWER) == pytest.approx((1.0, 1.0), abs=1e-9)
    assert image(polar_express(9), LOWER) == pytest.approx((1.0, 1.0), abs=1e-14)


def test_muons_polynomial_keeps_its_promise():
    low, high = image((MUON,) * 5, 3e-3)
    assert 0.68 < low < high < 1.21
    assert stt.Spectral().bounds(3e-3) == (low, high)


@pytest.mark.parametrize("precision", ["float64", "float32", "bfloat16"])
@pytest.mark.parametrize("iteration", ["newton-schulz", "polar-express"])
def test_what_is_achieved_in_each_precision(iteration, precision):
    norm = stt.Spectral(iteration, 7 if iteration == "polar-express" else 5, precision=precision)
    generator = torch.Generator().manual_seed(1)
    for shape in ((32, 64), (64, 32), (48, 48), (8, 3, 3, 3)):
        gradient = torch.randn(shape, generator=generator)
        found = norm.achieved(gradient)
        low, high = norm.bounds()
        rounding = {"float64": 1e-9, "float32": 2e-5, "bfloat16": 0.03}[precision]
        assert low - rounding < found.smallest
        assert found.largest < high + rounding
        assert found.aside < rounding


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16, torch.float16])
@pytest.mark.parametrize("precision", [None, "bfloat16", "float32"])
def test_the_scale_of_a_gradient_does_not_matter(dtype, precision):
    norm = stt.Spectral(precision=precision)
    generator = torch.Generator().manual_seed(2)
    gradient = torch.randn(6, 9, generator=generator, dtype=torch.float64).to(dtype)
    expected = unit(norm, gradient)
    largest = torch.finfo(dtype).max / 8
    for power in (-30, -8, -3, 3, 12, 30, 100, 300):
        scale = 2.0 ** round(power * math.log2(10))
        if scale > largest or (dtype is torch.float16 and power < 0):
            continue
        assert torch.equal(unit(norm, gradient * scale), expected)


def test_zero_stays_zero():
    norm = stt.Spectral()
    for shape in ((3, 4), (4,), (), (2, 2, 2)):
        assert torch.equal(unit(norm, torch.zeros(shape)), torch.zeros(shape))


def test_vectors_are_matrices_of_one_column():
    norm = stt.Spectral()
    g = torch.tensor([3.0, 4.0, 0.0])
    column = g.reshape(3, 1)
    assert torch.allclose(unit(norm, g), torch.tensor([0.6, 0.8, 0.0]) * math.sqrt(3))
    assert norm.sizes([g]) == pytest.approx(norm.sizes([column]))
    assert norm.duals([g]) == pytest.approx(norm.duals([column]))
    exact = stt.Spectral("polar-express", 8)
    assert torch.allclose(unit(exact, column).reshape(3), unit(exact, g), atol=1e-6)


def test_kernels_are_flattened():
    norm = stt.Spectral(precision="float64")
    g = torch.randn(5, 3, 2, 2, dtype=torch.float64)
    assert torch.equal(unit(norm, g), unit(norm, g.reshape(5, 12)).reshape(g.shape))
    assert norm.factor(g) == 1.0
    # Memory in another order is no other matrix.
    last = g.to(memory_format=torch.channels_last)
    assert torch.allclose(unit(norm, last), unit(norm, g))


@pytest.mark.parametrize(
    ("scale", "factor"),
    [
        ("original", 2.0),
        ("match_rms_adamw", 0.2 * math.sqrt(12)),
        ("rms", 2.0),
        ("none", 1.0),
    ],
)
def test_scales(scale, factor):
    norm = stt.Spectral(scale=scale)
    assert norm.factor(torch.zeros(12, 3)) == pytest.approx(factor)
    w = matrix([5.0, 2.0], 12, 3)
    assert norm.sizes([w]) == pytest.approx([5.0 / factor])
    assert norm.duals([w]) == pytest.approx([7.0 * factor])


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"iteration": "svd"}, "iteration='svd': give one of 'newton-schulz', 'polar-express'"),
        ({"scale": "muon"}, "scale='muon'"),
        ({"precision": "float16"}, "precision='float16'"),
        ({"steps": 0}, "steps=0: give a whole number"),
        ({"steps": 2.5}, "steps=2.5"),
        ({"steps": True}, "steps=True"),
        ({"steps": 100}, "steps=100: more than ten gain nothing"),
        ({"coefficients": (1, 2)}, "coefficients=(1, 2): give three numbers"),
        ({"coefficients": "abc"}, "coefficients='abc'"),
        ({"iteration": "polar-express", "coefficients": (1, 2, 3)}, "polar-express has its own"),
    ],
)
def test_options_that_make_no_sense(options, words):
    with pytest.raises(ParameterError) as e:
        stt.Spectral(**options)
    assert words in str(e.value)


def test_gradients_it_does_not_take():
    norm = stt.Spectral()
    with pytest.raises(ParameterError, match="gradient 1 is complex"):
        norm.direction([torch.zeros(2, 2, dtype=torch.complex64)], [1.0])
    with pytest.raises(ParameterError, match="gradient 1 is sparse"):
        norm.direction([torch.eye(2).to_sparse()], [1.0])
    with pytest.raises(ParameterError, match="zero or not finite"):
        norm.achieved(torch.zeros(2, 2))
    with pytest.raises(ParameterError, match="share=0"):
        norm.bounds(0)
    with pytest.raises(ParameterError, match=r"share=0\.9: the largest singular value is 0\.707"):
        norm.achieved(torch.eye(2), share=0.9)
