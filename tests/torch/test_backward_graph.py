"""The graph of loss.backward(): torch's own numbers, laid open."""

from __future__ import annotations

import json
import math

import pytest
import torch
from torch import nn

import steepest.torch as stt
from steepest.errors import LossError
from steepest.explain.graph import computational_graph
from steepest.functions.formula import Formula


def numbers(tensor: torch.Tensor | None) -> torch.Tensor:
    assert tensor is not None
    return tensor


def scalar(value: float) -> torch.Tensor:
    return torch.tensor(value, dtype=torch.float64, requires_grad=True)


def test_values_adjoints_and_local_derivatives_of_a_formula() -> None:
    x, y = scalar(1.0), scalar(2.0)
    g = stt.backward_graph(lambda: x**2 * y + torch.sin(x * y), {"x": x, "y": y})
    assert g.gradients == {"x": pytest.approx(4 + 2 * math.cos(2)), "y": pytest.approx(
        1 + math.cos(2))}  # fmt: skip
    named = {n.label: n for n in g.nodes}
    square, product = named["pow(x, 2)"], named["mul(x, y)"]
    assert (float(numbers(square.value)), square.local, float(numbers(square.adjoint))) == (
        1.0,
        (2.0,),
        2.0,
    )
    assert product.local == (2.0, 1.0) and float(numbers(product.value)) == 2.0
    # x is used twice: what flows back adds up.
    assert len(named["x"].flows) == 2 and g.agrees
    assert x.grad is None and y.grad is None


def test_it_agrees_with_the_graph_of_the_same_formula() -> None:
    x, y = scalar(0.7), scalar(-0.4)
    ours = computational_graph(Formula("exp(x*y)/(1 + x^2) + tanh(y)"), (0.7, -0.4))
    theirs = stt.backward_graph(
        lambda: torch.exp(x * y) / (1 + x**2) + torch.tanh(y), {"x": x, "y": y}
    )
    assert [float(v) for v in theirs.gradients.values()] == pytest.approx(ours.gradient.tolist())
    assert float(numbers(theirs.nodes[theirs.output].value)) == pytest.approx(ours.values[0])


def test_a_network_by_the_names_of_its_parameters() -> None:
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(4, 3), nn.Tanh(), nn.Linear(3, 2))
    x, y = torch.randn(5, 4), torch.tensor([0, 1, 1, 0, 1])
    g = stt.backward_graph(lambda: nn.functional.cross_entropy(net(x), y), net)
    assert set(g.gradients) == {"0.weight", "0.bias", "2.weight", "2.bias"}
    nn.functional.cross_entropy(net(x), y).backward()
    for name, p in net.named_parameters():
        torch.testing.assert_close(g.gradients[name], p.grad)
    tanh = next(n for n in g.nodes if n.op == "tanh")
    torch.testing.assert_close(numbers(tanh.value), torch.tanh(net[0](x)).detach())
    assert g.agrees and "nll_loss" in str(g) and "0.weight" in str(g)


def test_nobodys_gradient_is_touched_and_backward_still_works() -> None:
    w = scalar(3.0)
    w.grad = torch.tensor(7.0, dtype=torch.float64)
    loss = (2 * w - 1) ** 2
    g = stt.backward_graph(loss, {"w": w})
    assert float(w.grad) == 7.0
    loss.backward()
    assert float(numbers(w.grad)) == 7.0 + float(g.gradients["w"]) == 27.0
    # Of a tensor alone, only leaves and the loss have values.
    assert [n.value is None for n in g.nodes] == [False, True, True, False]


def test_a_value_written_over_in_place_is_not_shown() -> None:
    w = torch.ones(3, requires_grad=True)

    def loss() -> torch.Tensor:
        a = w * 2
        a.add_(1)
        return a.sum()

    g = stt.backward_graph(loss, {"w": w})
    assert next(n for n in g.nodes if n.op == "mul").value is None
    assert torch.equal(
        numbers(next(n for n in g.nodes if n.op == "add").value), torch.full((3,), 3.0)
    )


def test_long_graphs_are_folded() -> None:
    torch.manual_seed(0)
    deep = nn.Sequential(*[m for _ in range(40) for m in (nn.Linear(4, 4), nn.Tanh())])
    g = stt.backward_graph(lambda: deep(torch.ones(2, 4)).square().mean(), deep)
    assert len(g.nodes) > 150
    table = str(g).splitlines()
    assert len(table) < 70 and max(map(len, table)) < 160
    assert "operations: " in str(g) and "addmm → tanh" in str(g)


def test_json_is_plain_and_without_nan() -> None:
    w = torch.tensor([1.0, -1.0, 2.0, 0.5, 3.0], requires_grad=True)
    g = stt.backward_graph(lambda: w.log().sum())
    plain = json.loads(json.dumps(g.to_json(), allow_nan=False))
    assert plain["nodes"][0]["name"] == "leaf 1" and plain["nodes"][-1]["value"] is None
    assert plain["nodes"][0]["adjoint"] == {
        "length": pytest.approx(math.sqrt(1 + 1 + 1 / 4 + 4 + 1 / 9))
    }


@pytest.mark.parametrize(
    ("loss", "message"),
    [
        (lambda: torch.ones(3, requires_grad=True) * 2, r"not shape \(3,\): average it first"),
        (lambda: 3.0, "tensor of one number, not float"),
        (lambda: torch.tensor(1.0), "not computed from anything that needs a gradient"),
        (lambda: torch.ones(1, requires_grad=True).detach().sum(), r"look for .detach\(\)"),
    ],
)
def test_what_has_no_graph_is_refused(loss, message: str) -> None:
    with pytest.raises(LossError, match=message):
        stt.backward_graph(loss)
