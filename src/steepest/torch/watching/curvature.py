"""The largest eigenvalue of the Hessian as a training run meets it, cheap because it is followed.

Between two measurements the network moves little, so the last eigenvector is where the next
search starts, and a few products with the Hessian of the current batch suffice. How good they
are is measured too: the residual ‖Av - λv‖/λ.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from steepest.torch.data import Data
from steepest.torch.eigenvalues import extreme_eigenvalues
from steepest.torch.objective import Objective
from steepest.torch.parameters import Parameters
from steepest.torch.watching.stability import Stability, decay, step_sizes

_TOLERANCE = 0.02  # of λmax: sentences compare it with the limit to two digits
_COLD = 20  # products for the first measurement, which has nothing to start from


class Sharpness(NamedTuple):
    """The largest eigenvalue of D^½ H D^½, its relative residual, and the products it took.

    `loss` is the loss of the batch that it was measured on, `sizes` are D (n,).
    """

    value: float
    residual: float
    products: int
    loss: float
    sizes: Tensor


class Curvature:
    """Follows the top eigenvector from one measurement to the next.

    Dropout and other randomness is drawn from one seed for every question, and the model's
    buffers, gradients and random state stay as they are found.
    """

    def __init__(
        self, model: nn.Module, parameters: Parameters, optimizer: Optimizer, most: int
    ) -> None:
        self._model = model
        self._parameters = parameters
        self._optimizer = optimizer
        self._most = most
        self.start: Tensor | None = None

    def measure(self, closure: Callable[[], object]) -> Sharpness:
        """The sharpness of the loss that `closure` computes, where the model is now.

        Raises LossError if the loss has no second derivatives or is not finite.
        """
        sizes = step_sizes(self._optimizer, self._parameters)
        roots = sizes.sqrt()
        added = decay(self._optimizer, self._parameters)
        with self._objective(closure).at(self._parameters.tensors) as asked:
            loss = asked.value()

            def apply(v: Tensor) -> Tensor:
                inner = roots * v
                product = asked.product(inner)
                if added is not None:
                    product = product + added * inner
                return roots * product

            found = extreme_eigenvalues(
                apply, roots, tolerance=_TOLERANCE, start=self.start,
                max_products=_COLD if self.start is None else self._most,
            )  # fmt: skip
        self.start = found.vectors[0]
        value = float(found.values[0])
        residual = float(found.residuals[0]) / abs(value) if value else 0.0
        return Sharpness(value, residual, found.products, loss, sizes)

    def loss(self, closure: Callable[[], object]) -> float:
        """The loss of the same batch where the model is now, with the same random numbers.

        It may be infinite or NaN.
        """
        with self._objective(closure).at(self._parameters.tensors) as asked:
            return asked.value(finite=False)

    def _objective(self, closure: Callable[[], object]) -> Objective:
        parameters = self._parameters
        return Objective(
            title="the loss of the step",
            parameters=parameters,
            data=Data((), None, parameters.device),
            evaluate=lambda _: closure(),
            model=self._model,
        )


def at_most(predicted: float, sharpness: Sharpness, step: Tensor) -> float:
    """The second-order bound of the change of the loss: gᵀΔ + ½ λmax Σ Δᵢ²/Dᵢ."""
    square = torch.where(step == 0, 0.0, step.square() / sharpness.sizes).sum()
    return predicted + 0.5 * sharpness.value * float(square)


__all__ = ["Curvature", "Sharpness", "Stability", "at_most"]
