"""What a step is compared with: flat copies of the gradient, the last gradient, step and point.

One product of the four with the gradient gives every number that relates them, whatever the number
of parameters, so that watching costs a few passes over memory and one wait for the device.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import suppress
from typing import Final, NamedTuple

import torch
from torch import Tensor

from steepest.torch.parameters import Parameters

# One call for many tensors; torch.optim is built on them.
copy_each = torch._foreach_copy_  # pyright: ignore[reportPrivateImportUsage]
norm_each = torch._foreach_norm  # pyright: ignore[reportPrivateImportUsage]

_STEP: Final = 2
_POINT: Final = 3


class Measured(NamedTuple):
    """A step in numbers: Euclidean lengths and inner products.

    `gradient` is the length of the gradient, `last` of the one before it, `layers` layer by
    layer; `overlap` is the product of the two gradients, `predicted` of gradient and step;
    `update` and `weights` are the lengths of the step and of the point that it led to; `extra`
    are the further numbers that were asked for.
    """

    gradient: float
    last: float
    layers: list[float]
    overlap: float
    predicted: float
    update: float
    weights: float
    extra: list[float]


class Copies:
    """Flat copies (4, n) of gradients, step and point.

    `layers` are the numbers of entries that follow each other in each layer.
    """

    def __init__(self, parameters: Parameters, layers: Sequence[int]) -> None:
        self.parameters = parameters
        self._rows = torch.zeros(
            (4, parameters.count), dtype=parameters.dtype, device=parameters.device
        )
        self._views = [parameters.unflatten(row) for row in self._rows]
        self._by_layer = [list(row.split(list(layers))) for row in self._rows[:2]]
        self._now = 0  # the row of the current gradient; the other one is the last gradient
        self._last_size = math.nan
        self._versions: tuple[int, ...] = ()

    @property
    def gradient(self) -> Tensor:
        """The gradient (n,) that was last taken."""
        return self._rows[self._now]

    @property
    def step(self) -> Tensor:
        """The step (n,); after `take_step`."""
        return self._rows[_STEP]

    def take_gradient(self) -> None:
        """Copy the gradients as they are now; a missing one is zero."""
        self._copy_gradients(self._now)

    def take_more_gradient(self) -> Tensor:
        """Copy gradients to which a micro-batch has added; the square length () of its part."""
        self._copy_gradients(_STEP)
        added = self._rows[_STEP] - self._rows[self._now]
        self._rows[self._now].copy_(self._rows[_STEP])
        return torch.dot(added, added)

    def clipped_size(self) -> Tensor:
        """The length () of the gradients as they are now, which clipping may have changed."""
        self._copy_gradients(_STEP)
        return torch.linalg.vector_norm(self._rows[_STEP])

    def take_point(self) -> None:
        """Copy the parameters before a step, unless nothing has moved them since the last."""
        if self._versions != self._versions_now():
            copy_each(self._views[_POINT], self.parameters.tensors)

    def take_step(self) -> None:
        """The difference that the step has made; the point becomes the new one."""
        copy_each(self._views[_STEP], self.parameters.tensors)
        step, point = self._rows[_STEP], self._rows[_POINT]
        step.sub_(point)
        # Exact unless an entry more than doubled: then the difference was rounded.
        point.add_(step)
        self._versions = self._versions_now()

    def measure(self, extra: Sequence[Tensor]) -> Measured:
        """All numbers of the step, with one wait for the device. `extra` are tensors ()."""
        gradient = self._rows[self._now]
        products = torch.mv(self._rows, gradient)
        lengths = torch.linalg.vector_norm(self._rows[_STEP:], dim=1)
        layers = norm_each(self._by_layer[self._now])
        parts = [products, lengths, torch.stack(layers)]
        if extra:
            parts.append(torch.stack([e.to(products) for e in extra]))
        numbers = torch.cat(parts).tolist()
        count = 6 + len(layers)
        products, (update, weights), sizes = numbers[:4], numbers[4:6], numbers[6:count]
        square = products[self._now]
        if not 1e-30 < square < 1e30:
            return self._measure_with_care(numbers[count:])
        return Measured(
            math.sqrt(square), self._last_size, sizes, products[1 - self._now], products[_STEP],
            update, weights, numbers[count:],
        )  # fmt: skip

    def turn_over(self, size: float) -> None:
        """The current gradient, of length `size`, becomes the last one."""
        self._last_size = size
        self._now = 1 - self._now

    def _measure_with_care(self, extra: list[float]) -> Measured:
        """The same where squares overflow or underflow: in double precision, if there is one."""
        wide = torch.float32 if self._rows.device.type == "mps" else torch.float64
        gradient, last = (self._rows[k].to(wide) for k in (self._now, 1 - self._now))
        step, point = self._rows[_STEP].to(wide), self._rows[_POINT].to(wide)
        numbers = [
            torch.linalg.vector_norm(gradient), torch.dot(gradient, last),
            torch.dot(gradient, step), torch.linalg.vector_norm(step),
            torch.linalg.vector_norm(point),
            *norm_each([v.to(wide) for v in self._by_layer[self._now]]),
        ]  # fmt: skip
        size, overlap, predicted, update, weights, *layers = torch.stack(numbers).tolist()
        return Measured(
            size, self._last_size, layers, overlap, predicted, update, weights, extra
        )  # fmt: skip

    def state(self) -> dict[str, object]:
        """What the next step is compared with."""
        last = self._rows[1 - self._now].clone() if math.isfinite(self._last_size) else None
        return {"last_gradient": last, "last_size": self._last_size}

    def restore(self, last: Tensor | None, size: float) -> None:
        """Go on from `state`."""
        self._versions = ()
        self._last_size = size
        if last is not None:
            self._rows[1 - self._now].copy_(last)

    def _copy_gradients(self, row: int) -> None:
        gradients = [p.grad for p in self.parameters.tensors]
        whole = [g for g in gradients if g is not None]
        if len(whole) == len(gradients):
            with suppress(RuntimeError):  # one is sparse, which is rare
                copy_each(self._views[row], whole)
                return
        self._rows[row].zero_()
        for view, gradient in zip(self._views[row], gradients, strict=True):
            if gradient is not None:
                dense = gradient.layout is torch.strided
                view.copy_(gradient if dense else gradient.to_dense())

    def _versions_now(self) -> tuple[int, ...]:
        return tuple([p._version for p in self.parameters.tensors])
