"""Why a loss cannot be asked, in a sentence that names the thing and the remedy."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from steepest.errors import LossError
from steepest.torch.data import Batch, first_not_finite, rows, tensors_in
from steepest.torch.named_tensors import counted, listed
from steepest.torch.parameters import Parameters


def checked_loss(loss: object, batch: Batch) -> Tensor:
    """`loss` as a tensor of shape (), or LossError."""
    if not isinstance(loss, Tensor):
        raise LossError(
            f"the loss of {batch.name} is a {type(loss).__name__}, not a tensor: return the tensor"
            " itself, without .item()"
        )
    if loss.numel() != 1:
        raise LossError(
            f"the loss of {batch.name} has shape {tuple(loss.shape)}, but a scalar function has one"
            " number as its value: average it, with .mean() or reduction='mean'"
        )
    if loss.is_complex():
        raise LossError(f"the loss of {batch.name} is complex: take its real part or its abs()")
    return loss if loss.dim() == 0 else loss.reshape(())


def misfit(model: nn.Module, batch: object, has_loss: bool) -> str | None:
    """Why a model or loss raised a TypeError for a batch, if that is plain; else None."""
    named = {str(k): part for k, part in batch.items()} if isinstance(batch, Mapping) else None
    given = [] if named is not None else _parts(batch)
    places = {f"[{k}]": part for k, part in enumerate(given)} if named is None else named
    for place, part in places.items():
        if isinstance(part, np.ndarray):
            return (
                f"{place} of a batch is a numpy array, which the model or the loss does not take:"
                " give tensors, as torch.from_numpy makes them"
            )
    try:
        signature = inspect.signature(model.forward)
    except (TypeError, ValueError):
        return None
    given = given[:-1] if has_loss else given
    try:
        signature.bind(*given, **(named or {}))
    except TypeError as error:
        taken = f"{type(model).__name__} takes ({', '.join(signature.parameters)}): {error}"
    else:
        return None
    if named is not None:
        return (
            f"a batch with the names {listed([*named])} goes to the model by name, and"
            f" {taken}; give compute=lambda model, batch: …"
        )
    if has_loss:
        return (
            f"all of a batch but the target, {counted(len(given), 'tensor')}, goes to the model,"
            f" and {taken}; give compute=lambda model, batch: …"
        )
    return (
        f"without a loss function all of a batch, {counted(len(given), 'tensor')}, goes to the"
        f" model, and {taken}; give a loss function as the third argument, such as"
        " torch.nn.functional.cross_entropy, or compute=lambda model, batch: …"
    )


def refused(model: nn.Module, batch: object, error: Exception) -> str:
    """What the model or the loss said to a batch, with the kinds and shapes of its tensors."""
    said = str(error).strip().splitlines() or [type(error).__name__]
    given = ", ".join(
        f"{path or 'a tensor'} {_kind(t)} {tuple(t.shape)}" for path, t in tensors_in(batch)
    )
    own = next((p for p in model.parameters() if p.is_floating_point()), None)
    hint = ""
    if own is not None and not torch.is_autocast_enabled(own.device.type):
        numbers = [t for _, t in tensors_in(batch) if t.is_floating_point()]
        if any(t.dtype != own.dtype for t in numbers):
            hint = f"; convert with .to(torch.{_kind(own)})"
    precision = "" if own is None else f"; the parameters are {_kind(own)}"
    sentence = said[0].rstrip(".")
    return f"the model or the loss refuses a batch: {sentence}. It is {given}{precision}{hint}"


def _kind(tensor: Tensor) -> str:
    return str(tensor.dtype).removeprefix("torch.")


def _parts(batch: Any) -> list[Any]:
    return [batch] if isinstance(batch, Tensor | np.ndarray) else list(batch)


def require_dependence(loss: Tensor, batch: Batch, parameters: Parameters) -> None:
    """LossError if nothing that needs a gradient went into the loss."""
    if not loss.requires_grad:
        raise LossError(
            f"the loss of {batch.name} does not depend on the parameters"
            f" ({listed(parameters.names)}): look for .detach(), .item(), argmax or"
            " torch.no_grad() between them and the loss"
        )


def require_some_gradient(
    gradients: Sequence[Tensor | None], batch: Batch, parameters: Parameters
) -> None:
    """LossError if none of the parameters that were asked about had a part in the loss."""
    if all(g is None for g in gradients):
        raise LossError(
            f"the loss of {batch.name} does not depend on any of the parameters asked about"
            f" ({listed(parameters.names)}): does the model use them, and are they the"
            " tensors that it holds now?"
        )


def require_finite(
    value: Tensor, gradient: Tensor | None, batch: Batch, parameters: Parameters
) -> None:
    """LossError if a loss or its gradient (n,) is not finite; it names what is to blame."""
    whole = bool(torch.isfinite(value))
    if whole and (gradient is None or bool(torch.isfinite(gradient).all())):
        return
    what = f"the loss of {batch.name} is {value.item():g}"
    if whole and gradient is not None:
        name, place = parameters.first_not_finite(parameters.unflatten(gradient)) or ("", ())
        what = f"the gradient of the loss of {batch.name} is not finite at {name}{list(place)}"
    if rows(batch.content) == 0:
        raise LossError(f"{what}: {batch.name} has no rows, so there is no mean; leave it out")
    in_data = first_not_finite(batch.content)
    if in_data is not None:
        raise LossError(
            f"{what}; the data is to blame: {batch.name}{in_data}. Remove or replace that entry"
        )
    bad = parameters.first_not_finite([t.detach() for t in parameters.tensors])
    if bad is not None:
        raise LossError(
            f"{what}; parameter {bad[0]}{list(bad[1])} is not finite. Go back to the last"
            " parameters that were"
        )
    raise LossError(
        f"{what}, though data and parameters are finite: something overflows or divides by zero"
        " on the way (half precision, log(0), sqrt'(0)); torch.autograd.set_detect_anomaly(True)"
        " finds where"
    )


def require_twice_differentiable(gradients: Sequence[Tensor | None]) -> None:
    """LossError if the graph of a gradient passes through a function marked once_differentiable.

    torch itself is silent: it puts a node there that leads nowhere, so second derivatives
    through it would come out as zero.
    """
    if any(name.endswith("autograd::Error") for name in _operations(gradients)):
        raise LossError(_no_second("a function in it is marked once_differentiable"))


def require_visible_parameters(loss: Tensor) -> None:
    """LossError for reentrant checkpointing, whose parameters torch.autograd.grad cannot see.

    torch itself is silent: their gradients would come out as zero.
    """
    if "CheckpointFunctionBackward" in _operations([loss]):
        raise LossError(
            "the model checkpoints with use_reentrant=True, which hides the checkpointed parameters"
            " from torch.autograd.grad: give use_reentrant=False (Hugging Face:"
            " gradient_checkpointing_kwargs={'use_reentrant': False})"
        )


def _operations(tensors: Sequence[Tensor | None]) -> set[str]:
    """The names of all operations in the graphs of tensors."""
    waiting: list[Any] = [t.grad_fn for t in tensors if t is not None and t.grad_fn is not None]
    seen = set(waiting)
    names: set[str] = set()
    while waiting:
        node = waiting.pop()
        names.add(node.name())
        for following, _ in node.next_functions:
            if following is not None and following not in seen:
                seen.add(following)
                waiting.append(following)
    return names


def _no_second(why: str) -> str:
    return (
        f"this loss has no second derivatives for torch: {why}. Values, gradients and slopes can be"
        " asked; for curvature write that operation with plain tensor operations"
    )


_TWICE = re.compile(
    r"derivative for '?(?:aten::)?(?P<op>\w+)'? is not implemented"
    r"|not (?:currently )?support double backward"
    r"|once_differentiable"
    r"|Double backwards is not supported"
    r"|incompatible with \.(?:grad|backward)\(\)"
)


@contextmanager
def second_derivatives() -> Iterator[None]:
    """torch's refusals to differentiate a gradient, as LossError with a remedy."""
    try:
        yield
    except RuntimeError as error:
        said = str(error).strip().splitlines()[0]
        if "backward through the graph a second time" in str(error):
            raise LossError(
                "the graph of this loss is used up: whatever computes the loss has called"
                " backward() on it, or gives one that was computed before; let it compute the loss"
                " anew and return it without backward()"
            ) from error
        found = _TWICE.search(str(error))
        if found is None:
            raise
        culprit = f"{found['op']} has none" if found["op"] else said
        raise LossError(_no_second(culprit)) from error
