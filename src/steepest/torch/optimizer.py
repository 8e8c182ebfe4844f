"""Steepest descent in a norm, as one PyTorch optimizer: SGD, sign descent, Muon and their kin."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any, TypeAlias, overload

import torch
from torch import Tensor, nn
from torch.optim.optimizer import Optimizer

from steepest.errors import NonfiniteGradientError, ParameterError
from steepest.torch.lengths import lengths
from steepest.torch.named_tensors import listed
from steepest.torch.norms import NormLike, PerLayer, from_plain, to_plain
from steepest.torch.walk import Options, gradient_step, norm_step

Trainable: TypeAlias = "Iterable[Tensor] | Iterable[dict[str, Any]] | Iterable[tuple[str, Tensor]]"
Number: TypeAlias = "float | Tensor"


class SteepestDescent(Optimizer):
    """θ ← θ − lr·direction, the direction steepest in a norm.

    With the default norm, ℓ2 of all entries, the direction is the gradient itself (or its
    momentum): `torch.optim.SGD`, bit for bit. In every other norm, and with normalized=True, it is
    the steepest direction, a step of length one in the norm: the sign of each entry for "linf",
    G/‖G‖ for ℓ2 with normalized=True, UVᵀ of each weight matrix for "spectral", which is
    `torch.optim.Muon`. Each parameter group is measured by itself.

    Args:
        params: tensors, (name, tensor) pairs, or groups as dicts with options of their own.
        lr: the step size η, a number or a tensor with one entry.
        norm: "l2", "l1", "linf", "spectral", "rows", st.L1(), st.L2(), st.LInf(), `Spectral(…)`,
            `Rows()` or `PerLayer(…)`.
        normalized: True walks steps of length one. False multiplies them by the dual norm of the
            gradient, so that they shorten near a minimum. None: False in ℓ2, True elsewhere.
        momentum: μ. Of the gradient itself as in SGD, v ← μv + (1 − dampening)g; of a normalized
            step, whose length does not depend on that of v, as in Muon, v ← μv + (1 − μ)g.
        dampening: for the gradient itself only.
        nesterov: looks ahead, as in SGD and Muon.
        weight_decay: λ.
        decoupled_weight_decay: True shrinks the parameters by 1 − lr·λ, False adds λθ to the
            gradient. None: False for the gradient itself (SGD), True for normalized steps (Muon).
        maximize: walks up.
        foreach: computes with lists of tensors; None decides as PyTorch does.
        fused: SGD's kernel that does all at once; for the gradient itself only. In half
            precision on processors it is not used with momentum, which PyTorch 2.13 loses there.
        check_finite: whether a gradient with NaN or infinity is refused before anything is
            changed. None: yes, except for the gradient itself, where it would cost a pass.

    Raises:
        ParameterError: an option makes no sense; also a ValueError, as in PyTorch.
        NonfiniteGradientError: in `step`, with the names of the parameters; nothing is changed.

    `state_dict` holds plain values and tensors only, so weights_only loading takes it. It takes
    over checkpoints of SGD and Muon.
    """

    def __init__(
        self,
        params: Trainable,
        lr: Number = 1e-3,
        *,
        norm: NormLike = None,
        normalized: bool | None = None,
        momentum: float = 0.0,
        dampening: float = 0.0,
        nesterov: bool = False,
        weight_decay: Number = 0.0,
        decoupled_weight_decay: bool | None = None,
        maximize: bool = False,
        foreach: bool | None = None,
        fused: bool | None = None,
        check_finite: bool | None = None,
    ) -> None:
        defaults: dict[str, Any] = {
            "lr": lr,
            "norm": to_plain(from_plain(norm)),
            "normalized": normalized,
            "momentum": momentum,
            "dampening": dampening,
            "nesterov": nesterov,
            "weight_decay": weight_decay,
            "decoupled_weight_decay": decoupled_weight_decay,
            "maximize": maximize,
            "foreach": foreach,
            "fused": fused,
            "check_finite": check_finite,
        }
        _check(defaults)
        if isinstance(params, torch.nn.Module):
            raise ParameterError(
                f"params is a {type(params).__name__}: give its parameters, as"
                " model.named_parameters()"
            )
        # Norms made from their plain form, with what they were made from; no part of the state.
        self._norms: dict[int, tuple[dict[str, Any], PerLayer]] = {}
        super().__init__(params, defaults)

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        self.__dict__.setdefault("_norms", {})
        # A checkpoint of SGD or Muon lacks what only this optimizer has.
        for group in self.param_groups:
            for option, value in self.defaults.items():
                group.setdefault(option, value)

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add parameters with options of their own, `norm` among them."""
        if isinstance(param_group, dict):
            if "norm" in param_group:
                param_group["norm"] = to_plain(from_plain(param_group["norm"]))
            _check({**self.defaults, **param_group})
        super().add_param_group(param_group)

    @overload
    def step(self, closure: None = None) -> None: ...

    @overload
    def step(self, closure: Callable[[], float]) -> float: ...

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:
        """One step. `closure` evaluates the loss anew and returns it.

        Raises NonfiniteGradientError with the parameters' names if a gradient holds NaN or
        infinity; then no parameter and no momentum of any group was changed.
        """
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        work = [self._prepared(k, group) for k, group in enumerate(self.param_groups)]
        for options, parameters, gradients, sizes in work:
            if not parameters:
                continue
            # Without momentum there is no state: not even an empty one, which would be saved.
            keeps = bool(options.group["momentum"])
            states = [self.state[p] for p in parameters] if keeps else []
            if options.plain:
                gradient_step(parameters, gradients, states, options)
            else:
                norm_step(parameters, gradients, states, sizes, options)
        return loss

    def norm_of(self, group: dict[str, Any]) -> PerLayer:
        """The norm in which a parameter group is walked."""
        plain = group["norm"]
        if not isinstance(plain, dict):
            return from_plain(plain)
        kept, norm = self._norms.get(id(plain), (None, None))
        if norm is None or kept != plain:
            norm = from_plain(plain)
            self._norms[id(plain)] = (dict(plain), norm)
        return norm

    def _prepared(
        self, index: int, group: dict[str, Any]
    ) -> tuple[Options, list[Tensor], list[Tensor], list[float] | None]:
        """What a group's step needs: with the lengths of the gradients, if they are checked."""
        options = Options(group, self.norm_of(group))
        pairs = [(p, p.grad) for p in group["params"]]
        parameters = [p for p, gradient in pairs if gradient is not None]
        gradients = [gradient for _, gradient in pairs if gradient is not None]
        if any(gradient.is_meta for gradient in gradients):
            k = next(k for k, (_, g) in enumerate(pairs) if g is not None and g.is_meta)
            raise ParameterError(
                f"{_name(group, index, k)} is on the meta device and has no values: load the model"
                " first, and make the optimizer then"
            )
        if not options.check_finite:
            return options, parameters, gradients, None
        sizes = lengths(gradients)
        if not all(map(math.isfinite, sizes)):
            places = [k for k, (_, gradient) in enumerate(pairs) if gradient is not None]
            broken = [k for k, size in zip(places, sizes, strict=True) if not math.isfinite(size)]
            names = tuple(_name(group, index, k) for k in broken)
            raise NonfiniteGradientError(
                f"the gradient of {listed(names)} is not finite; no parameter was changed. Look for"
                " what overflowed (a too large lr, log or division of 0, a loss scale in half"
                " precision), or skip this step: zero_grad() and go on",
                names,
            )
        return options, parameters, gradients, sizes


def parameter_groups(
    model: nn.Module, norm: NormLike = "spectral", embeddings: NormLike = "rows"
) -> list[dict[str, Any]]:
    """Parameter groups for `SteepestDescent`: the weights of embeddings apart, in their norm.

    The weights of nn.Embedding and nn.EmbeddingBag get the norm `embeddings`, all others `norm`.
    Frozen parameters are left out, tied ones come once: with the embedding. Raises ParameterError
    if nothing is left.
    """
    tables = {
        id(module.weight)
        for module in model.modules()
        if isinstance(module, nn.Embedding | nn.EmbeddingBag)
    }
    named = [(name, p) for name, p in model.named_parameters() if p.requires_grad]
    if not named:
        raise ParameterError(f"{type(model).__name__} has no parameters that require a gradient")
    groups: list[dict[str, Any]] = [
        {"params": [entry for entry in named if id(entry[1]) not in tables], "norm": norm},
        {"params": [entry for entry in named if id(entry[1]) in tables], "norm": embeddings},
    ]
    return [group for group in groups if group["params"]]


def _check(options: dict[str, Any]) -> None:
    """Refuse options that make no sense, in the words that PyTorch's optimizers use."""
    lr = options["lr"]
    if isinstance(lr, Tensor) and lr.numel() != 1:
        raise ParameterError(f"Tensor lr must be 1-element, not of shape {tuple(lr.shape)}")
    words = {"lr": "learning rate", "momentum": "momentum value"}
    for option in ("lr", "momentum", "weight_decay"):
        if not _is_number(options[option]) or not float(options[option]) >= 0.0:
            what = words.get(option, f"{option} value")
            raise ParameterError(f"Invalid {what}: {options[option]}; give a number of at least 0")
    if not _is_number(options["dampening"]):
        raise ParameterError(f"Invalid dampening value: {options['dampening']}; give a number")
    if options["nesterov"] and (options["momentum"] <= 0 or options["dampening"] != 0):
        raise ParameterError("Nesterov momentum requires a momentum and zero dampening")
    found = Options(options, from_plain(options["norm"]))
    if found.plain:
        if options["fused"] and options["foreach"]:
            raise ParameterError("`fused` and `foreach` cannot be `True` together.")
        return
    if options["fused"]:
        raise ParameterError(
            f"fused=True is for the gradient itself, not for steps in the norm {found.norm.name};"
            " leave it out"
        )
    if found.normalized and options["dampening"]:
        raise ParameterError(
            f"dampening={options['dampening']} only rescales the momentum, and the length of a"
            " normalized step does not depend on that: leave it out"
        )
    if found.normalized and options["momentum"] > 1:
        raise ParameterError(
            f"momentum={options['momentum']}: the average that a normalized step follows needs a"
            " number from 0 to 1"
        )


def _is_number(value: Any) -> bool:
    if isinstance(value, Tensor):
        return value.numel() == 1 and not value.is_complex()
    return isinstance(value, int | float)


def _name(group: dict[str, Any], index: int, k: int) -> str:
    if "param_names" in group:
        return group["param_names"][k]
    return f"parameter {k} of group {index}, shape {tuple(group['params'][k].shape)}"
