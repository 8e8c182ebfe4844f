import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as some

import steepest as st
import steepest.torch as stt
from steepest.errors import NoDirectionError, ParameterError
from steepest.norms import dual_of, size_of, steepest_of
from steepest.torch.lengths import lengths
from steepest.torch.norms import as_tensor_norm, from_plain, to_plain

EACH = ["l1", "l2", "linf", "rows", stt.Spectral(scale="none"), stt.Spectral(), stt.Rows()]
ALL = ["l1", "l2", "linf", "rows", "spectral"] + [
    stt.PerLayer(each, combine) for each in EACH for combine in ("max", "sum", "l2")
]
IDS = [norm if isinstance(norm, str) else f"{norm.name}-{k}" for k, norm in enumerate(ALL)]
SHAPES = [(6, 4), (3,), (2, 3, 2, 2), (), (4, 9), (0,), (0, 3), (2, 0, 3)]


def gradients(seed=0, dtype=torch.float64):
    generator = torch.Generator().manual_seed(seed)
    return [torch.randn(s, generator=generator, dtype=torch.float64).to(dtype) for s in SHAPES]


def inner(a, b):
    return sum(float((x.double() * y.double()).sum()) for x, y in zip(a, b, strict=True))


@pytest.mark.parametrize("norm", ALL, ids=IDS)
def test_the_theorem(norm):
    norm = as_tensor_norm(norm)
    g = gradients()
    u = norm.steepest(g)
    assert [t.shape for t in u] == [t.shape for t in g]
    assert float(norm.size(u)) == pytest.approx(1.0)
    assert inner(g, u) == pytest.approx(float(norm.dual(g)))
    # No other direction of length one is steeper.
    for seed in range(1, 6):
        v = gradients(seed)
        assert inner(g, v) / float(norm.size(v)) < float(norm.dual(g))


@pytest.mark.parametrize("norm", ALL, ids=IDS)
def test_size_and_dual_are_norms(norm):
    norm = as_tensor_norm(norm)
    g, h = gradients(1), gradients(2)
    both = [x + y for x, y in zip(g, h, strict=True)]
    for measure in (norm.size, norm.dual):
        assert float(measure([-3 * t for t in g])) == pytest.approx(3 * float(measure(g)))
        assert float(measure(both)) <= float(measure(g)) + float(measure(h)) + 1e-12
        assert float(measure([0 * t for t in g])) == 0.0
        assert measure(g).dtype is torch.float64


@pytest.mark.parametrize("norm", ALL, ids=IDS)
def test_an_optimizers_direction_is_the_steepest(norm):
    norm = as_tensor_norm(norm)
    if isinstance(norm.each, stt.Spectral):
        better = stt.Spectral("polar-express", 8, norm.each.scale, precision="float64")
        norm = stt.PerLayer(better, norm.combine)
    g = gradients()
    g[1].zero_()
    tensors, factors = norm.direction(g, lengths(g))
    for exact, tensor, factor in zip(norm.steepest(g), tensors, factors, strict=True):
        assert torch.allclose(tensor * factor, exact, atol=1e-6)


@pytest.mark.parametrize("norm", [st.L1(), st.L2(), st.LInf()], ids=lambda n: n.name)
def test_the_norms_of_the_whole_are_those_of_vectors(norm):
    g = gradients()
    flat = torch.cat([t.reshape(-1) for t in g]).numpy()
    ours = as_tensor_norm(norm)
    assert ours == as_tensor_norm(norm.name)
    assert ours.name == norm.name
    assert float(ours.size(g)) == pytest.approx(size_of(norm, flat))
    assert float(ours.dual(g)) == pytest.approx(dual_of(norm, flat))
    u = torch.cat([t.reshape(-1) for t in ours.steepest(g)]).numpy()
    assert u == pytest.approx(steepest_of(norm, flat))


@pytest.mark.parametrize("norm", ALL, ids=IDS)
def test_parameters_are_measured_without_a_graph(norm):
    norm = as_tensor_norm(norm)
    parameters = [torch.nn.Parameter(t) for t in gradients()]
    assert not norm.size(parameters).requires_grad
    assert not any(u.requires_grad for u in norm.steepest(parameters))
    assert norm.ties(parameters) is not None


def test_no_norm_is_l2():
    assert as_tensor_norm(None) == as_tensor_norm("l2") == stt.PerLayer("l2", "l2")


@pytest.mark.parametrize("norm", ALL, ids=IDS)
@pytest.mark.parametrize("scale", [1e-300, 1e300, 1e-30, 1e30])
def test_any_scale(norm, scale):
    norm = as_tensor_norm(norm)
    g = gradients()
    far = [t * scale for t in g]
    assert float(norm.dual(far)) == pytest.approx(float(norm.dual(g)) * scale)
    assert float(norm.size(far)) == pytest.approx(float(norm.size(g)) * scale)
    for u, v in zip(norm.steepest(far), norm.steepest(g), strict=True):
        assert torch.allclose(u, v, atol=1e-7)
    one, two = norm.direction(far, lengths(far)), norm.direction(g, lengths(g))
    for a, p, b, q in zip(*one, *two, strict=True):
        assert torch.allclose(a * p, b * q, atol=1e-6)


@pytest.mark.parametrize("norm", ALL, ids=IDS)
def test_where_no_direction_is_steepest(norm):
    norm = as_tensor_norm(norm)
    g = gradients()
    with pytest.raises(NoDirectionError, match="the gradient is zero"):
        norm.steepest([0 * t for t in g])
    g[2][0] = math.nan
    assert math.isnan(float(norm.dual(g)))
    with pytest.raises(NoDirectionError, match="not finite"):
        norm.steepest(g)
    g = gradients()
    g[0][0, 0] = -math.inf
    assert float(norm.dual(g)) == math.inf
    with pytest.raises(NoDirectionError, match="not finite"):
        norm.steepest(g)


@pytest.mark.parametrize("norm", ALL, ids=IDS)
def test_plain_form(norm):
    norm = as_tensor_norm(norm)
    plain = to_plain(norm)
    assert isinstance(plain, dict)
    allowed = (str, int, float, type(None), tuple)
    assert all(isinstance(value, allowed) for value in plain.values())
    assert from_plain(plain) == norm


def test_a_norm_of_ones_own():
    class Half:
        name = "half"

        def sizes(self, tensors):
            return [size / 2 for size in lengths(tensors)]

        def duals(self, gradients):
            return [2 * size for size in lengths(gradients)]

        def steepest(self, gradients):
            return [2 * g / n for g, n in zip(gradients, lengths(gradients), strict=True)]

        def direction(self, gradients, sizes):
            from steepest.torch.norms import Direction

            return Direction(list(gradients), [2 / n for n in sizes])

        def ties(self, gradient):
            return ""

    norm = as_tensor_norm(Half())
    g = gradients()
    assert norm.name == "half"
    assert inner(g, norm.steepest(g)) == pytest.approx(float(norm.dual(g)))
    p = torch.nn.Parameter(torch.zeros(2))
    p.grad = torch.tensor([3.0, 4.0])
    stt.SteepestDescent([p], 0.5, norm=Half()).step()
    assert p.tolist() == pytest.approx([-0.6, -0.8])
    assert to_plain(norm) is norm


def test_ties_are_told():
    def told(norm, *tensors):
        return as_tensor_norm(norm).ties([torch.tensor(t) for t in tensors])

    assert told("l2", [1.0, 2.0], [0.0]) == ""
    assert "every mixture of 2 entries" in told("l1", [1.0, -1.0])
    assert "every mixture of parameters 1, 3" in told("l1", [2.0], [1.0], [-2.0])
    assert told("linf", [1.0, 0.0, 0.0]) == ("parameter 1: 2 entries may move anywhere in [-1, 1]")
    assert "rank 1 of 2" in told("spectral", [[1.0, 2.0], [2.0, 4.0]])
    assert "parameter 2 may move by any step" in told("spectral", [1.0], [0.0])
    assert "1 rows may move" in told("rows", [[1.0], [0.0]])
    assert told("rows", [[1.0], [2.0]]) == told("l1", [1.0, 2.0]) == ""


@pytest.mark.parametrize(
    ("norm", "words"),
    [
        ("l3", "norm='l3' is no norm on parameters: give one of 'l2'"),
        (3, "norm=3 is no norm"),
        (stt.Spectral, "is no norm on parameters"),
        (st.Quadratic(np.eye(2)), "a quadratic norm has one matrix"),
    ],
)
def test_what_is_no_norm(norm, words):
    with pytest.raises(ParameterError) as e:
        as_tensor_norm(norm)
    assert words in str(e.value)
    with pytest.raises(ParameterError, match="combine='mean'"):
        stt.PerLayer("l2", "mean")
    with pytest.raises(ParameterError, match="not written by this version"):
        from_plain({"each": "l2", "combine": "l2", "steps": 3})


def test_rows_are_those_of_an_embedding():
    g = torch.tensor([[3.0, 4.0], [0.0, 0.0], [0.0, 1e-30]])
    (u,) = as_tensor_norm("rows").steepest([g])
    root = math.sqrt(2)
    expected = torch.tensor([[0.6 * root, 0.8 * root], [0.0, 0.0], [0.0, root]])
    assert torch.allclose(u, expected)


@settings(max_examples=80, deadline=None)
@given(
    some.lists(some.floats(-1e300, 1e300), min_size=0, max_size=80),
    some.sampled_from([torch.float64, torch.float32, torch.bfloat16, torch.float16]),
    some.sampled_from([1.0, 2.0, 3.0, math.inf]),
)
def test_lengths_at_every_scale(entries, dtype, order):
    tensor = torch.tensor(entries, dtype=torch.float64).to(dtype)
    (found,) = lengths([tensor], order)
    exact = [abs(float(x)) for x in tensor]
    largest = max(exact, default=0.0)
    if largest in (0.0, math.inf) or order == math.inf:
        assert found == largest
    else:
        scaled = math.fsum((x / largest) ** order for x in exact) ** (1 / order)
        assert found == pytest.approx(largest * scaled, rel=1e-6 if order == 3 else 1e-9)
