"""Loggers of experiments that are told of every step: TensorBoard and Weights & Biases.

Neither package is loaded here: what it made is given, and told.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from steepest.errors import ParameterError
from steepest.training.records import Header


class ScalarLogger(Protocol):
    """What is used of a `torch.utils.tensorboard.SummaryWriter`."""

    def add_scalar(self, tag: str, scalar_value: float, global_step: int) -> object:
        """Show one number at one step."""
        ...

    def add_text(self, tag: str, text_string: str, global_step: int) -> object:
        """Show a text."""
        ...

    def flush(self) -> object:
        """Write what is waiting."""
        ...


class TensorBoard:
    """Tells a `SummaryWriter` every number of a run, as steepest/loss, steepest/layers/… .

    `every` is how often the layers are told; the numbers of the whole are told at every step. The
    writer stays open when the run is closed: whoever made it closes it.
    """

    def __init__(self, writer: ScalarLogger, *, every: int = 10, prefix: str = "steepest") -> None:
        _require(writer, "add_scalar", "a SummaryWriter of torch.utils.tensorboard")
        _require_count(every)
        self._writer = writer
        self._every = every
        self._prefix = prefix
        self._names: list[str] = []

    def start(self, header: Header, resumed: int | None) -> None:
        """The model and the optimizer as a text."""
        self._names = [layer.name for layer in header.layers]
        said = f"{header.model}, {header.parameters:,} parameters, {header.optimizer}"
        self._writer.add_text(f"{self._prefix}/run", said, resumed or 0)

    def step(self, step: int, values: Mapping[str, float], layers: Sequence[float]) -> None:
        """One number a name; NaN and infinity too, which TensorBoard shows as such."""
        for name, value in values.items():
            self._writer.add_scalar(f"{self._prefix}/{name}", value, step)
        if step % self._every == 0:
            for name, value in zip(self._names, layers, strict=True):
                self._writer.add_scalar(f"{self._prefix}/layers/{name}", value, step)

    def close(self) -> None:
        """What waits is written."""
        self._writer.flush()


class WeightsAndBiases:
    """Tells a run of Weights & Biases (what `wandb.init` returns) every number of a run.

    The names are steepest/loss, …; their axis is steepest/step, so that the run's own steps and
    the numbers that others log stay what they are. `every` is how often the layers are told.
    """

    def __init__(self, run: Any, *, every: int = 10, prefix: str = "steepest") -> None:
        _require(run, "log", "the run that wandb.init() returns")
        _require_count(every)
        self._run = run
        self._every = every
        self._prefix = prefix
        self._names: list[str] = []

    def start(self, header: Header, resumed: int | None) -> None:
        """The axis of the numbers, and what runs as configuration."""
        self._names = [layer.name for layer in header.layers]
        self._run.define_metric(f"{self._prefix}/step", hidden=True)
        self._run.define_metric(f"{self._prefix}/*", step_metric=f"{self._prefix}/step")
        told = {"model": header.model, "optimizer": header.optimizer, **header.settings}
        self._run.config.update({self._prefix: told}, allow_val_change=True)

    def step(self, step: int, values: Mapping[str, float], layers: Sequence[float]) -> None:
        """All numbers of a step at once; what is not finite is left out."""
        told: dict[str, float] = {f"{self._prefix}/step": step}
        told |= {f"{self._prefix}/{k}": v for k, v in values.items() if math.isfinite(v)}
        if step % self._every == 0:
            told |= {
                f"{self._prefix}/layers/{name}": v
                for name, v in zip(self._names, layers, strict=True)
                if math.isfinite(v)
            }
        self._run.log(told)

    def close(self) -> None:
        """Nothing: the run is finished by whoever began it."""


def _require(writer: object, method: str, what: str) -> None:
    if not callable(getattr(writer, method, None)):
        raise ParameterError(f"{writer!r:.60} has no method {method}: give {what}")


def _require_count(every: object) -> None:
    if isinstance(every, bool) or not isinstance(every, int) or every < 1:
        raise ParameterError(f"every={every!r}: expected a whole number of at least 1")
