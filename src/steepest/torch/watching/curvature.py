"""The largest eigenvalue of the Hessian as a training run meets it, from few products.

Lanczos' search starts in the gradient of the step's batch. Where training is unstable, the
gradient lies mostly along the sharpest directions of that very batch, so two or three products
come close; the last eigenvector, of another batch, was hardly a better start than a random one
when it was tried. How good the value is, is measured with it: the residual ‖Av - λv‖/λ. A value
from a search that was cut short errs to the small side.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from steepest.torch.data import Data
from steepest.torch.eigenvalues import extreme_eigenvalues
from steepest.torch.objective import Objective
from steepest.torch.parameters import Parameters
from steepest.torch.watching.stability import decay, stability, step_sizes

_TOLERANCE = 0.02  # of λmax: sentences compare it with the limit to two digits


class Sharpness(NamedTuple):
    """The largest eigenvalue of D^½ H D^½, its relative residual, and the products it took.

    `loss` and `gradient` (n,) are of the loss that was asked, `sizes` are D (n,).
    """

    value: float
    residual: float
    products: int
    loss: float
    gradient: Tensor
    sizes: Tensor


class Curvature:
    """Measures with at most `most` products.

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

    def measure(self, closure: Callable[[], object], gradient: Tensor) -> Sharpness | None:
        """The sharpness of the loss that `closure` computes, where the model is now.

        `gradient` (n,) is where the search starts, if it says a direction. None where the
        optimizer's step sizes are no numbers, as with a learning rate of NaN.

        Raises LossError if the loss has no second derivatives or is not finite.
        """
        sizes = step_sizes(self._optimizer, self._parameters)
        roots = sizes.sqrt()
        added = decay(self._optimizer, self._parameters)
        if not bool(torch.isfinite(roots).all()):
            return None
        start = _direction(roots * gradient)
        with self._objective(closure).at(self._parameters.tensors) as asked:

            def apply(v: Tensor) -> Tensor:
                inner = roots * v
                product = asked.product(inner)
                if added is not None:
                    product = product + added * inner
                return roots * product

            found = extreme_eigenvalues(
                apply, roots, tolerance=_TOLERANCE, max_products=self._most,
                start=start,
            )  # fmt: skip
            known = asked.known_gradient
        assert known is not None
        value = float(found.values[0])
        residual = float(found.residuals[0]) / abs(value) if value else 0.0
        return Sharpness(value, residual, found.products, *known, sizes)

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


def _direction(v: Tensor) -> Tensor | None:
    """v of length one; None for a zero vector, and for one too long to have a length."""
    size = torch.linalg.vector_norm(v, dtype=torch.float64)
    known = bool(torch.isfinite(size)) and float(size) > 0
    return (v / size).to(v) if known else None


def curvature_values(
    sharp: Sharpness, step: Tensor, optimizer: Optimizer, rate: float
) -> dict[str, float]:
    """What is recorded of a measurement, with the step (n,) that was taken at learning rate `rate`.

    The names are those of `steepest.training.records.COLUMNS`.
    """
    known = stability(optimizer)
    values = {
        "residual": sharp.residual,
        "products": float(sharp.products),
        "promised": promised(sharp, step),
    }
    if math.isnan(known.limit):
        # Every step size was taken as one: what was measured is the Hessian itself.
        return values | {"lambda_max": sharp.value}
    values |= {"sharpness": sharp.value, "limit": known.limit}
    if known.alike:
        values["lambda_max"] = sharp.value / rate
    return values | {"at_most": at_most(sharp, step)}


def promised(sharpness: Sharpness, step: Tensor) -> float:
    """The first-order change gᵀΔ of the loss that was asked, for the step Δ (n,)."""
    return float(torch.dot(sharpness.gradient, step))


def at_most(sharpness: Sharpness, step: Tensor) -> float:
    """The second-order bound of that change: gᵀΔ + ½ λmax Σ Δᵢ²/Dᵢ."""
    square = torch.where(step == 0, 0.0, step.square() / sharpness.sizes).sum()
    return promised(sharpness, step) + 0.5 * sharpness.value * float(square)
