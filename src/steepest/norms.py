"""Norms, their duals and the steepest direction in each.

Among all u with size(u) = 1 the slope ⟨g, u⟩ is largest at steepest(g), and there it equals
dual(g) (Boyd & Vandenberghe, Convex Optimization, §9.4.1).

`size`, `dual`, `steepest` and `sharp` work on a vector given as its n components and use
plain numpy arithmetic only. A component may be a number, an array with one entry a lane of
many descents, or a symbol: then the same code is traced into a compiled kernel.
`size_of`, `dual_of` and `steepest_of` take one vector as an array, at any scale.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import Any, Final, Protocol, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from steepest.errors import NoDirectionError, ParameterError

Vector = Sequence[Any]
FloatArray = NDArray[np.float64]


@runtime_checkable
class Norm(Protocol):
    """A way to measure steps. Everything else about steepest descent follows from it."""

    @property
    def name(self) -> str:
        """The norm's name on the command line."""
        ...

    def size(self, v: Vector) -> Any:
        """‖v‖."""
        ...

    def dual(self, g: Vector) -> Any:
        """‖g‖*, the largest slope ⟨g, u⟩ over ‖u‖ = 1."""
        ...

    def steepest(self, g: Vector) -> list[Any]:
        """A u with ‖u‖ = 1 and ⟨g, u⟩ = ‖g‖*; NaN where g = 0."""
        ...

    def sharp(self, g: Vector) -> list[Any]:
        """‖g‖*·steepest(g): the gradient as a step. In L2 this is g itself."""
        ...

    def ties(self, g: FloatArray) -> str:
        """ "" if the steepest direction is unique, else a sentence that tells the whole set."""
        ...


@dataclass(frozen=True)
class L2:
    """The Euclidean norm. Steepest ascent is the normalized gradient."""

    name = "l2"

    def size(self, v: Vector) -> Any:
        """‖v‖₂."""
        return np.sqrt(inner(v, v))

    def dual(self, g: Vector) -> Any:
        """‖g‖₂: the Euclidean norm is its own dual."""
        return self.size(g)

    def steepest(self, g: Vector) -> list[Any]:
        """g/‖g‖₂."""
        inverse = 1.0 / self.dual(g)
        return [gi * inverse for gi in g]

    def sharp(self, g: Vector) -> list[Any]:
        """g."""
        return list(g)

    def ties(self, g: FloatArray) -> str:
        """Never a tie."""
        return ""


@dataclass(frozen=True)
class L1:
    """The sum of absolute values. Steepest ascent moves one coordinate only.

    When several |gᵢ| share the maximum, every mixture of those coordinates is steepest; the
    first of them is taken.
    """

    name = "l1"

    def size(self, v: Vector) -> Any:
        """Σ|vᵢ|."""
        return _total([np.abs(vi) for vi in v])

    def dual(self, g: Vector) -> Any:
        """max|gᵢ|."""
        return _largest([np.abs(gi) for gi in g])

    def steepest(self, g: Vector) -> list[Any]:
        """sign(gₖ)·eₖ for the first k with |gₖ| = max|gᵢ|."""
        return self._along_largest(g, [np.sign(gi) for gi in g])

    def sharp(self, g: Vector) -> list[Any]:
        """gₖ·eₖ for the same k."""
        return self._along_largest(g, list(g))

    def _along_largest(self, g: Vector, values: list[Any]) -> list[Any]:
        largest = self.dual(g)
        free: Any = 1.0
        picked = []
        for gi, value in zip(g, values, strict=True):
            here = np.where(np.abs(gi) == largest, free, 0.0)
            picked.append(here * value)
            free = free - here
        return picked

    def ties(self, g: FloatArray) -> str:
        """The coordinates that share the maximum, if there are several."""
        size = np.abs(g)
        shared = np.flatnonzero(size == size.max())
        if len(shared) < 2:
            return ""
        signs = ", ".join(f"{'+' if g[i] > 0 else '-'}e{i + 1}" for i in shared)
        return f"every mixture of {signs} is as steep; the first is shown"


@dataclass(frozen=True)
class LInf:
    """The largest absolute value. Steepest ascent is the sign of the gradient.

    A coordinate with gᵢ = 0 may move freely in [−1, 1]; it is left at 0.
    """

    name = "linf"

    def size(self, v: Vector) -> Any:
        """max|vᵢ|."""
        return _largest([np.abs(vi) for vi in v])

    def dual(self, g: Vector) -> Any:
        """Σ|gᵢ|."""
        return _total([np.abs(gi) for gi in g])

    def steepest(self, g: Vector) -> list[Any]:
        """sign(g)."""
        return [np.sign(gi) for gi in g]

    def sharp(self, g: Vector) -> list[Any]:
        """‖g‖₁·sign(g)."""
        total = self.dual(g)
        return [total * np.sign(gi) for gi in g]

    def ties(self, g: FloatArray) -> str:
        """The coordinates that do not matter, if there are any."""
        idle = np.flatnonzero(g == 0)
        if len(idle) == 0:
            return ""
        which = ", ".join(str(i + 1) for i in idle)
        many = "coordinates" if len(idle) > 1 else "coordinate"
        return f"{many} {which} may move anywhere in [-1, 1] without changing the slope"


@dataclass(frozen=True)
class Quadratic:
    """‖v‖ = √(vᵀPv) for a symmetric positive definite P (n, n).

    Steepest ascent is P⁻¹g/‖g‖*; with the Hessian as P this is Newton's direction.
    Raises ParameterError if P is not symmetric positive definite.
    """

    matrix: tuple[tuple[float, ...], ...]
    inverse: tuple[tuple[float, ...], ...] = field(init=False, repr=False, compare=False)

    name = "quadratic"

    def __init__(self, matrix: ArrayLike) -> None:
        p = np.array(matrix, dtype=np.float64)
        if p.ndim != 2 or p.shape[0] != p.shape[1] or not p.size:
            raise ParameterError(f"P has shape {p.shape}: a quadratic norm needs a square matrix")
        if not np.isfinite(p).all():
            raise ParameterError("P has entries that are not finite")
        if not np.allclose(p, p.T, rtol=1e-12, atol=0.0):
            i, j = np.unravel_index(np.argmax(np.abs(p - p.T)), p.shape)
            raise ParameterError(
                f"P is not symmetric: P[{i}][{j}] = {p[i, j]:g} but P[{j}][{i}] = {p[j, i]:g}"
            )
        eigenvalues = np.linalg.eigvalsh(p)
        if eigenvalues[0] <= 0:
            raise ParameterError(
                f"P is not positive definite: its smallest eigenvalue is {eigenvalues[0]:.6g};"
                " for a Hessian that is indefinite add a multiple of the identity"
            )
        object.__setattr__(self, "matrix", _rows(p))
        object.__setattr__(self, "inverse", _rows(np.linalg.inv(p)))

    def size(self, v: Vector) -> Any:
        """√(vᵀPv)."""
        return np.sqrt(inner(v, _apply(self.matrix, v)))

    def dual(self, g: Vector) -> Any:
        """√(gᵀP⁻¹g)."""
        return np.sqrt(inner(g, self.sharp(g)))

    def steepest(self, g: Vector) -> list[Any]:
        """P⁻¹g/‖g‖*."""
        step = self.sharp(g)
        inverse = 1.0 / np.sqrt(inner(g, step))
        return [si * inverse for si in step]

    def sharp(self, g: Vector) -> list[Any]:
        """P⁻¹g."""
        return _apply(self.inverse, g)

    def ties(self, g: FloatArray) -> str:
        """Never a tie: the unit ball is round."""
        return ""


#: The norms that need no parameter, by their name on the command line.
BY_NAME: Final[dict[str, Norm]] = {norm.name: norm for norm in (L2(), L1(), LInf())}


def size_of(norm: Norm, v: ArrayLike) -> float:
    """‖v‖ of one vector (n,), without overflow or underflow."""
    array = np.asarray(v, dtype=np.float64)
    scale = _scale(array)
    return float(norm.size(list(array / scale)) * scale) if scale else 0.0


def dual_of(norm: Norm, g: ArrayLike) -> float:
    """‖g‖* of one vector (n,), without overflow or underflow."""
    array = np.asarray(g, dtype=np.float64)
    scale = _scale(array)
    return float(norm.dual(list(array / scale)) * scale) if scale else 0.0


def steepest_of(norm: Norm, g: ArrayLike) -> FloatArray:
    """The steepest direction (n,) for one gradient (n,); NoDirectionError if there is none."""
    array = np.asarray(g, dtype=np.float64)
    if not np.isfinite(array).all():
        raise NoDirectionError("the gradient is not finite, so no direction is steepest")
    scale = _scale(array)
    if not scale:
        raise NoDirectionError("the gradient is zero, so no direction is steepest")
    return np.array([float(ui) for ui in norm.steepest(list(array / scale))])


def inner(a: Vector, b: Vector) -> Any:
    """⟨a, b⟩."""
    return _total([ai * bi for ai, bi in zip(a, b, strict=True)])


def _scale(array: FloatArray) -> float:
    """A power of two near the largest entry: dividing by it is exact."""
    largest = float(np.max(np.abs(array))) if array.size else 0.0
    return float(2.0 ** np.floor(np.log2(largest))) if largest and np.isfinite(largest) else largest


def _total(parts: list[Any]) -> Any:
    return reduce(lambda a, b: a + b, parts)


def _largest(parts: list[Any]) -> Any:
    return reduce(np.maximum, parts)


def _rows(matrix: NDArray[np.floating[Any]]) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(float(x) for x in row) for row in matrix)


def _apply(matrix: tuple[tuple[float, ...], ...], v: Vector) -> list[Any]:
    if len(matrix) != len(v):
        raise ParameterError(
            f"the quadratic norm has a {len(matrix)} x {len(matrix)} matrix, the vector"
            f" {len(v)} components"
        )
    return [_total([p * vi for p, vi in zip(row, v, strict=True)]) for row in matrix]
