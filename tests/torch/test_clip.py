# Gradients are there, options come as dicts, and some arguments are wrong on purpose:
# pyright: reportOptionalMemberAccess=false, reportArgumentType=false, reportCallIssue=false
# pyright: reportOptionalIterable=false, reportOptionalSubscript=false, reportIndexIssue=false
# pyright: reportAttributeAccessIssue=false, reportMissingImports=false

import copy
import math
import pickle

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as some
from torch import nn

import steepest as st
import steepest.torch as stt
from steepest.errors import NonfiniteGradientError, ParameterError
from steepest.torch import lengths as measuring
from steepest.torch.norms import as_tensor_norm
from torch_synchronizations import Synchronizations


def parameter(gradient, dtype=torch.float32):
    p = nn.Parameter(torch.zeros(len(gradient), dtype=dtype))
    p.grad = torch.tensor(gradient, dtype=dtype)
    return p


def spread(dtype, seed=0):
    generator = torch.Generator().manual_seed(seed)
    found = []
    for shape in ((5, 3), (4,), (2, 3, 2), (1,), (40, 30)):
        p = nn.Parameter(torch.zeros(shape, dtype=dtype))
        p.grad = torch.randn(shape, generator=generator, dtype=torch.float64).to(dtype)
        found.append(p)
    return found


@pytest.mark.parametrize(
    ("gradient", "dtype"),
    [
        ([1e20, 1e20], torch.float32),
        ([3e38, 3e38, 3e38], torch.float32),
        ([40000.0] * 4, torch.float16),
        ([3e38] * 16, torch.bfloat16),
        ([1e200, 1e200], torch.float64),
        ([1e308, 1e307], torch.float64),
    ],
)
def test_large_gradients_are_clipped_not_zeroed(gradient, dtype):
    p = parameter(gradient, dtype)
    norm = stt.clip_grad_norm_([p], 1.0)
    assert float(norm) == pytest.approx(math.hypot(*p.new_tensor(gradient).double()), rel=1e-6)
    assert torch.linalg.vector_norm(p.grad.double()) == pytest.approx(
        1.0, rel=4 * torch.finfo(dtype).eps
    )


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_tiny_gradients_keep_their_length(dtype):
    tiny = 1e-200 if dtype is torch.float64 else 1e-30
    p = parameter([3 * tiny, 4 * tiny], dtype)
    assert float(stt.clip_grad_norm_([p], 1.0)) == pytest.approx(5 * tiny, rel=1e-6)
    norm = stt.clip_grad_norm_([p], tiny)
    assert norm.factor == pytest.approx(0.2)
    assert torch.allclose(p.grad, torch.tensor([0.6, 0.8], dtype=dtype) * tiny, rtol=1e-5, atol=0)


def test_ten_million_entries_add_up():
    p = nn.Parameter(torch.zeros(10_000_000))
    p.grad = torch.full((10_000_000,), 1e-3)
    assert abs(float(stt.clip_grad_norm_([p], 10.0)) - 3.16228) < 3e-6
    assert abs(float(stt.clip_grad_norm_([p], 10.0)) - 1e-3 * math.sqrt(1e7)) < 1e-6
    # Many small tensors, too.
    parts = list(torch.full((1_000_000,), 1e-3).split(1000))
    assert math.hypot(*measuring.lengths(parts)) == pytest.approx(1.0, rel=1e-7)


def test_a_parameter_listed_twice_counts_once():
    p, q = parameter([3.0]), parameter([4.0])
    norm = stt.clip_grad_norm_([p, q, p], 1.0)
    assert float(norm) == pytest.approx(5.0)
    assert p.grad.item() == pytest.approx(0.6)
    assert len(norm.names) == 2


def test_sparse_gradients():
    table = nn.Embedding(10, 3, sparse=True)
    other = parameter([1.0])
    table(torch.tensor([1, 1, 7])).sum().backward()
    assert not table.weight.grad.is_coalesced()
    norm = stt.clip_grad_norm_([table.weight, other], 1.0)
    # Row 1 was looked up twice: entries 2, 2, 2 and 1, 1, 1.
    assert float(norm) == pytest.approx(4.0)
    expected = torch.zeros(10, 3)
    expected[1], expected[7] = 0.5, 0.25
    assert torch.allclose(table.weight.grad.to_dense(), expected)
    assert other.grad.item() == pytest.approx(0.25)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16, torch.float16])
@pytest.mark.parametrize("norm_type", [2.0, 1.0, 3.0, math.inf, "inf", 0.5, -1.0, -math.inf])
def test_agrees_with_torch_where_torch_is_right(dtype, norm_type):
    ours, exact = spread(dtype), spread(torch.float64)
    for p, q in zip(exact, ours, strict=True):
        p.grad = q.grad.double().clone()
    limit = 0.5
    found = stt.clip_grad_norm_(ours, limit, norm_type)
    expected = nn.utils.clip_grad_norm_(exact, limit, float(norm_type))
    assert float(found) == pytest.approx(float(expected), rel=1e-6)
    for p, q in zip(ours, exact, strict=True):
        rounding = 2 * torch.finfo(dtype).eps + 3e-6
        assert torch.allclose(p.grad.double(), q.grad, rtol=rounding, atol=1e-7)


def test_the_zero_norm_counts_entries():
    # torch 2.13 counts tensors here.
    found = spread(torch.float32)
    found[1].grad[:2] = 0.0
    assert float(stt.clip_grad_norm_(found, 1e9, 0)) == sum(p.numel() for p in found) - 2


@pytest.mark.parametrize("foreach", [None, True, False])
def test_foreach_and_mixed_kinds(foreach):
    kinds = [torch.float32, torch.float64, torch.bfloat16, torch.float16, torch.complex64]
    found = [parameter([1.0, 1.0], kind) for kind in kinds]
    strided = nn.Parameter(torch.zeros(3, 4))
    strided.grad = torch.ones(4, 3).t()
    cut = nn.Parameter(torch.zeros(2))
    cut.grad = torch.ones(4)[::2]
    norm = stt.clip_grad_norm_([*found, strided, cut], 1.0, foreach=foreach)
    assert float(norm) == pytest.approx(math.sqrt(24))
    for p in (*found, strided, cut):
        assert p.grad.abs().double().numpy() == pytest.approx(1 / math.sqrt(24), rel=4e-3)


def test_within_the_limit_nothing_is_touched():
    p = parameter([3.0, 4.0])
    before = p.grad._version
    norm = stt.clip_grad_norm_([p], 5.0)
    assert p.grad._version == before
    assert norm.factor == 1.0
    assert not norm.clipped
    assert norm.sentence == "gradient norm 5, within 5: left alone"
    assert float(stt.clip_grad_norm_([p], math.inf)) == 5.0


def test_says_what_was_done():
    model = nn.Linear(2, 1)
    model(torch.ones(1, 2)).sum().backward()
    norm = stt.clip_grad_norm_(model.named_parameters(), 1)
    assert norm.names == ("weight", "bias")
    assert norm.parts == pytest.approx((math.sqrt(2), 1.0))
    assert norm.clipped
    assert norm.factor == pytest.approx(1 / math.sqrt(3))
    assert norm.sentence == "gradient norm 1.73205, shortened to 1 (factor 0.577)"
    assert norm.sentence in repr(norm)
    assert stt.clip_grad_norm_(model, 1).names == ("weight", "bias")


def test_the_result_is_used_like_torchs():
    norm = stt.clip_grad_norm_([parameter([3.0, 4.0])], 1.0)
    assert norm.shape == ()
    assert norm.item() == norm.length == 5.0
    assert norm.device == torch.device("cpu")
    assert type(norm * 2) is torch.Tensor
    assert type(torch.stack([norm, norm]).mean()) is torch.Tensor
    assert norm > 4
    assert f"{norm:.1f}" == "5.0"
    assert torch.isfinite(norm)
    for twin in (copy.deepcopy(norm), pickle.loads(pickle.dumps(norm))):
        assert twin.item() == 5.0
        assert twin.factor == norm.factor


def test_one_tensor_no_gradients_and_generators():
    p = parameter([3.0, 4.0])
    assert float(stt.clip_grad_norm_(p, 1.0)) == 5.0
    assert float(stt.clip_grad_norm_((q for q in [p]), 1.0)) == pytest.approx(1.0)
    bare = nn.Parameter(torch.zeros(2))
    norm = stt.clip_grad_norm_([bare], 1.0)
    assert (float(norm), norm.names) == (0.0, ())
    assert bare.grad is None
    assert float(stt.clip_grad_norm_([], 1.0)) == 0.0
    with pytest.warns(UserWarning, match="empty generator"):
        stt.clip_grad_norm_((q for q in []), 1.0)
    p.grad = torch.zeros(2)
    assert stt.clip_grad_norm_(p, 0.0).factor == 1.0


BROKEN = {"nan": [math.nan, 1.0], "inf": [math.inf, 1.0], "both": [math.nan, -math.inf]}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16, torch.float16])
def test_gradients_that_are_not_finite(broken, dtype):
    def both():
        return [("good", parameter([1.0, 2.0], dtype)), ("bad", parameter(broken, dtype))]

    for options in ({"error_if_nonfinite": True}, {"on_nonfinite": "error"}):
        pair = both()
        with pytest.raises(NonfiniteGradientError, match="the gradient of bad is not finite") as e:
            stt.clip_grad_norm_(pair, 1.0, **options)
        assert e.value.names == ("bad",)
        assert isinstance(e.value, RuntimeError)
        assert pair[0][1].grad.tolist() == [1.0, 2.0]

    pair = both()
    norm = stt.clip_grad_norm_(pair, 1.0, on_nonfinite="leave")
    assert norm.nonfinite == ("bad",)
    assert not norm.clipped
    assert not math.isfinite(float(norm))
    assert pair[0][1].grad.tolist() == [1.0, 2.0]
    assert norm.sentence.endswith("bad not finite, gradients left untouched")

    # By default the same comes out as from torch.
    pair, theirs = both(), both()
    norm = stt.clip_grad_norm_(pair, 1.0)
    nn.utils.clip_grad_norm_([p for _, p in theirs], 1.0)
    for (_, p), (_, q) in zip(pair, theirs, strict=True):
        assert torch.equal(p.grad.nan_to_num(nan=7.0), q.grad.nan_to_num(nan=7.0))
    assert norm.sentence.endswith("gradients are of no use now")


@pytest.mark.parametrize("wrong", [-1.0, math.nan, "one", None, -math.inf])
def test_a_limit_that_is_none(wrong):
    p = parameter([3.0, 4.0])
    with pytest.raises(ParameterError, match=r"max_norm=.*at least 0"):
        stt.clip_grad_norm_([p], wrong)
    assert p.grad.tolist() == [3.0, 4.0]


def test_wrong_arguments_are_named():
    p = parameter([3.0, 4.0])
    with pytest.raises(ParameterError, match="norm_type='l2'"):
        stt.clip_grad_norm_([p], 1.0, "l2")
    with pytest.raises(ParameterError, match="norm_type=nan"):
        stt.clip_grad_norm_([p], 1.0, math.nan)
    with pytest.raises(ParameterError, match="two answers to one question"):
        stt.clip_grad_norm_([p], 1.0, 1.0, norm="linf")
    with pytest.raises(ParameterError, match="on_nonfinite='skip'"):
        stt.clip_grad_norm_([p], 1.0, on_nonfinite="skip")
    with pytest.raises(ParameterError, match="norm='frobenius' is no norm on parameters"):
        stt.clip_grad_norm_([p], 1.0, norm="frobenius")
    with pytest.raises(ParameterError, match=r"holds 3\.0 at place 0"):
        stt.clip_grad_norm_([3.0], 1.0)
    with pytest.raises(ParameterError, match="parameters=3: give tensors"):
        stt.clip_grad_norm_(3, 1.0)


NORMS = ["l2", "l1", "linf", st.LInf(), "spectral", "rows", stt.PerLayer("l2", "sum")]


@pytest.mark.parametrize("norm", NORMS, ids=str)
def test_any_norm_of_ours_measures_by_its_dual(norm):
    found = spread(torch.float64)
    gradients = [p.grad.clone() for p in found]
    result = stt.clip_grad_norm_(found, 0.25, norm=norm)
    whole = as_tensor_norm(norm)
    assert float(result) == pytest.approx(float(whole.dual(gradients)))
    assert float(whole.dual([p.grad for p in found])) == pytest.approx(0.25)
    for p, g in zip(found, gradients, strict=True):
        assert torch.allclose(p.grad, g * (0.25 / float(result)))


@pytest.mark.parametrize("norm", [None, "linf", stt.PerLayer("l2")], ids=str)
def test_the_host_waits_at_most_once(norm, monkeypatch):
    # The kernel for memory of the processor is switched off: this is the way of a device.
    monkeypatch.setattr(measuring, "fits", lambda tensor: False)
    for scale in (1.0, 1e-3, math.nan):
        found = [p for kind in (torch.float32, torch.float64) for p in spread(kind)]
        found[2].grad[0] *= scale
        with Synchronizations() as reads:
            norm_ = stt.clip_grad_norm_(found, 0.5, norm=norm, on_nonfinite="leave")
        assert len(reads.seen) == 1, reads.seen
        assert norm_.clipped == math.isfinite(scale)
    with Synchronizations() as reads:
        found[0].grad.sum().item()
        bool(found[0].grad.any())
    assert len(reads.seen) == 2


@settings(max_examples=60, deadline=None)
@given(
    some.lists(
        some.lists(some.floats(-(2.0**127), 2.0**127, width=32), min_size=1, max_size=70),
        max_size=4,
    ),
    some.floats(0, 1e30),
)
def test_never_longer_than_the_limit(gradients, limit):
    found = [parameter(gradient) for gradient in gradients]
    exact = math.hypot(*(x for g in gradients for x in g))
    norm = stt.clip_grad_norm_(found, limit)
    assert float(norm) == pytest.approx(exact, rel=1e-12)
    after = math.hypot(*(float(x) for p in found for x in p.grad))
    assert after <= max(limit, 0.0) * (1 + 1e-5) + 1e-43 or after == pytest.approx(exact)
    assert norm.clipped == (exact > limit)
