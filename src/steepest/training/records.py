"""How a run is written: one JSON object a line, in strict JSON, so that a crash costs no line.

The first line says what runs, every further one is a step:

    {"steepest_run": 1, "model": "Net", "optimizer": "SGD", "parameters": 6090, "layers": […], …}
    {"step": 0, "loss": 2.31, "gradient": 1.04, …, "layers": [0.91, 0.5]}

A run that was continued from a checkpoint has {"steepest_run": 1, "resumed": 120} between its
steps: 120 is the next step, and what the file held of it from before is void.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final

#: The version of the format; a reader refuses any other.
FORMAT: Final = 1

#: What a step may hold beside its number and its layers, and what each number is.
COLUMNS: Final[dict[str, str]] = {
    "loss": "the loss before the step",
    "gradient": "Euclidean length of the gradient before clipping",
    "lr": "learning rate; the largest of all parameter groups",
    "clip": "length of the gradient after clipping, over its length before",
    "turn": "angle to the gradient of the step before, degrees",
    "update": "Euclidean length of the step",
    "weights": "Euclidean length of all parameters after the step",
    "predicted": "first-order change of the loss: gradient times step",
    "noise": "share of the gradient's expected square length that is noise of the batch, measured"
    " within the step from its micro-batches",
    "skipped": "steps that were given up before this one, because a gradient was not finite",
    "lambda_max": "largest eigenvalue of the Hessian, where it was measured",
    "sharpness": "largest eigenvalue of the Hessian scaled by the optimizer's step sizes:"
    " λmax × lr for plain descent",
    "limit": "the sharpness above which the optimizer is unstable: 2 for plain descent",
    "residual": "relative error bound of sharpness",
    "products": "Hessian products spent on it",
    "rows": "rows of the batch on which it was measured, where a part was cut off",
    "batch_rows": "rows of that batch",
    "change": "measured change by the step of the loss whose curvature was measured",
    "promised": "first-order change of that loss",
    "at_most": "second-order bound of its change: promised plus half of sharpness times the"
    " step's square length",
}


@dataclass(frozen=True)
class Layer:
    """A module that owns parameters, by its name, and how many entries they have."""

    name: str
    parameters: int


@dataclass(frozen=True)
class Header:
    """What runs: the first line. `settings` are the optimizer's, of its first group."""

    model: str
    optimizer: str
    parameters: int
    layers: tuple[Layer, ...]
    started: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    stability: str = ""  # what sharpness means for this optimizer, or why it has no limit

    def line(self) -> str:
        """The first line of the file."""
        return json.dumps({"steepest_run": FORMAT, **asdict(self)}, allow_nan=False)


def resumed_line(step: int) -> str:
    """The line that says: what follows continues from a checkpoint, at this step."""
    return json.dumps({"steepest_run": FORMAT, "resumed": step})


def step_line(step: int, values: Mapping[str, float], layers: Sequence[float]) -> str:
    """A step in seven digits; what is not finite stands as "nan", "inf" or "-inf"."""
    # By hand: this runs in every training step, and json.dumps takes several times as long.
    numbers = [*values.values(), *layers]
    if math.isfinite(sum(numbers)):
        shown = ["%.7g" % x for x in numbers]  # noqa: UP031 (half the time of an f-string)
    else:
        shown = [_number(x) for x in numbers]
    named = "".join([f', "{name}": {x}' for name, x in zip(values, shown, strict=False)])
    return f'{{"step": {step}{named}, "layers": [{", ".join(shown[len(values) :])}]}}'


def _number(value: float) -> str:
    return f"{value:.7g}" if math.isfinite(value) else f'"{value}"'
