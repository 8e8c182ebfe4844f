"""Formulas over data computed by torch: columns (n, 1) and matrices, derivatives by autograd."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from steepest.functions.formula import Formula

NAMESPACE = {
    "exp": torch.exp, "log": torch.log, "sin": torch.sin, "cos": torch.cos, "tanh": torch.tanh,
    "sqrt": torch.sqrt, "abs": torch.abs, "relu": torch.relu, "sigmoid": torch.sigmoid,
    "softplus": torch.nn.functional.softplus, "sum": torch.sum, "mean": torch.mean,
    "norm": torch.linalg.norm, "norm2": torch.linalg.norm, "norm1": lambda a: a.abs().sum(),
    "dot": lambda a, b: (a * b).sum(), "transpose": lambda a: a.T, "tr": torch.trace,
    "inv": torch.linalg.inv, "det": torch.linalg.det, "logdet": torch.logdet,
    "diag": lambda a: torch.diag(a[:, 0]) if a.shape[1] == 1 else torch.diag(a).reshape(-1, 1),
    "eye": lambda n: torch.eye(n, dtype=torch.float64),
    "ones": lambda m, n=1: torch.ones(m, n, dtype=torch.float64),
    "max": torch.maximum, "min": torch.minimum, "where": torch.where, "pi": np.pi,
}  # fmt: skip


def columns(array: Any) -> torch.Tensor:
    """A vector as a column, anything else as it is."""
    tensor = torch.tensor(np.asarray(array, dtype=np.float64))
    return tensor.reshape(-1, 1) if tensor.ndim == 1 else tensor


def by_torch(
    text: str, f: Formula, data: dict[str, Any], point: np.ndarray
) -> tuple[float, np.ndarray, np.ndarray]:
    """Value, gradient (n,) and Hessian (n, n) of the formula at `point` (n,)."""
    assert f.arrays is not None
    arguments = f.arrays.arguments
    known: dict[str, Any] = {name: columns(array) for name, array in data.items()}
    code = compile(text.replace("^", "**").replace("'", ".T"), "formula", "eval")

    def value(flat: torch.Tensor) -> torch.Tensor:
        local = dict(known)
        for a in arguments:
            part = flat[a.start : a.start + a.size]
            local[a.name] = part.reshape(a.shape) if a.shape else part[0]
        return eval(code, {**NAMESPACE, **local}).reshape(())  # our own text

    flat = torch.tensor(point, dtype=torch.float64, requires_grad=True)
    (gradient,) = torch.autograd.grad(value(flat), flat)
    hessian = torch.autograd.functional.hessian(value, flat.detach())
    assert isinstance(hessian, torch.Tensor)
    return float(value(flat).detach()), gradient.numpy(), hessian.numpy()
