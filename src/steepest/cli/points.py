"""Points and directions as they are typed: "1,2", "pi/2, -1", "x=1,y=2"."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

import numpy as np

from steepest.errors import PointError, quote_with_caret
from steepest.evaluate.numpy import FloatArray, NumpyEvaluator
from steepest.evaluate.tape import Tape
from steepest.explain.components import Component, parse_component, split

_NAMED = re.compile(r"\s*([^\W\d]\w*)\s*=(?!=)")


def read_vector(text: str, variables: Sequence[str], option: str) -> FloatArray:
    """The numbers that `option` gives for `variables`, in their order, as an array (n,).

    Each number may be a constant expression. All may be named, in any order. Raises
    FormulaError or PointError, which quote `text` and point at the place.
    """
    parts = split(text) if text.strip() else []
    names = [_NAMED.match(part.text) for part in parts]
    if any(names):
        parts = _in_order(text, parts, names, variables, option)
    elif len(parts) != len(variables):
        extra = parts[len(variables)].start if len(parts) > len(variables) else len(text)
        raise _refuse(
            text, extra, f"{option} has {_count(len(parts))}", f"expected {expected(variables)}"
        )
    return np.array([_number(text, part, option) for part in parts], dtype=np.float64)


def expected(variables: Sequence[str]) -> str:
    """What a point of these variables looks like: "2 numbers (x, y), such as 1,2"."""
    if not variables:
        return "none, as the formula has no variables"
    example = ",".join(str(k + 1) for k in range(len(variables)))
    return f"{_count(len(variables))} ({', '.join(variables)}), such as {example}"


def read_direction(text: str, variables: Sequence[str]) -> FloatArray:
    """A direction as an array (n,), of any length but zero."""
    direction = read_vector(text, variables, "--direction")
    if not direction.any():
        raise _refuse(text, 0, "this direction has length zero", "make one component nonzero")
    return direction


def read_box(text: str, variables: Sequence[str]) -> list[tuple[float, float]]:
    """The bounds "-5,5,-5,5" as [(lo, hi), …], a pair for each variable, in their order.

    Raises FormulaError or PointError, which quote `text` and point at the place.
    """
    parts = split(text) if text.strip() else []
    needed = 2 * len(variables)
    if len(parts) != needed:
        extra = parts[needed].start if len(parts) > needed else len(text)
        names = ", ".join(f"{v} from, {v} to" for v in variables) or "no variables"
        raise _refuse(text, extra, f"--box has {_count(len(parts))}", f"expected {needed}: {names}")
    numbers = [_number(text, part, "--box") for part in parts]
    return list(zip(numbers[::2], numbers[1::2], strict=True))


def read_plane(text: str, variables: Sequence[str]) -> list[str]:
    """The two variables "x,z" that a picture shall show."""
    names: list[str] = []
    for part in split(text):
        name = part.text.strip()
        start = part.start + len(part.text) - len(part.text.lstrip())
        if name not in variables:
            known = ", ".join(variables) or "none"
            raise _refuse(
                text, start, "this is not a variable of the formula", f"they are: {known}"
            )
        if name in names:
            raise _refuse(text, start, f"{name} is named twice", "name two variables")
        names.append(name)
    if len(names) != 2:
        raise _refuse(text, len(text), f"--plane has {len(names)} names", "name two, such as x,y")
    return names


def _in_order(
    text: str,
    parts: list[Component],
    names: list[re.Match[str] | None],
    variables: Sequence[str],
    option: str,
) -> list[Component]:
    found: dict[str, Component] = {}
    for part, match in zip(parts, names, strict=True):
        if match is None:
            raise _refuse(
                text,
                part.start,
                f"{option} names some coordinates only",
                "name all of them or none",
            )
        name = match.group(1)
        start = part.start + match.start(1)
        if name not in variables:
            known = ", ".join(variables) or "none"
            raise _refuse(
                text,
                start,
                f"{name} is not a variable of the formula",
                f"the variables are: {known}",
            )
        if name in found:
            raise _refuse(text, start, f"{name} is given twice", "give each variable once")
        found[name] = Component(part.text[match.end() :], part.start + match.end())
    missing = [name for name in variables if name not in found]
    if missing:
        raise _refuse(
            text, len(text), f"{option} leaves out {', '.join(missing)}", f"add {missing[0]}=…"
        )
    return [found[name] for name in variables]


def _number(text: str, part: Component, option: str) -> float:
    if not part.text.strip():
        raise _refuse(text, part.start, f"{option} has an empty place", "write a number there")
    node = parse_component(text, part, ())
    value = float(NumpyEvaluator(Tape.record([node], ()))(np.empty((1, 0)))[0, 0])
    if not math.isfinite(value):
        start = part.start + len(part.text) - len(part.text.lstrip())
        raise _refuse(text, start, f"this is {value:g}", "write a finite number")
    return value


def _count(n: int) -> str:
    return "no numbers" if n == 0 else "1 number" if n == 1 else f"{n} numbers"


def _refuse(text: str, position: int, reason: str, hint: str) -> PointError:
    return PointError(f"{reason}; {hint}\n{quote_with_caret(text, position)}")
