"""The tasks a worker carries out: proofs, maps and derivations, as plain data for the page."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import MISSING, fields
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from steepest.basin_map import basins
from steepest.critical.points import critical_points
from steepest.critical.search import Progress
from steepest.descent.outcomes import Outcome
from steepest.errors import ParameterError
from steepest.functions.formula import Formula
from steepest.lab import practice
from steepest.lab.limits import SEARCH_SECONDS
from steepest.norms import BY_NAME as NORMS
from steepest.rules import BY_NAME as RULES
from steepest.rules import Rule
from steepest.view.basins import hues, lateness
from steepest.view.page import critical_data
from steepest.view.symbolic import symbolic_data

Tell = Callable[[dict[str, Any]], None]
Task = dict[str, Any]

_LISTED: Final = 1000  # minima told one by one


def do(task: Task, tell: Tell) -> dict[str, Any]:
    """The result of `task`; `tell` is called with how far it is.

    Raises SteepestError for a formula or a choice that makes no sense.
    """
    return _TASKS[task["kind"]](task, tell)


def _formula(task: Task) -> Formula:
    f = Formula(task["formula"])
    if not f.dim:
        raise ParameterError("this formula has no variable; use x, or x and y")
    return f


def _symbolic(task: Task, tell: Tell) -> dict[str, Any]:
    """The gradient and Hessian typeset, and the way to the gradient, rule by rule."""
    return symbolic_data(_formula(task))


def _critical(task: Task, tell: Tell) -> dict[str, Any]:
    """What is proved about the critical points of the box."""
    f = _formula(task)

    def progress(now: Progress) -> None:
        tell({"boxes": now.boxes, "waiting": now.waiting, "found": now.found})

    found = critical_points(f, _box(task), seconds=SEARCH_SECONDS, progress=progress)
    return {**critical_data(f, found), "boxes": found.boxes, "seconds": found.seconds}


def _basins(task: Task, tell: Tell) -> dict[str, Any]:
    """A label for every start, a colour for every minimum."""
    f = _formula(task)
    if f.dim != 2:
        raise ParameterError(f"a map of basins needs two variables; {f!s:.60} has {f.dim}")
    found = basins(
        f,
        _box(task),
        _rule(task),
        resolution=task["resolution"],
        max_steps=task["max_steps"],
        threads=1,
        progress=lambda done, total: tell({"done": done, "total": total}),
    )
    minima = zip(found.minima, found.minima_values, found.counts, strict=True)
    nx, ny = found.labels.shape
    return {
        "box": [list(side) for side in found.box],
        "width": nx,
        "height": ny,
        "labels": _bytes(np.clip(found.labels, -128, _LISTED).astype("<i2")),
        "late": _bytes(np.rint(255 * lateness(found)).astype(np.uint8)),
        "colours": {theme: hues(len(found.minima), theme) for theme in ("light", "dark")},
        "minima": [
            {"at": point.tolist(), "value": float(value), "count": int(count)}
            for (point, value, count), _ in zip(minima, range(_LISTED), strict=False)
        ],
        "starts": found.starts,
        "outcomes": [
            {"outcome": outcome.key, "sentence": outcome.value, "count": count}
            for outcome, count in found.endpoints.counts.items()
            if outcome is not Outcome.CONVERGED
        ],
        "verdict": found.verdict,
    }


def _box(task: Task) -> list[tuple[float, float]]:
    return [(lo, hi) for lo, hi in task["box"]]


def _bytes(grid: NDArray[Any]) -> str:
    """The grid as an image has it, in base64: the top row first, x running across."""
    return base64.b64encode(np.ascontiguousarray(grid.T[::-1]).tobytes()).decode("ascii")


def _rule(task: Task) -> Rule:
    """The rule with the step size and the norm that the page shows, where it has them."""
    name, norm = task["rule"], task["norm"]
    if name not in RULES:
        raise ParameterError(f"rule: {name!r} is unknown; choose one of: {', '.join(RULES)}")
    if norm not in NORMS:
        raise ParameterError(f"norm: {norm!r} is unknown; choose one of: {', '.join(NORMS)}")
    takes = {field.name: field for field in fields(RULES[name]) if field.init}
    chosen: dict[str, Any] = {}
    if "norm" in takes:
        chosen["norm"] = NORMS[norm]
    if "step_size" in takes and task["step_size"] is not None:
        chosen["step_size"] = task["step_size"]
    if takes.get("max_norm") and takes["max_norm"].default is MISSING:
        chosen["max_norm"] = 1.0  # as on the page
    if takes.get("beta") and takes["beta"].default is MISSING:
        chosen["beta"] = 0.9
    missing = [n for n, field in takes.items() if field.default is MISSING and n not in chosen]
    if missing:
        raise ParameterError(f"step_size: the rule {name} needs one")
    return RULES[name](**chosen)


_TASKS: Final[dict[str, Callable[[Task, Tell], dict[str, Any]]]] = {
    "symbolic": _symbolic,
    "critical": _critical,
    "basins": _basins,
    "exercise": lambda task, tell: practice.exercise(task),
    "answer": lambda task, tell: practice.answer(task),
    "solution": lambda task, tell: practice.solution(task),
}
