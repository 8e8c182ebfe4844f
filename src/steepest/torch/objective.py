"""A loss as a scalar function of parameters: values, gradients and Hessian products at points.

The parameters stay the leaves that the model holds. To ask at another point they are set to it
and put back, which works with every module, hook and wrapper. Over several batches value,
gradient and products are sums with the batches' weights, divided by the total weight once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from steepest.errors import LossError, RankError
from steepest.torch.data import Batch, Data
from steepest.torch.frozen_state import untouched
from steepest.torch.kernels import twice_differentiable
from steepest.torch.parameters import Parameters
from steepest.torch.refusals import (
    checked_loss,
    require_dependence,
    require_finite,
    require_some_gradient,
    require_twice_differentiable,
    require_visible_parameters,
    second_derivatives,
)

#: Adds each tensor of a list over all ranks, in place.
Reduce = Callable[[list[Tensor]], None]


class Repeated(NamedTuple):
    """What computes the loss of one batch each time; whether nobody keeps a tensor meanwhile."""

    loss: Callable[[], Any]
    keeps_nothing: bool


@dataclass(eq=False)
class Objective:
    """The weighted mean of `evaluate(batch)` over `data`, as a function of `parameters`.

    `model` is what must be left untouched (None for a plain function). `autocast` is the dtype
    in which the forward pass runs where torch's autocast allows it. `reduce` adds sums over ranks
    that each hold a part of the data.
    """

    title: str
    parameters: Parameters
    data: Data
    evaluate: Callable[[Any], Any]
    model: nn.Module | None = None
    seed: int = 0
    autocast: torch.dtype | None = None
    reduce: Reduce | None = None
    #: How one batch is evaluated again and again, if there is a quicker way than `evaluate`.
    repeated: Callable[[Any], Repeated] | None = None
    #: Whether its graph was looked through for what torch gets wrong in silence.
    known_visible: bool = field(default=False, init=False)
    known_smooth: bool = field(default=False, init=False)
    _seen: tuple[int, float] | None = field(default=None, init=False)

    @contextmanager
    def at(self, point: Sequence[Tensor], *, moving: bool = False) -> Iterator[Asked]:
        """The function with its parameters at `point`, until the end of the `with` block.

        With `moving` they may be written to inside the block; they are put back as well.
        """
        parameters = self.parameters
        with torch.inference_mode(False), untouched(self.model, parameters, self.seed) as again:
            stays = not moving and parameters.holds(point)
            before = None if stays else parameters.snapshot()
            asked = Asked(self, again)
            try:
                if before is not None:
                    parameters.write(point)
                yield asked
            finally:
                asked.forget()
                if before is not None:
                    parameters.write(before)

    def loss_of(self, batch: Batch) -> Tensor:
        """The loss of one batch, of shape ()."""
        device = self.parameters.device.type
        if self.autocast is not None:
            with torch.autocast(device, self.autocast, cache_enabled=False):
                return checked_loss(self.evaluate(batch.content), batch)
        if torch.is_autocast_enabled(device):
            torch.clear_autocast_cache()  # it may hold weights of another point
        return checked_loss(self.evaluate(batch.content), batch)

    def require_same(self, batches: int, weight: float) -> None:
        """LossError if the data is not what it was when it was first gone through."""
        if batches == 0 and self._seen is None:
            raise LossError("the data has no batch: a loss needs at least one")
        if self._seen is None:
            self._seen = (batches, weight)
        elif self._seen != (batches, weight):
            raise LossError(
                f"the data gave {_told(*self._seen)} the first time and {_told(batches, weight)}"
                " now: a loss is one function only if its data can be gone through again; give a"
                " list of the batches, or a DataLoader whose dataset has a length"
            )


def _told(batches: int, weight: float) -> str:
    return f"{batches} {'batch' if batches == 1 else 'batches'} of total weight {weight:g}"


class _Mean:
    """The mean loss over the data, and of vectors that come with it."""

    def __init__(self, objective: Objective) -> None:
        self._objective = objective
        self._batches, self._weight, self._loss = 0, 0.0, 0.0
        self._sum: Tensor | None = None

    def __enter__(self) -> _Mean:
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        # Other ranks wait for this one's sum: they are told that there will be none.
        abandon = getattr(self._objective.reduce, "abandon", None)
        own = isinstance(error, Exception) and not isinstance(error, RankError)
        if abandon is not None and own:
            abandon(error)

    def add(self, batch: Batch, loss: Tensor, vector: Tensor | None = None) -> None:
        """One batch. `vector` belongs to the mean from now on."""
        self._batches += 1
        self._weight += batch.weight
        self._loss += batch.weight * float(loss)
        if vector is not None:
            if self._sum is None:
                self._sum = vector.mul_(batch.weight)
            else:
                self._sum.add_(vector, alpha=batch.weight)

    def done(self) -> tuple[float, Tensor | None]:
        """The means over all batches of all ranks."""
        o = self._objective
        o.require_same(self._batches, self._weight)
        loss, weight = self._loss, self._weight
        if o.reduce is not None:
            # In double precision, except where a device has none.
            wide = torch.float32 if o.parameters.device.type == "mps" else torch.float64
            numbers = torch.tensor([loss, weight], dtype=wide, device=o.parameters.device)
            o.reduce([numbers] if self._sum is None else [numbers, self._sum])
            loss, weight = numbers.tolist()
        if weight == 0:
            raise LossError("the batches have no weight together: the mean over them is undefined")
        return loss / weight, None if self._sum is None else self._sum.div_(weight)


class Asked:
    """An objective at one point; made by `Objective.at`, and of use inside its block only."""

    def __init__(self, objective: Objective, again: Callable[[], None]) -> None:
        self.objective = objective
        self.products = 0
        #: Start again: the seed, and buffers as they were found. Before each pass over the data.
        self.again = again
        self._graph: _Graph | None = None

    def forget(self) -> None:
        """Free the graph that products keep."""
        self._graph = None

    def value(self, *, finite: bool = True) -> float:
        """The mean loss. Unless `finite`, it may be infinite or NaN; else that is a LossError."""
        o = self.objective
        with _Mean(o) as mean, torch.no_grad():
            self.again()
            for batch in o.data.batches():
                loss = o.loss_of(batch)
                if finite:
                    require_finite(loss, None, batch, o.parameters)
                mean.add(batch, loss)
            return mean.done()[0]

    def gradient(self) -> tuple[float, Tensor]:
        """The mean loss and its gradient (n,)."""
        with _Mean(self.objective) as mean:
            self.again()
            for batch in self.objective.data.batches():
                graph = _Graph(self.objective, batch, twice=False)
                mean.add(batch, graph.loss, graph.gradient)
            loss, gradient = mean.done()
        assert gradient is not None
        return loss, gradient

    @property
    def known_gradient(self) -> tuple[float, Tensor] | None:
        """The loss and its gradient (n,), if a product over a single batch has computed them."""
        graph = self._graph
        return None if graph is None else (float(graph.loss), graph.gradient)

    def product(self, v: Tensor) -> Tensor:
        """The Hessian times v (n,)."""
        self.products += 1
        with _Mean(self.objective) as mean:
            if self._graph is not None:
                mean.add(self._graph.batch, self._graph.loss, self._graph.product(v))
            else:
                self.again()
                for batch in self.objective.data.batches():
                    graph = _Graph(self.objective, batch)
                    mean.add(batch, graph.loss, graph.product(v))
                    if self.objective.data.single:
                        self._graph = graph  # further products cost no forward pass
            product = mean.done()[1]
        assert product is not None
        return product


class _Graph:
    """The loss of one batch and its gradient, as torch recorded them."""

    def __init__(self, objective: Objective, batch: Batch, twice: bool = True) -> None:
        self.batch = batch
        self._parameters = parameters = objective.parameters
        self._device = parameters.device.type
        with torch.enable_grad(), twice_differentiable(objective.model) if twice else nullcontext():
            loss = objective.loss_of(batch)
            require_dependence(loss, batch, parameters)
            if not objective.known_visible:
                require_visible_parameters(loss)
                objective.known_visible = True
            # A seed that requires a gradient lets functions that are differentiable once only
            # show; they would be taken for linear ones else.
            one = torch.ones_like(loss, requires_grad=twice)
            with self._plain(), second_derivatives():
                found = torch.autograd.grad(
                    loss, parameters.tensors, one, create_graph=twice, allow_unused=True
                )
        require_some_gradient(found, batch, parameters)
        if twice and not objective.known_smooth:
            require_twice_differentiable(found)
            objective.known_smooth = True
        self.loss = loss.detach()
        self.gradient = parameters.flatten(found)
        require_finite(self.loss, self.gradient, batch, parameters)
        self._live = [(k, g) for k, g in enumerate(found) if g is not None and g.requires_grad]

    def product(self, v: Tensor) -> Tensor:
        """The Hessian of this batch's loss times v (n,)."""
        parts = self._parameters.unflatten(v)
        if not self._live:  # the loss is linear
            return torch.zeros_like(v)
        with self._plain(), second_derivatives():
            found = torch.autograd.grad(
                [g for _, g in self._live],
                self._parameters.tensors,
                [parts[k].to(g.dtype) for k, g in self._live],
                retain_graph=True,
                allow_unused=True,
            )
        return self._parameters.flatten(found)

    def _plain(self) -> AbstractContextManager[object]:
        """Backward passes follow the dtypes of the forward pass, not a surrounding autocast."""
        return torch.autocast(self._device, enabled=False)
