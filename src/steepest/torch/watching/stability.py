"""From which curvature on an optimizer is unstable.

Near a point the loss is a quadratic with Hessian H. An optimizer whose step is -D m, with a
diagonal D of step sizes and m the gradient or its momentum, walks that quadratic as plain
momentum does the one with the Hessian D^½ H D^½. So the largest eigenvalue of that matrix is
its sharpness, and with the momentum alone it is unstable above

    2(1 + β)/(1 - τ)           v ← βv + (1 - τ)g, step -D v   (τ = 0: heavy ball; τ = β: Adam's)
    (2 + 2β)/(1 + 2β)          with Nesterov's step -D (g + βv)

(Cohen and others, Gradient Descent on Neural Networks Typically Occurs at the Edge of Stability,
2021, and Adaptive Gradient Methods at the Edge of Stability, 2022). In general the rule is for a
D that stands still; Adam's moves, slowly.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import torch
from torch import Tensor
from torch.optim import SGD, Adagrad, Adam, AdamW, Optimizer, RMSprop

from steepest.torch.norms import from_plain, to_plain
from steepest.torch.optimizer import SteepestDescent
from steepest.torch.parameters import Parameters

_PLAIN: Final = "λmax of the Hessian × lr"
_SCALED: Final = "λmax of the Hessian scaled by the step size of each entry"


class Stability(NamedTuple):
    """What sharpness is for an optimizer. `limit` is NaN where none is known, and `text` says why.

    `alike` tells that every entry has the same step size, the learning rate.
    """

    limit: float
    text: str
    alike: bool


def stability(optimizer: Optimizer) -> Stability:
    """The limit of sharpness for the optimizer with its present settings."""
    name = type(optimizer).__name__
    found = [_of_group(optimizer, group) for group in optimizer.param_groups]
    limits = {s.limit for s in found}
    if any(math.isnan(x) for x in limits):
        return found[0] if len(found) == 1 else _unknown(name)
    if len(limits) > 1:
        return _unknown(name, "its groups have different momenta, so there is no one limit")
    rates = {float(group["lr"]) for group in optimizer.param_groups}
    alike = found[0].alike and len(rates) == 1
    return Stability(limits.pop(), _PLAIN if alike else _SCALED, alike)


def step_sizes(optimizer: Optimizer, parameters: Parameters) -> Tensor:
    """D (n,): the step size of each entry for the step that comes next, from its gradient.

    All one where the optimizer has no limit.
    """
    groups = {id(p): group for group in optimizer.param_groups for p in group["params"]}
    known = not math.isnan(stability(optimizer).limit)
    parts = []
    for p in parameters.tensors:
        group = groups[id(p)]
        size: Tensor | float = 1.0
        if known:
            size = float(group["lr"]) * _inverse_scale(optimizer, group, p)
        parts.append(torch.as_tensor(size, device=p.device).expand(p.shape))
    return parameters.flatten(parts)


def decay(optimizer: Optimizer, parameters: Parameters) -> Tensor | None:
    """The weight decay (n,) that is part of the gradient, or None: it adds to the Hessian."""
    if not isinstance(optimizer, SGD | Adam | RMSprop | Adagrad | SteepestDescent):
        return None
    groups = {id(p): group for group in optimizer.param_groups for p in group["params"]}
    amounts = [_coupled_decay(optimizer, groups[id(p)]) for p in parameters.tensors]
    if not any(amounts):
        return None
    return parameters.flatten(
        [
            torch.full(p.shape, a, dtype=parameters.dtype, device=p.device)
            for a, p in zip(amounts, parameters.tensors, strict=True)
        ]
    )


def _of_group(optimizer: Optimizer, group: Mapping[str, Any]) -> Stability:
    name = type(optimizer).__name__
    if group.get("maximize"):
        return _unknown(name, "it walks up")
    if isinstance(optimizer, SteepestDescent) and not _is_plain(group):
        return _unknown(name, "its steps have a length of their own, whatever the curvature")
    if isinstance(optimizer, SGD | SteepestDescent):
        beta, tau = float(group["momentum"]), float(group["dampening"])
        if group["nesterov"]:
            return Stability((2 + 2 * beta) / (1 + 2 * beta), _PLAIN, True)
        # The first step takes the whole gradient; from then on dampening holds.
        return Stability(2 * (1 + beta) / (1 - tau if beta else 1), _PLAIN, True)
    if isinstance(optimizer, Adam | AdamW):
        beta = float(group["betas"][0])
        return Stability(2 * (1 + beta) / (1 - beta), _SCALED, False)
    if isinstance(optimizer, RMSprop):
        return Stability(2 * (1 + float(group["momentum"])), _SCALED, False)
    if isinstance(optimizer, Adagrad):
        return Stability(2.0, _SCALED, False)
    return _unknown(name)


def _unknown(name: str, why: str = "no limit is known for it") -> Stability:
    return Stability(math.nan, f"λmax × lr has no limit for {name}: {why}", False)


def _is_plain(group: Mapping[str, Any]) -> bool:
    """Whether the direction is the gradient itself: ℓ2 of all entries, not normalized."""
    return not group["normalized"] and to_plain(from_plain(group["norm"])) == to_plain(
        from_plain(None)
    )


def _coupled_decay(optimizer: Optimizer, group: Mapping[str, Any]) -> float:
    decoupled = group.get("decoupled_weight_decay", isinstance(optimizer, AdamW))
    return 0.0 if decoupled else float(group.get("weight_decay", 0.0))


def _inverse_scale(optimizer: Optimizer, group: Mapping[str, Any], p: Tensor) -> Tensor | float:
    """The step size of each entry over the learning rate."""
    state = optimizer.state.get(p, {})
    if isinstance(optimizer, SGD | SteepestDescent):
        return 1.0
    gradient = torch.zeros_like(p) if p.grad is None else p.grad
    gradient = gradient.to_dense() if gradient.layout is not torch.strided else gradient
    gradient = gradient + _coupled_decay(optimizer, group) * p.detach()
    square = gradient.square()
    step = float(state.get("step", 0.0)) + 1
    if isinstance(optimizer, Adam | AdamW):
        first, second = (float(b) for b in group["betas"])
        mean = second * state.get("exp_avg_sq", 0.0) + (1 - second) * square
        if group["amsgrad"]:
            mean = torch.maximum(mean, state.get("max_exp_avg_sq", torch.zeros_like(p)))
        root = (mean / (1 - second**step)).sqrt() + float(group["eps"])
        return 1.0 / (root * (1 - first**step))
    if isinstance(optimizer, RMSprop):
        kept = float(group["alpha"])
        mean = kept * state.get("square_avg", 0.0) + (1 - kept) * square
        if group["centered"]:
            average = kept * state.get("grad_avg", 0.0) + (1 - kept) * gradient
            mean = mean - average.square()
        return 1.0 / (mean.clamp(min=0).sqrt() + float(group["eps"]))
    assert isinstance(optimizer, Adagrad)
    total = state["sum"] + square
    shrunk = 1 + (step - 1) * float(group["lr_decay"])
    return 1.0 / ((total.sqrt() + float(group["eps"])) * shrunk)
