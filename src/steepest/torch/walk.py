"""One step of a parameter group: momentum, direction, weight decay, and the step itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor
from torch.optim.sgd import sgd

from steepest.errors import ParameterError
from steepest.torch.lengths import lengths
from steepest.torch.norms import PerLayer
from steepest.torch.scaling import multiply_
from steepest.torch.sharded import is_sharded

States = list[dict[str, Any]]


class Options:
    """The options of a parameter group, with None replaced by what it stands for.

    `plain` says that the direction is the gradient itself, so that the step is one of SGD.
    """

    def __init__(self, group: Mapping[str, Any], norm: PerLayer) -> None:
        self.group, self.norm = group, norm
        euclidean = norm.each.name == "l2" and norm.combine == "l2"
        normalized, decoupled = group["normalized"], group["decoupled_weight_decay"]
        self.normalized: bool = not euclidean if normalized is None else normalized
        self.decoupled: bool = self.normalized if decoupled is None else decoupled
        self.plain = euclidean and not self.normalized
        check = group["check_finite"]
        self.check_finite: bool = not self.plain if check is None else check


def gradient_step(
    parameters: list[Tensor], gradients: list[Tensor], states: States, options: Options
) -> None:
    """θ ← θ − lr·(momentum of g): PyTorch's own kernels, so that the bits are those of SGD."""
    group = options.group
    momentum, decay = group["momentum"], group["weight_decay"]
    buffers = [state.get("momentum_buffer") for state in states]
    if decay != 0 and options.decoupled:
        multiply_(parameters, 1.0 - float(group["lr"]) * float(decay), group["foreach"])
        decay = 0.0
    sgd(
        parameters,
        gradients,
        buffers,
        has_sparse_grad=any(g.is_sparse for g in gradients),
        foreach=group["foreach"],
        fused=group["fused"] and not (momentum and any(map(_fused_is_wrong, parameters))),
        weight_decay=decay,
        momentum=momentum,
        lr=group["lr"],
        dampening=group["dampening"],
        nesterov=group["nesterov"],
        maximize=group["maximize"],
    )
    if momentum != 0:
        for state, buffer in zip(states, buffers, strict=True):
            state["momentum_buffer"] = buffer


def norm_step(
    parameters: list[Tensor],
    gradients: list[Tensor],
    states: States,
    sizes: list[float] | None,
    options: Options,
) -> None:
    """θ ← θ − lr·U, U steepest in the norm, times the dual norm if it is not normalized."""
    group = options.group
    lists = _lists(parameters, group["foreach"])
    lr, decay = float(group["lr"]), float(group["weight_decay"])
    update = gradients
    if (group["momentum"] or (decay and not options.decoupled)) and any(map(_sparse, parameters)):
        raise ParameterError(
            "a gradient is sparse: in a normalized step it goes with neither momentum nor"
            " weight_decay that is added to it; make the layer with sparse=False, or give its"
            " weight a group of its own without them"
        )
    if group["maximize"]:
        update = [-g for g in update]
    if decay and not options.decoupled:
        update = [g.add(p, alpha=decay) for g, p in zip(update, parameters, strict=True)]
        sizes = None
    if group["momentum"]:
        update = _averaged(update, states, options, lists)
        sizes = None
    if sizes is None:
        sizes = lengths(update)
    tensors, factors = options.norm.direction(update, sizes)
    if not options.normalized:
        dual = options.norm.dual_with_parts(update)[1]
        factors = [factor * dual for factor in factors]
    if decay and options.decoupled:
        multiply_(parameters, 1.0 - lr * decay, group["foreach"])
    _advance(parameters, tensors, [-lr * factor for factor in factors], lists)


def _averaged(update: list[Tensor], states: States, options: Options, lists: bool) -> list[Tensor]:
    """The momentum with this gradient in it, looking ahead if asked to."""
    momentum, nesterov = options.group["momentum"], options.group["nesterov"]
    first = [k for k, state in enumerate(states) if state.get("momentum_buffer") is None]
    for k in first:
        states[k]["momentum_buffer"] = torch.zeros_like(update[k])
    buffers = [state["momentum_buffer"] for state in states]
    if options.normalized:
        weight = 1.0 - momentum
        if lists:
            torch._foreach_lerp_(buffers, update, weight)  # pyright: ignore[reportPrivateImportUsage]
            if not nesterov:
                return buffers
            return list(torch._foreach_lerp(update, buffers, momentum))  # pyright: ignore[reportPrivateImportUsage]
        for buffer, g in zip(buffers, update, strict=True):
            buffer.lerp_(g, weight)
        if not nesterov:
            return buffers
        return [g.lerp(buffer, momentum) for g, buffer in zip(update, buffers, strict=True)]
    dampening = options.group["dampening"]
    for k, (buffer, g) in enumerate(zip(buffers, update, strict=True)):
        # As in SGD, the first gradient is not dampened.
        buffer.mul_(momentum).add_(g, alpha=1.0 if k in first else 1.0 - dampening)
    if not nesterov:
        return buffers
    return [g.add(buffer, alpha=momentum) for g, buffer in zip(update, buffers, strict=True)]


def _advance(
    parameters: list[Tensor], tensors: list[Tensor], alphas: list[float], lists: bool
) -> None:
    if not lists:
        for p, tensor, alpha in zip(parameters, tensors, alphas, strict=True):
            if alpha:
                p.add_(tensor, alpha=alpha)
        return
    alike: dict[float, list[int]] = {}
    for k, alpha in enumerate(alphas):
        if alpha:
            alike.setdefault(alpha, []).append(k)
    for alpha, places in alike.items():
        moved, by = [parameters[k] for k in places], [tensors[k] for k in places]
        torch._foreach_add_(moved, by, alpha=alpha)  # pyright: ignore[reportPrivateImportUsage]


def _lists(parameters: list[Tensor], foreach: bool | None) -> bool:
    """Whether lists of tensors are computed with at once."""
    if foreach is False or any(is_sharded(p) or _sparse(p) for p in parameters):
        return False
    first = parameters[0]
    return foreach or all(p.device == first.device and p.dtype == first.dtype for p in parameters)


def _fused_is_wrong(parameter: Tensor) -> bool:
    """Whether PyTorch's fused kernel loses the momentum: 2.13's does in half precision on CPUs."""
    half = parameter.dtype in (torch.float16, torch.bfloat16)
    return half and parameter.device.type == "cpu"


def _sparse(parameter: Tensor) -> bool:
    return parameter.grad is not None and parameter.grad.layout is not torch.strided
