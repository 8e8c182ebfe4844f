"""A run as columns of numbers, complete or still growing."""

from __future__ import annotations

import math
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from steepest.training.records import COLUMNS, Header

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

_PACK: Final = 512  # steps


class NotFinite(NamedTuple):
    """Where a run first had a loss or gradient that is not a number."""

    step: int
    column: str
    value: float
    layers: tuple[int, ...]  # the layers whose gradient is not finite there


@dataclass(frozen=True, eq=False)
class Run:
    """What was recorded of a training run.

    `steps` (k,) are the numbers of the steps; a column (k,) is had by its name (the names and
    units are in `steepest.training.records.COLUMNS`), with NaN where nothing was recorded;
    `layers` (k, l) are the lengths of the gradient, layer by layer in the order of the header.
    `notes` say what is amiss with the file.
    """

    header: Header
    steps: IntArray
    columns: Mapping[str, FloatArray]
    layers: FloatArray
    not_finite: NotFinite | None = None
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.steps)

    def __getitem__(self, column: str) -> FloatArray:
        return self.columns[column]

    def last(self, column: str) -> float:
        """The newest number of a column; NaN if there is none."""
        known = self.columns[column][np.isfinite(self.columns[column])]
        return float(known[-1]) if len(known) else float("nan")

    def name(self, layer: int) -> str:
        """A layer in a sentence: its place, counted from 1, and its name."""
        return f"layer {layer + 1} ({self.header.layers[layer].name})"

    @property
    def recent(self) -> slice:
        """The last quarter of the run, but at least 20 steps: what "now" means in a sentence."""
        return slice(max(0, len(self) - max(20, len(self) // 4)), None)

    @cached_property
    def checks(self) -> IntArray:
        """The places of the steps at which curvature was measured."""
        return np.flatnonzero(np.isfinite(self["sharpness"]))

    @cached_property
    def shares(self) -> FloatArray:
        """Each layer's length over the whole gradient's, (k, l); NaN where that is 0 or unknown."""
        whole = np.where(self["gradient"] > 0, self["gradient"], np.nan)
        with np.errstate(invalid="ignore"):
            return self.layers / whole[:, None]


class RunBuilder:
    """Takes one step after the other and gives the run so far."""

    def __init__(self, header: Header) -> None:
        self.header = header
        self.notes: list[str] = []
        self._waiting: list[tuple[int, Mapping[str, float], Sequence[float]]] = []
        self._steps = array("q")
        self._columns = {name: array("d") for name in COLUMNS}
        self._layers = array("d")
        self._not_finite: NotFinite | None = None
        self.last_step = -1  # the number of the newest step; -1 if there is none

    def __len__(self) -> int:
        return len(self._steps) + len(self._waiting)

    def add(self, step: int, values: Mapping[str, float], layers: Sequence[float]) -> None:
        """One step: numbers by column, and the gradient's length in each layer."""
        # Packed by the hundreds: this runs in every training step.
        self._waiting.append((step, values, layers))
        self.last_step = step
        if len(self._waiting) >= _PACK:
            self._pack()

    def _pack(self) -> None:
        missing = float("nan")
        waiting, self._waiting = self._waiting, []
        self._steps.extend([step for step, _, _ in waiting])
        for name, column in self._columns.items():
            column.extend([values.get(name, missing) for _, values, _ in waiting])
        for step, values, layers in waiting:
            self._layers.extend(layers)
            if self._not_finite is None:
                self._notice(step, values, layers)

    def resume(self, step: int) -> None:
        """What follows starts at `step` again: forget the steps from there on."""
        self._pack()
        keep = next((k for k, s in enumerate(self._steps) if s >= step), len(self._steps))
        del self._steps[keep:]
        self.last_step = self._steps[-1] if self._steps else -1
        for column in self._columns.values():
            del column[keep:]
        del self._layers[keep * len(self.header.layers) :]
        if self._not_finite is not None and self._not_finite.step >= step:
            self._not_finite = None

    def run(self) -> Run:
        """The run up to now; a copy, so it stays as it is when more steps come."""
        self._pack()
        shape = (len(self._steps), len(self.header.layers))
        return Run(
            self.header,
            np.array(self._steps, dtype=np.int64),
            {name: np.array(c, dtype=np.float64) for name, c in self._columns.items()},
            np.array(self._layers, dtype=np.float64).reshape(shape),
            self._not_finite,
            tuple(self.notes),
        )

    def _notice(self, step: int, values: Mapping[str, float], layers: Sequence[float]) -> None:
        for name in ("loss", "gradient"):
            value = values.get(name, 0.0)
            if not math.isfinite(value):
                bad = tuple(k for k, size in enumerate(layers) if not math.isfinite(size))
                self._not_finite = NotFinite(step, name, value, bad)
                return
