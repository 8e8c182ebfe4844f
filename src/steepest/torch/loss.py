"""A network with a loss and data as a scalar function of its parameters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from steepest.errors import LossError, ParameterError, SteepestError
from steepest.torch.data import Data, Weight
from steepest.torch.local_model import LocalModel
from steepest.torch.memoryless import keeps_nothing
from steepest.torch.named_tensors import Only
from steepest.torch.objective import Objective, Reduce, Repeated
from steepest.torch.parameters import Parameters, VectorLike
from steepest.torch.refusals import misfit, refused


class Loss:
    """The mean loss of a model over data, as a function of the model's parameters.

    ```
    L = stt.Loss(model, (inputs, targets), torch.nn.functional.cross_entropy)
    L = stt.Loss(model, loader, torch.nn.functional.cross_entropy)
    L = stt.Loss(language_model, {"input_ids": ids, "labels": ids})     # output.loss
    L.at().top_eigenvalues()
    ```

    `data` is one batch, or an iterable of batches that can be gone through again and again:
    - a tuple or list of tensors (input, …, target): `loss(model(input, …), target)`;
    - a mapping: `loss(model(**batch), batch)`;
    - without `loss` every tensor goes to the model, and its output is the loss, or has it as
      `output.loss` or `output["loss"]`, as Hugging Face's models do.
    `compute(model, batch)` replaces all of this where a model is called in another way.

    Several batches are averaged with `weight(batch)`, by default the number of rows. The model
    is asked in the mode in which it is, training or evaluation, and left exactly as it was:
    gradients, buffers, mode and random states. What is random (dropout, shuffling) is drawn from
    `seed`, the same for every question, so the loss is one function.

    `only` keeps some parameters (names, layers or a function of the name); others are constants,
    as are frozen ones. `autocast` is a dtype for torch's autocast during the forward pass.
    `reduce` adds a list of tensors over ranks in place, for data that is sharded.

    Raises ParameterError for a model without trainable parameters, LossError for data that
    cannot be gone through twice; and, when asked, LossError for a loss that is not one number,
    does not depend on the parameters or is not finite.
    """

    def __init__(
        self,
        model: nn.Module,
        data: object,
        loss: Callable[..., Tensor] | None = None,
        *,
        compute: Callable[[Any, Any], Tensor] | None = None,
        only: Only | None = None,
        weight: Weight | None = None,
        seed: int = 0,
        autocast: torch.dtype | None = None,
        reduce: Reduce | None = None,
    ) -> None:
        if not isinstance(model, nn.Module):
            raise ParameterError(
                f"the model is a {type(model).__name__}: give a torch.nn.Module, or use"
                " Function for a function of tensors"
            )
        _require_function("loss", loss)
        _require_function("compute", compute)
        if loss is not None and compute is not None:
            raise ParameterError("give loss= or compute=, not both: compute takes its place")
        self.model = model
        self.parameters = Parameters.of(model, only=only)
        run = compute or (lambda m, batch: computed(m, batch, loss))
        self.objective = Objective(
            title=f"the loss of {type(model).__name__}",
            parameters=self.parameters,
            data=Data(data, weight, self.parameters.device),
            evaluate=lambda batch: run(model, batch),
            model=model,
            seed=seed,
            autocast=autocast,
            reduce=reduce,
            repeated=None if compute else lambda batch: repeated(model, batch, loss),
        )

    def at(self, point: VectorLike | None = None) -> LocalModel:
        """The loss near `point` (n,), a list of tensors or tensors by name.

        Without a point: where the model is now. The local model keeps that point, also when the
        model is trained on. Parameters that a mapping does not name stay where they are. Raises
        PointError if the point does not fit.
        """
        return LocalModel(self.objective, self.point(point))

    def value(self, point: VectorLike | None = None) -> float:
        """The mean loss at `point`, by default where the model is now."""
        return self.at(point).value

    def point(self, point: VectorLike | None) -> list[Tensor]:
        """Whatever tells a point, as one tensor a parameter, in the parameters' own precision."""
        now = self.parameters.snapshot()
        if point is None:
            return now
        parts = self.parameters.unflatten(self.parameters.flatten(point))
        given = list(self.parameters.names)
        if isinstance(point, Mapping):
            given = self.parameters.canonical(point)
        return [
            there.to(here) if name in given else here
            for name, there, here in zip(self.parameters.names, parts, now, strict=True)
        ]

    def __repr__(self) -> str:
        return f"Loss({type(self.model).__name__}, {self.parameters!r})"


def _require_function(name: str, function: object) -> None:
    """ParameterError unless it can be called on what a model gives."""
    if function is None:
        return
    if isinstance(function, type) and issubclass(function, nn.Module):
        what = function.__name__
        raise ParameterError(f"{name}={what} is a class: make one of it, {name}={what}()")
    if not callable(function):
        raise ParameterError(
            f"{name}={function!r:.60} cannot be called: give a function such as"
            " torch.nn.functional.cross_entropy"
        )


def computed(model: nn.Module, batch: Any, loss: Callable[..., Tensor] | None) -> object:
    """The loss of one batch, in the ways that `Loss` describes."""
    try:
        return _computed(model, batch, loss)
    except (TypeError, AttributeError) as error:
        reason = misfit(model, batch, loss is not None)
        if reason is None:
            raise
        raise LossError(reason) from error
    except (RuntimeError, ValueError, IndexError) as error:
        if isinstance(error, SteepestError | torch.OutOfMemoryError):
            raise
        raise LossError(refused(model, batch, error)) from error


def repeated(model: nn.Module, batch: Any, loss: Callable[..., Tensor] | None) -> Repeated:
    """What computes the loss of one batch each time, without looking at its form again."""
    if loss is not None and isinstance(batch, tuple | list) and len(batch) > 1:
        *inputs, target = batch
        free = keeps_nothing(model, batch, loss)
        return Repeated(lambda: loss(model(*inputs), target), free)
    return Repeated(lambda: _computed(model, batch, loss), False)


def _computed(model: Any, batch: Any, loss: Callable[..., Tensor] | None) -> object:
    if isinstance(batch, Mapping):
        output = model(**batch)
        return _loss_in(output) if loss is None else loss(output, batch)
    parts = [batch] if isinstance(batch, Tensor) else list(batch)
    if loss is None:
        return _loss_in(model(*parts))
    if len(parts) < 2:
        raise LossError(
            "a batch of one tensor has no target for the loss function: give (input, target), or"
            " compute=lambda model, batch: …"
        )
    return loss(model(*parts[:-1]), parts[-1])


def _loss_in(output: object) -> object:
    if isinstance(output, Tensor):
        return output
    found = output.get("loss") if isinstance(output, Mapping) else getattr(output, "loss", None)
    if found is None:
        keys = ", ".join(output) if isinstance(output, Mapping) else type(output).__name__
        raise LossError(
            f"the model's output has no loss ({keys}): put the labels into the batch, or give a"
            " loss function"
        )
    return found
