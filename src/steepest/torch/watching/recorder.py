"""A run that is being watched: what every step did, measured beside it."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Any, Protocol, TypeVar

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from steepest.errors import ParameterError
from steepest.torch.parameters import Parameters
from steepest.torch.watching.copies import Copies, Measured
from steepest.torch.watching.curvature import Curvature, Sharpness, curvature_values
from steepest.torch.watching.micro_batches import MicroBatches, one_number
from steepest.torch.watching.share import Part, cut_short
from steepest.training.judging import Sentence, judge
from steepest.training.records import Header
from steepest.training.run import Run, RunBuilder

L = TypeVar("L", bound="Tensor | float")


class Writer(Protocol):
    """Whoever is told of a run: a file, a terminal, a logger of experiments."""

    def start(self, header: Header, resumed: int | None) -> None:
        """The run begins, or goes on at step `resumed`."""
        ...

    def step(self, step: int, values: Mapping[str, float], layers: Sequence[float]) -> None:
        """A step in numbers; the names and units are in `steepest.training.records.COLUMNS`."""
        ...

    def close(self) -> None:
        """Nothing more comes."""
        ...


class Watch:
    """A run that is being watched; made by `watch`. Use it as a context manager, or close it."""

    def __init__(
        self,
        model: nn.Module,
        optimizer: Optimizer,
        parameters: Parameters,
        header: Header,
        writers: Sequence[Writer],
        curvature_every: int,
        most: int,
        share: float,
    ) -> None:
        self.parameters = parameters
        self._optimizer = optimizer
        self._writers = writers
        self._every = curvature_every
        self._copies = Copies(parameters, [layer.parameters for layer in header.layers])
        self._curvature = Curvature(model, parameters, optimizer, most)
        self._part = Part(share)
        self._micro = MicroBatches(self._copies)
        self._next = 0
        self._resumed: int | None = None
        self._started = False
        self._closure: Callable[[], object] | None = None
        self._sharpness: Sharpness | None = None
        self._clipped: Tensor | None = None
        self._rate = math.nan
        self._builder = RunBuilder(header)
        self._hooks = [
            optimizer.register_step_pre_hook(self._before_step),
            optimizer.register_step_post_hook(self._after_step),
        ]

    def observe(
        self, loss: L, closure: Callable[..., Tensor] | None = None, *, clipped: bool = False
    ) -> L:
        """Tell the loss, between `backward()` and clipping; returns the loss.

        There the gradient is whole: the size and direction that are recorded are those before
        clipping, and what clipping did is seen by measuring again when the optimizer steps. If it
        is called before `backward()` or never, or with `clipped` because the gradient was clipped
        already, the gradient is recorded as the optimizer gets it, and the clip factor is
        unknown. With gradient accumulation, call it after every backward pass: the recorded loss
        is the mean, and the noise of the gradient is measured.

        `closure` computes the same loss again, without `backward()`; it is called where curvature
        is due, on the parameters as they are then, and its randomness is drawn from a seed. If it
        takes an argument, it is given a function that cuts tensors and batches to the share of
        their rows that `watch` was told: `lambda part: loss_of(model(part(x)), part(y))`. Then
        curvature, promise and change are those of that part. With a GradScaler call
        `scaler.unscale_(optimizer)` before.

        Raises ParameterError if the loss is not one real number.
        """
        self._micro.add(one_number(loss), look=not clipped)
        if closure is not None:
            self._closure = closure
        return loss

    @property
    def steps(self) -> int:
        """How many steps the run has taken, with those before a checkpoint."""
        return self._next

    def run(self) -> Run:
        """What was recorded since `watch` was called."""
        return self._builder.run()

    def sentences(self) -> tuple[Sentence, ...]:
        """What is going on in the run, the worst first."""
        run = self.run()
        return judge(run) if len(run) else ()

    def close(self) -> None:
        """Stop watching, and close the file and the writers. The run can still be asked for."""
        for hook in self._hooks:
            hook.remove()
        self._hooks = []
        if self._started:
            for writer in self._writers:
                writer.close()
        self._started, self._writers = False, []

    def __enter__(self) -> Watch:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def state_dict(self) -> dict[str, Any]:
        """What a continued run needs: the number of the next step and the last gradient.

        Plain values and tensors only, for weights_only loading.
        """
        return {
            "step": self._next,
            **self._copies.state(),
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continue the run whose `state_dict` this is, after model and optimizer are restored.

        The file then goes on where it was; steps after the checkpoint that it holds are void.

        Raises ParameterError if the state is not of this model, or steps were already taken.
        """
        try:
            step, last, size = state["step"], state["last_gradient"], state["last_size"]
        except (KeyError, TypeError):
            raise ParameterError(
                "this is no state of a watched run: give what Watch.state_dict() returned"
            ) from None
        if last is not None and last.shape != (self.parameters.count,):
            raise ParameterError(
                f"the state is of a model with {last.numel():,} watched parameters, this one has"
                f" {self.parameters.count:,}"
            )
        if self._started:
            raise ParameterError(
                f"{self._next} steps were already watched: load the state before the first one"
            )
        self._next = self._resumed = int(step)
        self._copies.restore(last, float(size))

    # Around a step

    @torch.no_grad()
    def _before_step(
        self, optimizer: Optimizer, args: tuple[Any, ...], keywords: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]] | None:
        if not self._started:
            self._start()
        self._copies.take_point()
        self._rate = max(float(group["lr"]) for group in optimizer.param_groups)
        # Positions: the hook is given the optimizer itself among the arguments by some versions.
        for k, value in enumerate(args):
            if callable(value) and value is not optimizer:
                return (*args[:k], self._observed(value), *args[k + 1 :]), keywords
        if callable(keywords.get("closure")):
            return args, {**keywords, "closure": self._observed(keywords["closure"])}
        self._look_at_gradient()
        return None

    def _look_at_gradient(self) -> None:
        self._clipped = self._micro.finish()
        self._sharpness = None
        due = self._every and self._next % self._every == 0
        if due and self._closure is not None and self._micro.finite():
            self._part.of = 0
            self._closure = cut_short(self._closure, self._part)
            with torch.enable_grad():
                self._sharpness = self._curvature.measure(self._closure, self._copies.gradient)

    def _observed(self, closure: Callable[[], Any]) -> Callable[[], Any]:
        """A closure given to the optimizer, whose first loss and gradient belong to the step."""
        first = True

        @functools.wraps(closure)
        def evaluate() -> Any:
            nonlocal first
            loss = closure()
            if first:
                first = False
                with torch.no_grad():
                    if not self._micro.told and loss is not None:
                        # Whether the closure has clipped what it computed is not known.
                        self._micro.add(one_number(loss), look=False)
                    self._look_at_gradient()
            return loss

        return evaluate

    @torch.no_grad()
    def _after_step(self, optimizer: Optimizer, *arguments: object) -> None:
        self._copies.take_step()
        micro = self._micro.tensors()
        clipped = [] if self._clipped is None else [self._clipped]
        measured = self._copies.measure([*micro, *clipped])
        looked = self._micro.looked
        if clipped and measured.gradient == 0 < measured.extra[-1]:
            # The gradients were zeros waiting for backward() when the loss was told.
            looked = False
            self._copies.take_gradient()
            measured = self._copies.measure([*micro, *clipped])
        values = self._values(measured, len(micro))
        if looked and math.isfinite(measured.gradient):
            values["clip"] = _factor(measured.extra[-1], measured.gradient) if clipped else 1.0
        sharp, closure = self._sharpness, self._closure
        if sharp is not None and closure is not None:
            values |= curvature_values(sharp, self._copies.step, self._optimizer, self._rate)
            values |= self._part.values()
            values["change"] = self._curvature.loss(closure) - sharp.loss
        step, self._next = self._next, self._next + 1
        self._copies.turn_over(measured.gradient)
        self._micro.clear()
        self._closure = self._sharpness = None
        self._builder.add(step, values, measured.layers)
        for writer in self._writers:
            writer.step(step, values, measured.layers)

    def _values(self, measured: Measured, micro: int) -> dict[str, float]:
        values = self._micro.values(measured.extra[:micro], measured.gradient)
        values["gradient"] = measured.gradient
        values["lr"] = self._rate
        together = measured.gradient * measured.last
        if math.isfinite(together) and together > 0:
            cosine = max(-1.0, min(1.0, measured.overlap / together))
            values["turn"] = math.degrees(math.acos(cosine))
        values["update"] = measured.update
        values["weights"] = measured.weights
        values["predicted"] = measured.predicted
        return values

    def _start(self) -> None:
        self._started = True
        for writer in self._writers:
            writer.start(self._builder.header, self._resumed)


def _factor(after: float, before: float) -> float:
    """What clipping left of a gradient's length; NaN if that overflowed."""
    if not math.isfinite(after):
        return math.nan
    # Lengths of one vector, summed in another order, differ by rounding.
    return 1.0 if after >= before * (1 - 1e-5) else after / before
