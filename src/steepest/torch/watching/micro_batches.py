"""What is observed between two steps: one loss and gradient, or several that add up."""

from __future__ import annotations

import math
import weakref
from collections.abc import Callable, Sequence
from typing import TypeAlias

import torch
from torch import Tensor

from steepest.errors import ParameterError
from steepest.torch.watching.copies import Copies

Marks: TypeAlias = "tuple[tuple[int, int] | bool, ...]"


class MicroBatches:
    """Collects losses, and looks at the gradient whenever one is told.

    With m micro-batches whose gradients gⱼ add up to G the noise of G is estimated without bias:
    tr Σ = (Σ‖gⱼ‖² - ‖G‖²/m) m/(m - 1) is the expected square length of G's noise. Its share of
    ‖G‖² is what `values` tells.
    """

    def __init__(self, copies: Copies) -> None:
        self._copies = copies
        self.skipped = 0
        self._losses: list[Tensor | float] = []
        self._squares: list[Tensor] = []
        self._seen: Marks | None = None  # the gradients that were looked at
        self._alive: Callable[[], Tensor | None] = _nothing
        self._used: Marks = ()  # those that the optimizer got last

    def clear(self) -> None:
        """The step is over."""
        self._losses, self._squares, self._seen = [], [], None

    @property
    def told(self) -> bool:
        """Whether a loss was told for the step that comes next."""
        return bool(self._losses)

    @property
    def looked(self) -> bool:
        """Whether the gradient was looked at before the optimizer gets it."""
        return self._seen is not None

    def add(self, loss: Tensor | float, look: bool = True) -> None:
        """A loss was told. If there are gradients, they are looked at before anyone clips them."""
        with torch.no_grad():
            if self._seen is not None and not self.finite():
                # A scaler gave that step up: what comes now is a new one.
                self._losses, self._squares, self._seen = [], [], None
                self.skipped += 1
            self._losses.append(loss)
            marks = self._marks()
            stale = marks == self._used and self._first() is self._alive()
            if not look or stale or not any(marks):
                return  # before backward(): these are of the last step, or there are none
            if self._seen is None:
                self._copies.take_gradient()
            else:
                if not self._squares:
                    g = self._copies.gradient
                    self._squares.append(torch.dot(g, g))
                self._squares.append(self._copies.take_more_gradient())
            self._seen = marks

    def finite(self) -> bool:
        """Whether the gradient is. Waits for the device."""
        return bool(torch.isfinite(self._copies.gradient).all())

    def finish(self) -> Tensor | None:
        """The optimizer has the gradient now: its length (), if anything changed it meanwhile."""
        self._used = self._marks()
        first = self._first()
        self._alive = _nothing if first is None else weakref.ref(first)
        if self._seen is None:
            self._copies.take_gradient()
            return None
        return None if self._seen == self._used else self._copies.clipped_size()

    def tensors(self) -> list[Tensor]:
        """What has to be fetched from the device for `values`."""
        return [x for x in self._losses if isinstance(x, Tensor)] + self._squares

    def values(self, fetched: Sequence[float], size: float) -> dict[str, float]:
        """The loss, the share of noise, the steps that were given up."""
        values: dict[str, float] = {}
        rest = list(fetched)
        losses = [rest.pop(0) if isinstance(x, Tensor) else x for x in self._losses]
        if losses:
            values["loss"] = sum(losses) / len(losses)
        m = len(self._squares)
        if m > 1 and size > 0 and math.isfinite(size):
            noise = (sum(rest) - size**2 / m) * m / (m - 1)
            values["noise"] = noise / size**2
        if self.skipped:
            values["skipped"] = float(self.skipped)
            self.skipped = 0
        return values

    def _first(self) -> Tensor | None:
        """The first gradient: a freed one may leave its address to its successor."""
        return next((p.grad for p in self._copies.parameters.tensors if p.grad is not None), None)

    def _marks(self) -> Marks:
        """Which gradients there are, and how often each was changed; equal if nothing has changed.

        A missing gradient is falsy.
        """
        gradients = [p.grad for p in self._copies.parameters.tensors]
        return tuple([g is not None and (id(g), g._version) for g in gradients])


def _nothing() -> None:
    """What a reference to no tensor gives."""


def one_number(loss: object) -> Tensor | float:
    """A loss that is one real number, without asking the device for it.

    Raises ParameterError for anything else.
    """
    if isinstance(loss, Tensor) and loss.numel() == 1 and not loss.is_complex():
        return loss.detach().reshape(())
    if isinstance(loss, int | float) and not isinstance(loss, bool):
        return float(loss)
    what = f"a tensor of shape {tuple(loss.shape)}" if isinstance(loss, Tensor) else repr(loss)[:60]
    raise ParameterError(
        f"the loss is {what}, but a loss is one real number: average it, with .mean() or"
        " reduction='mean', and give the tensor or its .item()"
    )
