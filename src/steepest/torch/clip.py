"""Gradient clipping: gradients longer than a limit are shortened, their direction stays."""

from __future__ import annotations

import math
import types
import warnings
from collections.abc import Iterable
from typing import Any, Final, Literal, NamedTuple, TypeAlias

import torch
from torch import Tensor, nn

from steepest.errors import NonfiniteGradientError, ParameterError
from steepest.torch.lengths import has_double, lengths, total_length
from steepest.torch.named_tensors import listed
from steepest.torch.norms import NormLike, as_tensor_norm
from steepest.torch.scaling import multiply_

OnNonfinite: TypeAlias = Literal["scale", "leave", "error"]
Clippable: TypeAlias = "Tensor | nn.Module | Iterable[Tensor] | Iterable[tuple[str, Tensor]]"

_CHOICES: Final = ("scale", "leave", "error")


class _Facts(NamedTuple):
    length: float
    factor: float
    max_norm: float
    names: tuple[str, ...]
    parts: tuple[float, ...]
    nonfinite: tuple[str, ...]


class ClippedNorm(Tensor):
    """What `clip_grad_norm_` returns: the norm before clipping, and what was done.

    It is a 0-d float64 tensor on the device of the first gradient (float32 where a device has no
    float64), so it works wherever the return of PyTorch's function does, and whatever is computed
    from it is an ordinary tensor. What it tells besides costs no wait for the device.
    """

    # A property each, and not attributes: older releases of PyTorch have a `names` of their own.
    _facts: _Facts

    # Results of arithmetic are ordinary tensors: they were not clipped.
    __torch_function__ = torch._C._disabled_torch_function_impl  # type: ignore[assignment]

    @property
    def length(self) -> float:
        """The norm before clipping, as a number."""
        return self._facts.length

    @property
    def factor(self) -> float:
        """What the gradients were multiplied by; exactly 1.0 if they were left alone."""
        return self._facts.factor

    @property
    def max_norm(self) -> float:
        """The limit."""
        return self._facts.max_norm

    @property
    def names(self) -> tuple[str, ...]:
        """The parameters that have a gradient."""
        return self._facts.names

    @property
    def parts(self) -> tuple[float, ...]:
        """The norm of the gradient of each of these parameters alone."""
        return self._facts.parts

    @property
    def nonfinite(self) -> tuple[str, ...]:
        """The parameters whose gradients hold NaN or infinity."""
        return self._facts.nonfinite

    @property
    def clipped(self) -> bool:
        """Whether the gradients were changed."""
        return self.factor != 1.0

    @property
    def sentence(self) -> str:
        """What was done, in words."""
        size = f"gradient norm {self.length:.6g}"
        if self.nonfinite and not self.clipped:
            return f"{size}: {listed(self.nonfinite)} not finite, gradients left untouched"
        if self.nonfinite:
            return f"{size}: {listed(self.nonfinite)} not finite, gradients are of no use now"
        if self.clipped:
            return f"{size}, shortened to {self.max_norm:g} (factor {self.factor:.3g})"
        return f"{size}, within {self.max_norm:g}: left alone"

    def __repr__(self, *, tensor_contents: object = None) -> str:
        return f"ClippedNorm({float(self)!r}: {self.sentence})"

    # A plain tensor's copying and pickling know nothing of what was done.
    def __reduce_ex__(self, protocol: object) -> tuple[Any, ...]:
        return _clipped_norm, (self._facts, self.device)

    def __deepcopy__(self, memo: object) -> ClippedNorm:
        return _clipped_norm(self._facts, self.device)

    def __format__(self, form: str) -> str:
        return format(float(self), form) if form else repr(self)


def _clipped_norm(facts: _Facts, device: torch.device) -> ClippedNorm:
    # Filled on the device: a copy from the host would wait for it.
    dtype = torch.float64 if has_double(device) else torch.float32
    plain = torch.full((), facts.length, dtype=dtype, device=device)
    result = plain.as_subclass(ClippedNorm)
    result._facts = facts
    return result


@torch.no_grad()
def clip_grad_norm_(
    parameters: Clippable,
    max_norm: float,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
    foreach: bool | None = None,
    *,
    norm: NormLike = None,
    on_nonfinite: OnNonfinite = "scale",
) -> ClippedNorm:
    """Shorten the gradients of `parameters` together to a norm of at most `max_norm`, in place.

    Takes the place of `torch.nn.utils.clip_grad_norm_`, with the same arguments. A gradient
    longer than max_norm is multiplied by max_norm/norm (PyTorch: by max_norm/(norm + 1e-6)).

    Args:
        parameters: tensors, (name, tensor) pairs such as `model.named_parameters()`, one tensor,
            or a module. One that is listed twice counts once; without a gradient it is left out.
        max_norm: the limit, not negative.
        norm_type: p of the p-norm of all entries; math.inf for the largest.
        error_if_nonfinite: the same as on_nonfinite="error".
        foreach: False multiplies one tensor after the other.
        norm: a norm for steps, as `SteepestDescent` takes it, instead of norm_type. The gradient
            is measured in its dual: that is the largest slope over steps of length one.
        on_nonfinite: what happens if a gradient holds NaN or infinity. "scale" multiplies by
            max_norm/norm all the same, as PyTorch does: NaN and zeros come out. "leave" changes
            nothing and names the parameters in the result. "error" raises.

    Returns:
        The norm before clipping, a tensor that also tells what was done.

    Raises:
        ParameterError: max_norm is negative or NaN, or an argument is none of those above.
        NonfiniteGradientError: as asked by `error_if_nonfinite` or `on_nonfinite`; the
            gradients are untouched.

    The host waits for the device once; in the norms "spectral" and "rows" once for each parameter.
    """
    limit = _limit(max_norm)
    if on_nonfinite not in _CHOICES:
        raise ParameterError(
            f"on_nonfinite={on_nonfinite!r}: give one of {', '.join(map(repr, _CHOICES))}"
        )
    names, gradients = _gradients(parameters)
    if norm is None:
        order = _order(norm_type)
        parts = lengths(gradients, order)
        size = total_length(parts, order)
    else:
        if norm_type != 2.0:
            raise ParameterError(
                f"norm_type={norm_type!r} and norm={norm!r} are two answers to one question:"
                " give one of them"
            )
        parts, size = as_tensor_norm(norm).dual_with_parts(gradients)
    if math.isfinite(size):
        factor = limit / size if size > limit else 1.0
        return _done(gradients, foreach, _Facts(size, factor, limit, names, tuple(parts), ()))
    nonfinite = tuple(n for n, p in zip(names, parts, strict=True) if not math.isfinite(p))
    if error_if_nonfinite or on_nonfinite == "error":
        raise NonfiniteGradientError(
            f"the gradient of {listed(nonfinite)} is not finite, so it cannot be clipped; the"
            " gradients were left untouched. Look for what overflowed (a too large learning rate,"
            ' log or division of 0, a half precision loss scale), or skip the step: on_nonfinite="'
            'leave"',
            nonfinite,
        )
    factor = 1.0 if on_nonfinite == "leave" else math.nan if math.isnan(size) else 0.0
    facts = _Facts(size, factor, limit, names, tuple(parts), nonfinite)
    return _done(gradients, foreach, facts)


def _done(gradients: list[Tensor], foreach: bool | None, facts: _Facts) -> ClippedNorm:
    if facts.factor != 1.0:
        multiply_(gradients, facts.factor, foreach)
    return _clipped_norm(facts, gradients[0].device if gradients else torch.device("cpu"))


def _gradients(parameters: Clippable) -> tuple[tuple[str, ...], list[Tensor]]:
    """The names of the distinct parameters that have a gradient, and the gradients."""
    if isinstance(parameters, Tensor):
        given: list[Any] = [parameters]
    elif isinstance(parameters, nn.Module):
        given = list(parameters.named_parameters())
    else:
        if not isinstance(parameters, Iterable):
            raise ParameterError(
                f"parameters={parameters!r:.60}: give tensors, (name, tensor) pairs or a module"
            )
        given = list(parameters)
        if not given and isinstance(parameters, types.GeneratorType):
            warnings.warn(
                "`parameters` is an empty generator: was it used up before? Nothing is clipped",
                stacklevel=4,
            )
    names: list[str] = []
    gradients: list[Tensor] = []
    seen: set[int] = set()
    for k, entry in enumerate(given):
        name, tensor = entry if isinstance(entry, tuple) else (None, entry)
        if not isinstance(tensor, Tensor):
            raise ParameterError(
                f"parameters holds {tensor!r} at place {k}: give tensors, (name, tensor) pairs"
                " or a module"
            )
        gradient = tensor.grad
        if gradient is None or id(tensor) in seen:
            continue
        seen.add(id(tensor))
        if gradient.is_meta:
            raise ParameterError(
                f"the gradient of {name or f'parameter {k}'} is on the meta device and has no"
                " values: load the model first"
            )
        names.append(name or f"parameter {k}")
        gradients.append(gradient)
    return tuple(names), gradients


def _limit(max_norm: float) -> float:
    try:
        limit = float(max_norm)
    except (TypeError, ValueError):
        raise ParameterError(f"max_norm={max_norm!r}: give a number of at least 0") from None
    if math.isnan(limit) or limit < 0:
        raise ParameterError(
            f"max_norm={max_norm!r}: a limit on a length is a number of at least 0; math.inf"
            " measures without clipping"
        )
    return limit


def _order(norm_type: float) -> float:
    try:
        order = float(norm_type)
    except (TypeError, ValueError):
        order = math.nan
    if math.isnan(order):
        raise ParameterError(
            f"norm_type={norm_type!r}: give the p of a p-norm, math.inf for the largest entry;"
            " norms of steepest are given as norm="
        )
    return order
