"""A Python function of tensors as a scalar function."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from steepest.errors import ParameterError, PointError
from steepest.torch.data import Data
from steepest.torch.local_model import LocalModel
from steepest.torch.named_tensors import counted
from steepest.torch.objective import Objective
from steepest.torch.parameters import Parameters


class Function:
    """A function of tensors whose value is one number.

    ```
    f = stt.Function(lambda x, y: x**2 + 3 * y**2)
    f.at(1.0, 2.0).gradient             # tensor([ 2., 12.], dtype=torch.float64)
    ```

    `names` are the names of the arguments, by default as the function has them. Raises
    ParameterError if they cannot be told.
    """

    def __init__(
        self, function: Callable[..., Tensor], *, names: Sequence[str] | None = None
    ) -> None:
        if not callable(function):
            raise ParameterError(
                f"a {type(function).__name__} cannot be called: give a function of tensors"
            )
        self.function = function
        self.names = tuple(names) if names is not None else _arguments(function)

    def at(self, *point: Any, seed: int = 0) -> LocalModel:
        """The function near a point: one number, array or tensor of any shape an argument.

        Numbers and arrays are taken in double precision, floating tensors in their own. Random
        numbers that the function draws start from `seed` each time. Raises PointError if the
        number of arguments does not fit.
        """
        if self.names and len(point) != len(self.names):
            raise PointError(
                f"{counted(len(point), 'argument')} for the function of"
                f" ({', '.join(self.names)}): give one number, array or tensor for each"
            )
        names = self.names or tuple(f"x{k + 1}" for k in range(len(point)))
        values = [_tensor(name, value) for name, value in zip(names, point, strict=True)]
        parameters = Parameters.of(dict(zip(names, values, strict=True)))
        objective = Objective(
            title=getattr(self.function, "__name__", "function"),
            parameters=parameters,
            data=Data((), lambda _: 1.0, parameters.device),
            evaluate=lambda _: self.function(*values),
            seed=seed,
        )
        return LocalModel(objective, parameters.snapshot())

    def __repr__(self) -> str:
        name = getattr(self.function, "__name__", type(self.function).__name__)
        return f"Function({name}({', '.join(self.names)}))"


def _arguments(function: Callable[..., Tensor]) -> tuple[str, ...]:
    """The names of the positional arguments without default; () if there is a *args."""
    try:
        arguments = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return ()
    if any(a.kind is a.VAR_POSITIONAL for a in arguments):
        return ()
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    names = tuple(a.name for a in arguments if a.kind in positional and a.default is a.empty)
    if not names:
        raise ParameterError(
            "the function has no argument without a default, so there is nothing to differentiate"
            " by"
        )
    return names


def _tensor(name: str, value: Any) -> Tensor:
    """A leaf of its own: the caller's tensor is never written to."""
    try:
        tensor = (
            value.detach().clone()
            if isinstance(value, Tensor)
            else torch.tensor(value, dtype=torch.float64)
        )
    except (TypeError, ValueError, RuntimeError):
        raise PointError(
            f"{name} = {value!r:.60}: expected a number, an array or a tensor"
        ) from None
    if not tensor.is_floating_point() and not tensor.is_complex():
        tensor = tensor.to(torch.float64)
    if not torch.isfinite(tensor).all():
        raise PointError(f"{name} = {value!r:.60} is not finite")
    return tensor.requires_grad_()
