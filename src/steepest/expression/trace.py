"""Python callable -> expression graph: the callable runs once, on symbols."""

from __future__ import annotations

import inspect
import os
import traceback
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from steepest.errors import ParameterError, TraceError
from steepest.expression import names
from steepest.expression.elementwise import number
from steepest.expression.graph import Node, variable
from steepest.expression.traced import Traced

_LONGEST_LINE = 100  # characters of the user's line that a message quotes
_OWN_FOLDERS = (os.path.dirname(__file__) + os.sep, os.path.dirname(np.__file__) + os.sep)


def trace(
    function: Callable[..., Any], declared: tuple[str, ...] | None = None, dim: int | None = None
) -> tuple[Node, tuple[str, ...]]:
    """The expression graph of `function` and its variables, in the order of its arguments.

    `function` takes one number per variable, or one vector: then give `dim`, its length (or
    `declared`, its components' names). Its parameters name the variables unless `declared`
    does; a vector's components are x1 … xn. Parameters with a default keep it.

    Raises TraceError, with the line where it happened, for a function that branches on
    values, needs numbers, raises, or does not return one real number.
    """
    parameters = _required_parameters(function)
    if dim is None and declared is not None and len(parameters) == 1 < len(declared):
        dim = len(declared)
    if dim is None:
        variables = _scalars(function, parameters, declared)
        arguments: Sequence[Traced] = [Traced(variable(name)) for name in variables]
    else:
        variables = _components(function, parameters, declared, dim)
        vector = np.empty(len(variables), dtype=object)
        vector[:] = [Traced(variable(name)) for name in variables]
        arguments = [Traced(vector)]
    result = call_traced(function, *arguments)
    return scalar_result(result, _name(function)), variables


def call_traced(function: Callable[..., Any], *arguments: Any) -> Any:
    """`function` on symbols; whatever it raises becomes a TraceError that names the line."""
    try:
        return function(*arguments)
    except Exception as error:
        refusal = _refusal(error) or f"{_name(function)} raised {type(error).__name__}: {error}"
        raise TraceError(f"{refusal}{_place(error)}") from error


def scalar_result(result: Any, name: str) -> Node:
    """The graph of what the function called `name` returned, or a TraceError."""
    if isinstance(result, np.ndarray) and result.ndim == 0:
        result = result.item()
    if isinstance(result, Traced) and result.is_condition:
        raise TraceError(
            f"{name} returns a condition: return np.where(condition, 1, 0) for a number"
        )
    if result is None:
        raise TraceError(f"{name} returns None: it needs `return` with one number")
    if isinstance(result, Traced | np.ndarray) and result.shape:
        raise TraceError(
            f"{name} returns an array of shape {result.shape}: a scalar function returns one"
            " number, for example the sum of the array"
        )
    if isinstance(result, list | tuple | dict | set):
        raise TraceError(
            f"{name} returns a {type(result).__name__}: a scalar function returns one number"
        )
    return result.node if isinstance(result, Traced) else number(result)


def _required_parameters(function: Callable[..., Any]) -> list[str]:
    name = _name(function)
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        raise TraceError(
            f"{name} does not say what it takes: wrap it, lambda x: {name}(x)"
        ) from None
    for p in parameters:
        if p.kind is p.VAR_POSITIONAL:
            raise TraceError(
                f"{name} takes any number of arguments (*{p.name}): name each variable, or take"
                " one vector and give dim="
            )
        if p.kind is p.KEYWORD_ONLY and p.default is p.empty:
            raise TraceError(f"{name} needs the keyword {p.name}: give it a default")
    positional = (p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD))
    return [p.name for p in positional if p.default is p.empty]


def _scalars(
    function: Callable[..., Any], parameters: list[str], declared: tuple[str, ...] | None
) -> tuple[str, ...]:
    if declared is None:
        try:
            return names.check_declared(parameters)
        except ParameterError as error:
            raise TraceError(f"{error}, or give variables=") from None
    if len(declared) != len(parameters):
        raise TraceError(
            f"{_name(function)} takes {len(parameters)} arguments ({', '.join(parameters)}), but"
            f" variables={declared!r} names {len(declared)}"
        )
    return declared


def _components(
    function: Callable[..., Any],
    parameters: list[str],
    declared: tuple[str, ...] | None,
    dim: int,
) -> tuple[str, ...]:
    if isinstance(dim, bool) or not isinstance(dim, int | np.integer) or dim < 1:
        raise TraceError(f"dim={dim!r}: give the number of components of the vector, 1 or more")
    if len(parameters) != 1:
        raise TraceError(
            f"dim= is for a function of one vector; {_name(function)} takes {len(parameters)}"
            f" arguments ({', '.join(parameters)})"
        )
    if declared is None:
        return tuple(f"x{i}" for i in range(1, int(dim) + 1))
    if len(declared) != dim:
        raise TraceError(f"variables={declared!r} names {len(declared)} components, but dim={dim}")
    return declared


def _name(function: Callable[..., Any]) -> str:
    name = getattr(function, "__name__", type(function).__name__)
    return "the function" if name == "<lambda>" else name


def _refusal(error: BaseException) -> str:
    """The TraceError that `error` is or was raised from: numpy puts its own on top."""
    seen: BaseException | None = error
    while seen is not None and not isinstance(seen, TraceError):
        seen = seen.__cause__ or seen.__context__
    return "" if seen is None else str(seen)


def _place(error: BaseException) -> str:
    """The innermost line that is neither numpy's nor ours."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if (
            not frame.filename.startswith(_OWN_FOLDERS)
            and frame.name != "<__array_function__ internals>"
        ):
            line = f": {frame.line[:_LONGEST_LINE]}" if frame.line else ""
            return f"\n  line {frame.lineno} of {os.path.basename(frame.filename)}{line}"
    return ""
