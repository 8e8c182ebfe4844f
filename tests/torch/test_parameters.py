"""Parameters as one vector with names."""

from __future__ import annotations

import re

import numpy as np
import pytest
import torch
from torch import nn

import steepest.torch as stt
from networks import mlp, transformer
from steepest.errors import ParameterError, PointError


def test_names_sizes_and_layers_of_a_module() -> None:
    p = stt.Parameters.of(mlp())
    assert p.names == ("0.weight", "0.bias", "2.weight", "2.bias")
    assert p.sizes == (12, 4, 8, 2) and p.count == 26
    assert p.layers() == {"0": (0, 1), "2": (2, 3)}


def test_tied_weights_count_once_and_answer_to_both_names() -> None:
    model = transformer()
    p = stt.Parameters.of(model)
    assert p.aliases == {"embed.weight": ("head.weight",)}
    assert p.count == sum(t.numel() for t in model.parameters())
    one = torch.ones_like(model.embed.weight)
    assert torch.equal(p.flatten({"head.weight": one}), p.flatten({"embed.weight": one}))


def test_a_tensor_listed_twice_counts_once() -> None:
    t = torch.zeros(3, requires_grad=True)
    assert stt.Parameters.of([t, t]).count == 3


def test_frozen_ones_are_left_out_by_name() -> None:
    model = mlp()
    model[0].requires_grad_(False)
    p = stt.Parameters.of(model)
    assert p.names == ("2.weight", "2.bias")
    assert p.frozen == ("0.weight", "0.bias")


@pytest.mark.parametrize(
    ("only", "names"),
    [
        (["2"], ("2.weight", "2.bias")),
        ("0.bias", ("0.bias",)),
        (lambda name: name.endswith("weight"), ("0.weight", "2.weight")),
    ],
)
def test_only_some(only: object, names: tuple[str, ...]) -> None:
    assert stt.Parameters.of(mlp(), only=only).names == names  # type: ignore[arg-type]


def test_flatten_and_unflatten_are_inverse() -> None:
    p = stt.Parameters.of(mlp())
    flat = torch.arange(26.0, dtype=torch.float64)
    assert torch.equal(p.flatten(p.unflatten(flat)), flat)
    assert torch.equal(p.flatten(p.named(flat)), flat)
    assert torch.equal(p.flatten([None, None, None, None]), torch.zeros(26, dtype=torch.float64))


def test_vectors_have_at_least_single_precision() -> None:
    half = torch.zeros(2, dtype=torch.float16, requires_grad=True)
    single = torch.zeros(2, requires_grad=True)
    double = torch.zeros(2, dtype=torch.float64, requires_grad=True)
    assert stt.Parameters.of([half]).dtype == torch.float32
    assert stt.Parameters.of([half, single]).dtype == torch.float32
    assert stt.Parameters.of([half, double]).dtype == torch.float64


def test_writing_leaves_the_graph_of_others_usable() -> None:
    model = mlp()
    p = stt.Parameters.of(model)
    loss = model(torch.ones(1, 3, dtype=torch.float64)).square().sum()
    before = p.snapshot()
    p.write([torch.zeros_like(t) for t in before])
    assert not p.holds(before)
    p.write(before)
    assert p.holds(before)
    loss.backward()  # would fail if the version counters had moved


def lazy() -> nn.Module:
    return nn.LazyLinear(3)


def frozen() -> nn.Module:
    return mlp().requires_grad_(False)


@pytest.mark.parametrize(
    ("make", "only", "sentence"),
    [
        (nn.ReLU, None, r"ReLU has no parameters, .* must be attributes of the module"),
        (frozen, None,
         r"every parameter of Sequential is frozen .*0\.weight.*requires_grad_\(True\)"),
        (lazy, None, r"weight has no shape yet \(a lazy layer\): run one batch"),
        (lambda: 3, None, r"int holds no parameters: give a torch\.nn\.Module"),
        (lambda: [3], None, r"parameter 0 is a int, not a tensor"),
        (mlp, ["2.wieght"], r"named '2\.wieght': did you mean 2\.weight\?"),
        (frozen, ["2"], r"2 is frozen .* unfreeze it with requires_grad_\(True\) or leave it out"),
        (mlp, lambda name: False, r"keeps none of 0\.weight, 0\.bias"),
        (
            lambda: {"w": torch.zeros(2, dtype=torch.complex64, requires_grad=True)},
            None,
            r"w is complex \(torch\.complex64\): .*view_as_real",
        ),
        (
            lambda: {"w": torch.zeros(2, device="meta", requires_grad=True)},
            None,
            r"w is on the meta device",
        ),
        (
            lambda: {"w": torch.zeros(2, requires_grad=True) + 1},
            None,
            r"w is the result of a computation, not a parameter",
        ),
        (
            lambda: [("w", torch.ones(1, requires_grad=True)) for _ in range(2)],
            None,
            r"two different tensors are named w",
        ),
    ],
)  # fmt: skip
def test_refused_by_name(make: object, only: object, sentence: str) -> None:
    with pytest.raises(ParameterError, match=sentence):
        stt.Parameters.of(make(), only=only)  # type: ignore[operator]


def test_a_vector_may_be_a_list_of_numbers() -> None:
    m = stt.Function(lambda x, y: x**2 + 3 * y**2).at(1, 2)
    assert m.slope([1, 0]) == 2
    assert m.slope(list(np.array([0.0, 1.0]))) == 12
    assert m.hessian_product([1, 2])[1] == 12


def test_vectors_that_do_not_fit() -> None:
    model = mlp()
    model[0].bias.requires_grad_(False)
    p = stt.Parameters.of(model)
    for vector, sentence in [
        (torch.zeros(3), "a vector of shape (3,): expected (22,)"),
        ([1, 2.5], "a vector of shape (2,): expected (22,)"),
        ([torch.zeros(3), 1, "a"], "0.weight: a tensor of shape (3,)"),
        (3, "3 is no vector: give a tensor or list of 22 numbers, or tensors as a list or"),
        ({"2.bias": "a"}, "2.bias: 'a' is no tensor"),
        ([torch.zeros(3)], "1 tensor for 3 parameters: 0.weight, 2.weight, 2.bias"),
        ({"2.bias": torch.zeros(3)}, "2.bias: a tensor of shape (3,), but the parameter has (2,)"),
        ({"2.bais": torch.zeros(2)}, "'2.bais': did you mean 2.bias?"),
        ({"0.bias": torch.zeros(4)}, "0.bias is frozen (requires_grad=False)"),
    ]:
        with pytest.raises(PointError, match=re.escape(sentence)):
            p.flatten(vector)  # type: ignore[arg-type]


def test_the_first_entry_that_is_not_finite() -> None:
    p = stt.Parameters.of(mlp())
    flat = torch.zeros(26, dtype=torch.float64)
    assert p.first_not_finite(p.unflatten(flat)) is None
    flat[17] = torch.inf
    assert p.first_not_finite(p.unflatten(flat)) == ("2.weight", (0, 1))
