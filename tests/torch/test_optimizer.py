# Gradients are there, options come as dicts, and some arguments are wrong on purpose:
# pyright: reportOptionalMemberAccess=false, reportArgumentType=false, reportCallIssue=false
# pyright: reportOptionalIterable=false, reportOptionalSubscript=false, reportIndexIssue=false
# pyright: reportAttributeAccessIssue=false, reportMissingImports=false

import math

import pytest
import torch
from torch import nn

import steepest as st
import steepest.torch as stt
from steepest.errors import NonfiniteGradientError, ParameterError

DTYPES = [torch.float64, torch.float32, torch.bfloat16, torch.float16]
SHAPES = [(7, 5), (6,), (3, 8), (2, 3, 2, 2), ()]
MATRICES = [(7, 5), (8, 8), (3, 12)]

with_muon = pytest.mark.skipif(
    not hasattr(torch.optim, "Muon"), reason="torch has Muon from 2.9 on"
)


def walk(make, dtype=torch.float32, shapes=SHAPES, steps=5, seed=0):
    """The parameters after some steps with random gradients, and the optimizer."""
    generator = torch.Generator().manual_seed(seed)

    def random(shape):
        return torch.randn(shape, generator=generator, dtype=torch.float64).to(dtype)

    parameters = [nn.Parameter(random(shape)) for shape in shapes]
    optimizer = make(parameters)
    for _ in range(steps):
        for p in parameters:
            p.grad = random(p.shape)
        optimizer.step()
    return parameters, optimizer


def same(found, expected):
    return all(torch.equal(a, b) for a, b in zip(found, expected, strict=True))


SGD = [
    {},
    {"momentum": 0.9},
    {"momentum": 0.9, "nesterov": True, "weight_decay": 0.1},
    {"momentum": 0.9, "dampening": 0.5, "weight_decay": 0.01},
    {"maximize": True, "weight_decay": 0.5},
]


@pytest.mark.parametrize("how", [{}, {"foreach": True}, {"foreach": False}, {"fused": True}])
@pytest.mark.parametrize("options", SGD, ids=str)
@pytest.mark.parametrize("dtype", DTYPES)
def test_is_sgd_bit_for_bit(dtype, options, how):
    theirs_how = how
    if how.get("fused") and "momentum" in options and dtype in (torch.bfloat16, torch.float16):
        # Here torch's fused kernel loses the momentum: see the next test.
        theirs_how = {"foreach": False}
    expected, theirs = walk(lambda p: torch.optim.SGD(p, 0.037, **options, **theirs_how), dtype)
    found, ours = walk(lambda p: stt.SteepestDescent(p, 0.037, **options, **how), dtype)
    assert same(found, expected)
    kept, known = ours.state_dict()["state"], theirs.state_dict()["state"]
    assert kept.keys() == known.keys()
    for k in kept:
        assert torch.equal(kept[k]["momentum_buffer"], known[k]["momentum_buffer"])


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_the_fused_kernel_keeps_its_momentum_in_half_precision(dtype):
    options = {"momentum": 0.9}
    exact, _ = walk(lambda p: torch.optim.SGD(p, 0.1, **options), torch.float64, [(40,)], 3)
    found, _ = walk(lambda p: stt.SteepestDescent(p, 0.1, fused=True, **options), dtype, [(40,)], 3)
    theirs, _ = walk(lambda p: torch.optim.SGD(p, 0.1, fused=True, **options), dtype, [(40,)], 3)
    assert torch.allclose(found[0].double(), exact[0], atol=0.03)
    assert not torch.allclose(theirs[0].double(), exact[0], atol=0.03)


@with_muon
@pytest.mark.parametrize("adjust", ["original", "match_rms_adamw"])
@pytest.mark.parametrize("options", [{"nesterov": True}, {"nesterov": False, "weight_decay": 0}])
@pytest.mark.parametrize("foreach", [None, True, False])
def test_is_muon_bit_for_bit_in_muons_precision(adjust, options, foreach):
    options = {"momentum": 0.95, "weight_decay": 0.1, **options}
    expected, theirs = walk(
        lambda p: torch.optim.Muon(p, 0.02, adjust_lr_fn=adjust, **options), shapes=MATRICES
    )
    norm = stt.Spectral(scale=adjust, precision="bfloat16")
    found, ours = walk(
        lambda p: stt.SteepestDescent(p, 0.02, norm=norm, foreach=foreach, **options),
        shapes=MATRICES,
    )
    assert same(found, expected)
    for p, q in zip(found, expected, strict=True):
        assert torch.equal(ours.state[p]["momentum_buffer"], theirs.state[q]["momentum_buffer"])


@with_muon
def test_is_muon_in_bfloat16_as_far_as_muon_keeps_its_momentum():
    # Without nesterov torch 2.13 divides the momentum itself of bfloat16 parameters by its
    # length, so only the way with nesterov can coincide.
    options = {"momentum": 0.95, "nesterov": True, "weight_decay": 0.1}
    expected, _ = walk(lambda p: torch.optim.Muon(p, 0.02, **options), torch.bfloat16, MATRICES)
    norm = stt.Spectral(precision="bfloat16")
    found, _ = walk(
        lambda p: stt.SteepestDescent(p, 0.02, norm=norm, **options), torch.bfloat16, MATRICES
    )
    assert same(found, expected)


@with_muon
def test_is_muon_to_rounding_in_single_precision():
    options = {"momentum": 0.95, "nesterov": True, "weight_decay": 0.1}
    expected, _ = walk(lambda p: torch.optim.Muon(p, 0.02, **options), shapes=MATRICES)
    found, _ = walk(
        lambda p: stt.SteepestDescent(p, 0.02, norm="spectral", **options), shapes=MATRICES
    )
    exact, _ = walk(
        lambda p: stt.SteepestDescent(p, 0.02, norm="spectral", **options),
        torch.float64,
        MATRICES,
    )
    for ours, muons, best in zip(found, expected, exact, strict=True):
        # Five steps of length 0.02: bfloat16 is good for three digits of them.
        assert (ours - muons).abs().max() < 5 * 0.02 * 0.03
        # Muon's distance from the iteration in double precision is its own rounding.
        assert (ours - best).abs().max() < 1e-5 < (muons - best).abs().max()


def test_special_cases():
    def after_one(**options):
        p, q = nn.Parameter(torch.zeros(2)), nn.Parameter(torch.zeros(1))
        p.grad, q.grad = torch.tensor([3.0, -4.0]), torch.tensor([12.0])
        stt.SteepestDescent([p, q], 0.5, **options).step()
        return torch.cat([p, q]).tolist()

    near = pytest.approx
    assert after_one(norm="linf") == [-0.5, 0.5, -0.5]
    assert after_one(norm=st.LInf(), maximize=True) == [0.5, -0.5, 0.5]
    assert after_one(norm="linf", normalized=False) == near([-9.5, 9.5, -9.5])
    assert after_one(normalized=True) == near([-1.5 / 13, 2 / 13, -6 / 13])
    assert after_one(norm="l1") == [0, 0, -0.5]
    assert after_one(norm="l1", normalized=False) == [0, 0, -6.0]
    assert after_one(norm=stt.PerLayer("l2")) == near([-0.3, 0.4, -0.5])
    assert after_one(norm=stt.PerLayer("l2", "sum")) == near([0, 0, -0.5])
    assert after_one(norm=stt.PerLayer("l2"), normalized=False) == near([-5.1, 6.8, -8.5])
    root = math.sqrt(2)
    assert after_one(norm="rows") == near([-0.3 * root, 0.4 * root, -0.5])
    assert after_one(norm="spectral") == near([-0.3 * root, 0.4 * root, -0.5])


def test_momentum_and_weight_decay_of_normalized_steps():
    p = nn.Parameter(torch.tensor([1.0, 1.0]))
    optimizer = stt.SteepestDescent([p], 0.1, norm="linf", momentum=0.5, weight_decay=0.5)
    p.grad = torch.tensor([4.0, -2.0])
    optimizer.step()
    assert p.tolist() == pytest.approx([0.95 - 0.1, 0.95 + 0.1])
    assert optimizer.state[p]["momentum_buffer"].tolist() == [2.0, -1.0]
    p.grad = torch.tensor([-1.0, 3.0])
    optimizer.step()
    # The average is (0.5, 1): both entries turn only when the momentum has turned.
    assert optimizer.state[p]["momentum_buffer"].tolist() == [0.5, 1.0]
    assert p.tolist() == pytest.approx([0.85 * 0.95 - 0.1, 1.05 * 0.95 - 0.1])

    p = nn.Parameter(torch.tensor([1.0, -1.0]))
    p.grad = torch.tensor([0.4, 0.4])
    options = {"weight_decay": 0.5, "decoupled_weight_decay": False}
    stt.SteepestDescent([p], 0.1, norm="linf", **options).step()
    assert p.tolist() == pytest.approx([0.9, -0.9])
    p = nn.Parameter(torch.tensor([1.0]))
    p.grad = torch.tensor([2.0])
    stt.SteepestDescent([p], 0.1, weight_decay=0.5, decoupled_weight_decay=True).step()
    assert p.tolist() == pytest.approx([0.95 - 0.2])


def test_momentum_of_the_gradient_in_another_norm():
    options = {"momentum": 0.9, "dampening": 0.3, "nesterov": False}
    expected, sgd = walk(lambda p: torch.optim.SGD(p, 0.1, **options), shapes=[(4,)])
    found, ours = walk(
        lambda p: stt.SteepestDescent(p, 0.1, norm=stt.PerLayer("l2"), normalized=False, **options),
        shapes=[(4,)],
    )
    assert torch.allclose(found[0], expected[0])
    kept = ours.state[found[0]]["momentum_buffer"]
    assert torch.equal(kept, sgd.state[expected[0]]["momentum_buffer"])


@pytest.mark.parametrize("norm", ["spectral", "linf", "rows", stt.PerLayer("l2")], ids=str)
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16])
def test_a_gradient_scaled_by_1e30_gives_the_same_step(norm, dtype):
    def after(scale):
        generator = torch.Generator().manual_seed(3)
        found = []
        for shape in MATRICES:
            p = nn.Parameter(torch.zeros(shape, dtype=dtype))
            p.grad = torch.randn(shape, generator=generator).to(dtype) * scale
            found.append(p)
        stt.SteepestDescent(found, 0.1, norm=norm, momentum=0.5, nesterov=True).step()
        return found

    for scale in (1e30, 1e-30):
        for p, q in zip(after(scale), after(1.0), strict=True):
            rounding = 8 * torch.finfo(dtype).eps
            assert torch.allclose(p, q, rtol=rounding, atol=0.3 * rounding)
            assert p.abs().max() > 0.01


@pytest.mark.parametrize("norm", [None, "l1", "l2", "linf", "spectral", "rows"])
@pytest.mark.parametrize("normalized", [True, False])
def test_zero_gives_zero(norm, normalized):
    found = [nn.Parameter(torch.ones(shape)) for shape in SHAPES]
    optimizer = stt.SteepestDescent(found, 0.1, norm=norm, normalized=normalized, momentum=0.9)
    for p in found:
        p.grad = torch.zeros_like(p)
    optimizer.step()
    assert all(torch.equal(p, torch.ones_like(p)) for p in found)


@pytest.mark.parametrize(
    "options", [{"norm": "spectral"}, {"norm": "linf"}, {"check_finite": True}]
)
@pytest.mark.parametrize("broken", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("dtype", DTYPES)
def test_nan_is_refused_by_the_parameters_name(options, broken, dtype):
    model = nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 2)).to(dtype)
    groups = [
        {"params": list(model[0].named_parameters())},
        {"params": [(f"1.{name}", p) for name, p in model[1].named_parameters()], "lr": 0.5},
    ]
    optimizer = stt.SteepestDescent(groups, 0.1, momentum=0.9, **options)
    for _ in range(2):
        for p in model.parameters():
            p.grad = torch.ones_like(p)
        optimizer.step()
    before = [p.detach().clone() for p in model.parameters()]
    momentum = [s["momentum_buffer"].clone() for s in optimizer.state.values()]
    assert model[1].bias.grad is not None
    model[1].bias.grad[1] = broken
    with pytest.raises(NonfiniteGradientError, match=r"the gradient of 1\.bias is not finite") as e:
        optimizer.step()
    assert e.value.names == ("1.bias",)
    assert same(model.parameters(), before)
    assert same([s["momentum_buffer"] for s in optimizer.state.values()], momentum)


def test_parameters_without_names_are_named_by_their_place():
    p, q = nn.Parameter(torch.zeros(2, 3)), nn.Parameter(torch.zeros(4))
    p.grad, q.grad = torch.zeros(2, 3), torch.full((4,), math.nan)
    with pytest.raises(NonfiniteGradientError, match=r"parameter 1 of group 0, shape \(4,\)"):
        stt.SteepestDescent([p, q], norm="spectral").step()
    many = [nn.Parameter(torch.zeros(1)) for _ in range(9)]
    for p in many:
        p.grad = torch.tensor([math.inf])
    with pytest.raises(NonfiniteGradientError, match="and 4 more is not finite"):
        stt.SteepestDescent(many, norm="spectral").step()


def test_without_a_check_sgd_stays_sgd():
    p = nn.Parameter(torch.zeros(2))
    p.grad = torch.tensor([math.nan, 1.0])
    stt.SteepestDescent([p], 0.5).step()
    assert p.tolist() == pytest.approx([math.nan, -0.5], nan_ok=True)


def test_sparse_and_complex_gradients():
    def lookup():
        table = nn.Embedding(5, 2, sparse=True)
        nn.init.ones_(table.weight)
        table(torch.tensor([1, 1, 3])).sum().backward()
        return table.weight

    expected = lookup()
    torch.optim.SGD([expected], 0.1).step()
    found = lookup()
    stt.SteepestDescent([found], 0.1).step()
    assert torch.equal(found, expected)
    found = lookup()
    stt.SteepestDescent([found], 0.1, normalized=True).step()
    assert found[1].tolist() == pytest.approx([1 - 0.2 / math.sqrt(10)] * 2)
    for norm in ("linf", "l1", "spectral", "rows"):
        with pytest.raises(ParameterError, match="is sparse"):
            stt.SteepestDescent([lookup()], 0.1, norm=norm).step()

    for options in ({"momentum": 0.9}, {"weight_decay": 0.1, "decoupled_weight_decay": False}):
        with pytest.raises(ParameterError, match="goes with neither momentum nor weight_decay"):
            stt.SteepestDescent([lookup()], 0.1, normalized=True, **options).step()

    z = nn.Parameter(torch.zeros(2, 1, dtype=torch.complex64))
    z.grad = torch.tensor([[3j], [4.0]])
    stt.SteepestDescent([z], 1.0, normalized=True).step()
    assert torch.allclose(z, torch.tensor([[-0.6j], [-0.8]]))
    for norm in ("linf", "l1", "spectral", "rows"):
        with pytest.raises(ParameterError, match="is complex"):
            stt.SteepestDescent([z], 0.1, norm=norm).step()


def test_groups_of_a_model():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.table = nn.Embedding(11, 4)
            self.body = nn.Linear(4, 4)
            self.head = nn.Linear(4, 11, bias=False)
            self.head.weight = self.table.weight
            self.body.bias.requires_grad_(False)

    net = Net()
    rest, tables = stt.parameter_groups(net)
    assert [name for name, _ in rest["params"]] == ["body.weight"]
    assert [name for name, _ in tables["params"]] == ["table.weight"]
    optimizer = stt.SteepestDescent(stt.parameter_groups(net), 0.1)
    assert [optimizer.norm_of(g).name for g in optimizer.param_groups] == ["spectral", "rows"]
    net.head(net.body(net.table(torch.tensor([2, 5])))).logsumexp(1).sum().backward()
    optimizer.step()
    (only,) = stt.parameter_groups(nn.Linear(2, 2), norm="linf")
    assert only["norm"] == "linf"
    with pytest.raises(ParameterError, match="Tanh has no parameters"):
        stt.parameter_groups(nn.Tanh())


@with_muon
def test_what_is_not_taken_over_from_muon():
    """If this fails, torch was mended: then docs/networks.md says too much."""
    norm = stt.Spectral(precision="bfloat16")

    def moved(make, scale):
        p = nn.Parameter(torch.zeros(3, 4))
        p.grad = torch.randn(3, 4, generator=torch.Generator().manual_seed(0)) * scale
        make([p]).step()
        return p.abs().max().item()

    def muon(p):
        return torch.optim.Muon(p, 0.1, momentum=0.0)

    def ours(p):
        return stt.SteepestDescent(p, 0.1, norm=norm)

    assert moved(muon, 1e25) == 0.0
    assert moved(ours, 1e25) == moved(ours, 1.0) == moved(muon, 1.0)

    # The momentum after one step is a twentieth of the gradient.
    p, q = (nn.Parameter(torch.zeros(3, 4, dtype=torch.bfloat16)) for _ in range(2))
    p.grad, q.grad = torch.ones_like(p), torch.ones_like(q)
    theirs = torch.optim.Muon([p], 0.1, nesterov=False)
    mine = stt.SteepestDescent([q], 0.1, norm=norm, momentum=0.95)
    theirs.step()
    mine.step()
    assert theirs.state[p]["momentum_buffer"].norm().item() == pytest.approx(1.0, abs=0.01)
    kept = mine.state[q]["momentum_buffer"]
    assert kept.tolist() == [pytest.approx([0.05] * 4, rel=0.01)] * 3
