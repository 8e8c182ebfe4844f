"""A tape on PyTorch tensors, in double precision, with PyTorch's autograd for the gradient.

This is somebody else's differentiation: a further independent way for `LocalModel.verify`.
At kinks it follows PyTorch's conventions (relu'(0) = 0, a tie of max is shared by halves).
PyTorch is imported when the first tape runs, never before.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from steepest.errors import ParameterError
from steepest.evaluate.numpy import FloatArray
from steepest.evaluate.tape import Tape, to_float

if TYPE_CHECKING:
    import torch


def installed() -> bool:
    """Whether PyTorch can be imported."""
    return find_spec("torch") is not None


class TorchEvaluator:
    """Evaluates all outputs of a tape on float64 tensors.

    Raises ParameterError if PyTorch is not installed.
    """

    def __init__(self, tape: Tape) -> None:
        if not installed():
            raise ParameterError("PyTorch is not installed: install it, or leave torch=True out")
        self.tape = tape
        self._functions = _functions()

    def __call__(self, columns: Sequence[torch.Tensor]) -> list[torch.Tensor]:
        """The outputs, given one tensor (…) for each variable, all of one shape."""
        import torch

        inputs = dict(zip(self.tape.variables, columns, strict=True))
        registers: list[Any] = []
        for step in self.tape.instructions:
            if step.op == "var":
                registers.append(inputs[str(step.value)])
            elif step.op == "const":
                value = to_float(step.value)
                registers.append(torch.tensor(value, dtype=torch.float64))
            elif step.op == "ipow":
                registers.append(torch.pow(registers[step.args[0]], step.value))
            else:
                registers.append(self._functions[step.op](*(registers[a] for a in step.args)))
        return [registers[k] for k in self.tape.outputs]

    def gradient(self, point: ArrayLike) -> tuple[float, FloatArray]:
        """The first output and its gradient (n,) by autograd, at one point (n,)."""
        import torch

        x = [
            torch.tensor(float(c), dtype=torch.float64, requires_grad=True)
            for c in np.asarray(point, dtype=np.float64)
        ]
        value = self(x)[0]
        if not value.requires_grad:  # a constant, or a comparison's choice of constants
            return float(value), np.zeros(len(x))
        parts = torch.autograd.grad(value, x, allow_unused=True)
        gradient = np.array([0.0 if g is None else float(g) for g in parts])
        return float(value.detach()), gradient


@cache
def _functions() -> dict[str, Callable[..., torch.Tensor]]:
    """Operation -> PyTorch function."""
    import torch

    def number(value: float) -> torch.Tensor:
        return torch.tensor(value, dtype=torch.float64)

    def cube_root(a: torch.Tensor) -> torch.Tensor:
        return torch.sign(a) * torch.pow(torch.abs(a), 1.0 / 3.0)

    def softplus(a: torch.Tensor) -> torch.Tensor:
        # torch.nn.functional.softplus is only approximate for large arguments.
        return torch.logaddexp(a, torch.zeros_like(a))

    return {
        "pi": lambda: number(np.pi), "e": lambda: number(np.e),
        "neg": torch.neg, "add": torch.add, "sub": torch.sub, "mul": torch.mul,
        "div": torch.div, "pow": torch.pow, "abs": torch.abs, "sign": torch.sign,
        "sqrt": torch.sqrt, "cbrt": cube_root, "exp": torch.exp, "log": torch.log,
        "log2": torch.log2, "log10": torch.log10, "sin": torch.sin, "cos": torch.cos,
        "tan": torch.tan, "asin": torch.asin, "acos": torch.acos, "atan": torch.atan,
        "atan2": torch.atan2, "sinh": torch.sinh, "cosh": torch.cosh, "tanh": torch.tanh,
        "asinh": torch.asinh, "acosh": torch.acosh, "atanh": torch.atanh,
        "sigmoid": torch.sigmoid, "softplus": softplus, "relu": torch.relu, "erf": torch.erf,
        "hypot": torch.hypot, "min": torch.minimum, "max": torch.maximum, "lt": torch.lt,
        "le": torch.le, "where": torch.where,
    }  # fmt: skip
