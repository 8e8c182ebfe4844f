"""What can be asked of the lab: the shape of a request, checked without reading its formula."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any, Final

from steepest.lab.limits import MAX_STARTS, MAX_STEPS

Task = dict[str, Any]

_MAX_FORMULA: Final = 4096  # the parser would refuse more anyway
_MAX_SIDES: Final = 8
_NAME: Final = 16
_KEY: Final = 64  # of an exercise
_MAX_SEED: Final = 10**9


class BadRequestError(Exception):
    """A request that makes no sense; the sentence says why."""


def read(kind: str, body: bytes) -> Task:
    """The task that `body`, a JSON object, asks for. Raises BadRequestError."""
    fields = _FIELDS[kind]
    given = _object(body)
    unknown = sorted(set(given) - set(fields))
    if unknown:
        raise BadRequestError(f"unknown field {unknown[0]!r:.40}: send {', '.join(fields)}")
    for name in fields:
        if name not in given:
            raise BadRequestError(f"the field {name!r} is missing: send {', '.join(fields)}")
    task: Task = {name: check(name, given[name]) for name, check in fields.items()}
    if kind == "basins" and math.prod(task["resolution"]) > MAX_STARTS:
        raise BadRequestError(f"resolution: ask for {MAX_STARTS:,} starts at the most")
    return {"kind": kind, **task}


def _object(body: bytes) -> dict[str, Any]:
    try:
        given = json.loads(body, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise BadRequestError("the body is not JSON: send one object") from None
    if not isinstance(given, dict):
        raise BadRequestError("the body is JSON but no object: send one object")
    return given


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _formula(name: str, value: Any) -> str:
    """A formula, or an answer: one, or several with commas between them."""
    if not isinstance(value, str):
        raise BadRequestError(f"{name}: send text")
    if len(value) > _MAX_FORMULA:
        raise BadRequestError(
            f"{name}: {len(value):,} characters; it may have {_MAX_FORMULA:,} at the most"
        )
    return value


def _number(name: str, value: Any) -> float:
    # A whole number of a thousand digits is no double.
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > 1e300:
        raise BadRequestError(f"{name}: send finite numbers")
    return float(value)


def _count(most: int) -> Callable[[str, Any], int]:
    def check(name: str, value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
            raise BadRequestError(f"{name}: send a whole number from 1 to {most:,}")
        return value

    return check


def _list(name: str, value: Any, least: int, most: int) -> list[Any]:
    if not isinstance(value, list) or not least <= len(value) <= most:
        count = f"{least}" if least == most else f"{least} to {most}"
        raise BadRequestError(f"{name}: send a list of {count}")
    return value


def _box(name: str, value: Any) -> list[list[float]]:
    sides = [_list(name, side, 2, 2) for side in _list(name, value, 1, _MAX_SIDES)]
    return [[_number(name, bound) for bound in side] for side in sides]


def _resolution(name: str, value: Any) -> list[int]:
    check = _count(MAX_STARTS)
    return [check(name, n) for n in _list(name, value, 2, 2)]


def _word(name: str, value: Any) -> str:
    if not isinstance(value, str) or not value.isascii() or len(value) > _NAME:
        raise BadRequestError(f"{name}: send a name")
    return value


def _key(name: str, value: Any) -> str:
    if not isinstance(value, str) or not value.isascii() or len(value) > _KEY:
        raise BadRequestError(f"{name}: send the name of an exercise")
    return value


def _seed(name: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > _MAX_SEED:
        raise BadRequestError(f"{name}: send a whole number, at most {_MAX_SEED:,} in size")
    return value


def _step_size(name: str, value: Any) -> float | None:
    return None if value is None else _number(name, value)


#: Kind of work -> its fields, each with what checks it.
_FIELDS: Final[dict[str, dict[str, Callable[[str, Any], Any]]]] = {
    "symbolic": {"formula": _formula},
    "critical": {"formula": _formula, "box": _box},
    "basins": {
        "formula": _formula,
        "box": _box,
        "rule": _word,
        "step_size": _step_size,
        "norm": _word,
        "max_steps": _count(MAX_STEPS),
        "resolution": _resolution,
    },
    "exercise": {"key": _key, "seed": _seed},
    "answer": {"key": _key, "seed": _seed, "answer": _formula},
    "solution": {"key": _key, "seed": _seed},
}
KINDS: Final = tuple(_FIELDS)
