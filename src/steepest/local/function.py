"""What can be studied: the protocol that formulas, callables and networks fulfil."""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]


@runtime_checkable
class ScalarFunction(Protocol):
    """A scalar function f: ℝⁿ→ℝ with derivatives, at many points at once."""

    variables: tuple[str, ...]

    @property
    def dim(self) -> int:
        """The number of variables n."""
        ...

    def values(self, points: ArrayLike) -> FloatArray:
        """f at `points` (m, n) -> (m,). NaN where f is undefined."""
        ...

    def gradients(self, points: ArrayLike) -> FloatArray:
        """∇f at `points` (m, n) -> (m, n)."""
        ...

    def values_and_gradients(self, points: ArrayLike) -> tuple[FloatArray, FloatArray]:
        """f and ∇f at `points` (m, n) -> (m,), (m, n)."""
        ...

    def hessians(self, points: ArrayLike) -> FloatArray:
        """The second derivatives at `points` (m, n) -> (m, n, n)."""
        ...


@runtime_checkable
class GraphFunction(ScalarFunction, Protocol):
    """A scalar function whose expression graph is known."""

    # A `Node` and two tapes; type checkers do not see that through a cached property.
    @property
    def node(self) -> Any:
        """The graph, a `Node`."""
        ...

    @property
    def value_tape(self) -> Any:
        """The `Tape` for f: one output."""
        ...

    @property
    def gradient_tape(self) -> Any:
        """The `Tape` for f and ∇f: 1 + n outputs."""
        ...


def graph_of(function: ScalarFunction) -> GraphFunction | None:
    """The function, if its expression graph is known and small enough to be had."""
    # Looks at the class: asking the instance would compute every cached property.
    known = hasattr(type(function), "gradient_tape") and getattr(function, "has_graph", True)
    return function if known else None  # type: ignore[return-value]
