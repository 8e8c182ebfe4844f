"""The limits of stability, against the walk itself on a quadratic."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn

import steepest.torch as stt
from steepest.torch.parameters import Parameters
from steepest.torch.watching.stability import stability, step_sizes

PLAIN = {
    "sgd": {},
    "heavy ball": {"momentum": 0.9},
    "dampened": {"momentum": 0.9, "dampening": 0.5},
    "nesterov": {"momentum": 0.8, "nesterov": True},
    "decay": {"weight_decay": 0.5},
}


@pytest.mark.parametrize("make", [torch.optim.SGD, stt.SteepestDescent])
@pytest.mark.parametrize("case", PLAIN)
def test_sgd_walks_stably_below_the_limit_only(case: str, make: type) -> None:
    for factor, stable in ((0.98, True), (1.02, False)):
        p = nn.Parameter(torch.ones(1, dtype=torch.float64))
        optimizer = make([p], lr=0.1, **PLAIN[case])
        limit = stability(optimizer).limit
        curvature = factor * limit / 0.1 - PLAIN[case].get("weight_decay", 0.0)
        for _ in range(600):
            p.grad = curvature * p.detach()
            optimizer.step()
        assert (p.detach().abs().item() < 1) == stable


@pytest.mark.parametrize("make", [torch.optim.Adam, torch.optim.AdamW])
def test_adams_limit_with_a_scale_that_stands_still(make: type) -> None:
    """A huge ε makes Adam's scale constant: then the limit is exact."""
    for factor, stable in ((0.97, True), (1.03, False)):
        p = nn.Parameter(torch.full((1,), 1e-60, dtype=torch.float64))
        optimizer = make([p], lr=0.1, eps=1e6, weight_decay=0.0)
        curvature = factor * stability(optimizer).limit / 0.1 * 1e6
        sizes = []
        for _ in range(160):
            p.grad = curvature * p.detach()
            optimizer.step()
            sizes.append(p.detach().abs().item())
        # The first steps are longer: Adam takes its young averages for old ones.
        assert (max(sizes[150:]) < max(sizes[100:110])) == stable


MAKES = {
    "sgd": lambda p: torch.optim.SGD(p, 0.1),
    "adam": lambda p: torch.optim.Adam(p, 0.1, betas=(0.0, 0.9)),
    "adam with decay": lambda p: torch.optim.Adam(p, 0.1, betas=(0.0, 0.9), weight_decay=0.3),
    "amsgrad": lambda p: torch.optim.Adam(p, 0.1, betas=(0.0, 0.9), amsgrad=True),
    "rmsprop": lambda p: torch.optim.RMSprop(p, 0.1),
    "centered": lambda p: torch.optim.RMSprop(p, 0.1, centered=True),
    "adagrad": lambda p: torch.optim.Adagrad(p, 0.1, lr_decay=0.2),
}


@pytest.mark.parametrize("kind", MAKES)
def test_step_sizes_are_those_of_the_step_that_comes(kind: str) -> None:
    """Without momentum a step is -D g, with the g that weight decay is added to."""
    torch.manual_seed(0)
    p = nn.Parameter(torch.randn(6, dtype=torch.float64))
    optimizer = MAKES[kind]([p])
    parameters = Parameters.of([p])
    decay = 0.3 if "decay" in kind else 0.0
    for _ in range(4):
        p.grad = torch.randn(6, dtype=torch.float64)
        sizes, before = step_sizes(optimizer, parameters), p.detach().clone()
        g = p.grad + decay * before
        optimizer.step()
        assert torch.allclose(p.detach() - before, -sizes * g, rtol=1e-9)


def test_where_there_is_no_limit_it_is_said() -> None:
    p = nn.Parameter(torch.ones(2, 2))
    for optimizer, why in (
        (stt.SteepestDescent([p], 0.1, norm="linf"), "length of their own"),
        (torch.optim.NAdam([p]), "no limit is known"),
        (torch.optim.SGD([p], 0.1, maximize=True), "walks up"),
        (torch.optim.SGD([{"params": [p], "momentum": 0.5},
                          {"params": [nn.Parameter(torch.ones(1))]}], 0.1), "different momenta"),
    ):  # fmt: skip
        found = stability(optimizer)
        assert math.isnan(found.limit) and why in found.text


def test_groups_with_rates_of_their_own_scale_the_hessian() -> None:
    a, b = nn.Parameter(torch.ones(2)), nn.Parameter(torch.ones(1))
    optimizer = torch.optim.SGD([{"params": [a], "lr": 0.5}, {"params": [b]}], 0.1)
    assert stability(optimizer).limit == 2 and not stability(optimizer).alike
    assert step_sizes(optimizer, Parameters.of([a, b])).tolist() == pytest.approx([0.5, 0.5, 0.1])
