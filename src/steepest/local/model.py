"""The local model: a function near one point, and what its derivatives say there."""

from __future__ import annotations

import math
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from steepest.errors import NoDirectionError, ParameterError
from steepest.local import report, vectors
from steepest.local.curvature import critical_kind, eigen
from steepest.local.differentiability import Analysis, analyse, describe_point, trust
from steepest.local.function import ScalarFunction as ScalarFunction
from steepest.local.function import graph_of
from steepest.local.numerical import Noise, numerical_slope
from steepest.local.rays import Rays
from steepest.local.results import (
    Differentiability,
    FloatArray,
    Prediction,
    SlopeComparison,
    SlopeRow,
    Smoothness,
    SteepestDirection,
    Verification,
)
from steepest.local.slopes import exact_direction, one_sided_slope, tangent_basis
from steepest.local.vectors import frozen
from steepest.norms import L2, Norm, dual_of, size_of, steepest_of


class LocalModel:
    """f near a point: value, gradient, Hessian and what follows from them.

    ```
    m = Formula("x^2 + 3y^2").at(1, 2)
    m.gradient                        # array([ 2., 12.])
    m.slope([1, 0])                   # 2.0
    m.steepest_ascent(LInf()).rate    # 14.0
    m.verify().agrees                 # True
    ```

    Everything is computed when it is first asked for; arrays are read-only. Raises
    PointError if a coordinate of `point` (n,) is not finite.
    """

    def __init__(self, function: ScalarFunction, point: ArrayLike) -> None:
        self.function = function
        self.point: FloatArray = vectors.point(point, function.variables)

    # What is known at the point

    @cached_property
    def _first_order(self) -> tuple[float, FloatArray]:
        values, gradients = self.function.values_and_gradients(self.point[None])
        return float(values[0]), frozen(np.array(gradients[0], dtype=np.float64))

    @property
    def value(self) -> float:
        """f at the point; NaN where f is undefined."""
        return self._first_order[0]

    @property
    def convention_gradient(self) -> FloatArray:
        """What evaluators return as gradient (n,), with their conventions: abs'(0) = 0 and so on.

        Where f is differentiable in the plain way this is the gradient; elsewhere it is not.
        """
        return self._first_order[1]

    @cached_property
    def analysis(self) -> Analysis:
        """How the status was reached."""
        graph = graph_of(self.function)
        value, gradient = self._first_order
        if graph is not None:
            return analyse(self.rays, value, gradient)
        too_large = not getattr(self.function, "has_graph", True)
        return trust(self.function.variables, self.point, value, gradient, too_large)

    @cached_property
    def rays(self) -> Rays:
        """The graph, expanded around the point."""
        graph = graph_of(self.function)
        if graph is None:
            raise ParameterError(
                f"{type(self.function).__name__} has no expression graph, so it cannot be"
                " expanded along rays"
            )
        return Rays(graph.node, self.function.variables, [float(c) for c in self.point])

    @property
    def status(self) -> Differentiability:
        """Whether f is differentiable here; the kind, a sentence and the one-sided slopes."""
        return self.analysis.status

    @cached_property
    def gradient(self) -> FloatArray:
        """∇f (n,); NaN-filled where f is not differentiable."""
        return frozen(self.analysis.gradient + 0.0)  # -0 reads badly

    @cached_property
    def gradient_norm(self) -> float:
        """‖∇f‖₂, the slope of steepest ascent in the Euclidean norm."""
        g = self.gradient
        return size_of(L2(), g) if np.isfinite(g).all() else math.nan

    @cached_property
    def hessian(self) -> FloatArray:
        """The second derivatives (n, n); NaN-filled where f has a singular operation."""
        n = self.function.dim
        if not self.analysis.smooth:
            return frozen(np.full((n, n), np.nan))
        return frozen(np.array(self.function.hessians(self.point[None])[0]))

    @cached_property
    def _eigen(self) -> tuple[FloatArray, FloatArray]:
        values, columns = eigen(self.hessian)
        return frozen(values), frozen(columns)

    @property
    def eigenvalues(self) -> FloatArray:
        """The Hessian's eigenvalues (n,), ascending: the curvatures along `eigenvectors`."""
        return self._eigen[0]

    @property
    def eigenvectors(self) -> FloatArray:
        """The Hessian's unit eigenvectors (n, n): column k belongs to eigenvalue k."""
        return self._eigen[1]

    # Slopes

    def slope(self, direction: ArrayLike, *, norm: Norm | None = None) -> float:
        """The directional derivative D_u f, u = direction/‖direction‖ (n,).

        At a kink or an edge this is the one-sided slope, infinite for a vertical tangent.
        Raises NoDirectionError where there is no such slope, PointError for a direction that
        is zero, not finite or of the wrong length.
        """
        u = self._unit(direction, norm or L2())
        kind = self.status.kind
        if kind is Smoothness.DIFFERENTIABLE or graph_of(self.function) is None:
            return float(self.gradient @ u)
        if kind in (Smoothness.OUTSIDE, Smoothness.UNDECIDED):
            raise NoDirectionError(self.status.sentence)
        # The length is divided out last, so that the ray itself stays exact.
        v, length = exact_direction(
            vectors.direction(direction, self.function.variables), norm or L2()
        )
        return one_sided_slope(self.rays, v) / length

    def slopes(self, direction: ArrayLike) -> SlopeComparison:
        """The slope along direction/‖direction‖ (n,) as a limit, as ∇f·u and as ‖∇f‖ cos θ.

        Raises NoDirectionError where f is not differentiable, PointError as `slope`.
        """
        u = self._unit(direction, L2())
        self._require_gradient()
        limit = numerical_slope(self.function.values, self.point, u, self._noise)
        cosine = 0.0
        if self.gradient_norm:
            cosine = self.gradient_norm * math.cos(self.angle(direction))
        dot = float(self.gradient @ u)
        rounding = float(self._gradient_error @ np.abs(u)) + 8e-15 * len(u) * self.gradient_norm
        return SlopeComparison(limit.value, dot, cosine, limit.error_bound, rounding)

    def slope_table(self, direction: ArrayLike, steps: int = 8) -> tuple[SlopeRow, ...]:
        """The difference quotients (f(x + h u) - f(x))/h for h = 1, 0.1, … (steps + 1 rows).

        Rows where f is undefined are left out. The errors shrink with h until rounding takes
        over. Raises as `slope`.
        """
        u = self._unit(direction, L2())
        slope = self.slope(direction)
        h = 10.0 ** -np.arange(steps + 1)
        values = self.function.values(self.point + h[:, None] * u)
        with np.errstate(all="ignore"):
            quotients = (values - self.value) / h
            errors = quotients - slope
        rows = zip(h, quotients, errors, strict=True)
        return tuple(SlopeRow(*map(float, row)) for row in rows if np.isfinite(row[1]))

    def angle(self, direction: ArrayLike) -> float:
        """The angle in radians, 0 to π, between the gradient and `direction` (n,).

        Raises NoDirectionError where the gradient is zero or missing, PointError as `slope`.
        """
        u = self._unit(direction, L2())
        self._require_direction()
        g = steepest_of(L2(), self.gradient)
        # Accurate for every angle, where arccos loses half the digits near 0 and π.
        return 2.0 * math.atan2(size_of(L2(), g - u), size_of(L2(), g + u))

    def steepest_ascent(self, norm: Norm | None = None) -> SteepestDirection:
        """The direction of length one in `norm` (Euclidean by default) with the largest slope.

        Raises NoDirectionError where the gradient is zero or missing.
        """
        return self._steepest(norm or L2(), 1.0)

    def steepest_descent(self, norm: Norm | None = None) -> SteepestDirection:
        """The direction of length one in `norm` with the smallest (most negative) slope.

        Raises NoDirectionError where the gradient is zero or missing.
        """
        return self._steepest(norm or L2(), -1.0)

    def _steepest(self, norm: Norm, sign: float) -> SteepestDirection:
        self._require_direction()
        g = self.gradient
        ties = norm.ties(sign * g)
        sentence = ties or "no other direction is as steep"
        # Adding 0 turns -0 into 0, which reads better.
        direction = frozen(steepest_of(norm, sign * g) + 0.0)
        return SteepestDirection(norm, direction, sign * dual_of(norm, g), not ties, sentence)

    # The level set

    @cached_property
    def tangent(self) -> FloatArray:
        """The directions along which f does not change to first order.

        For n = 2 the unit tangent (2,) of the level curve, the gradient turned left; otherwise
        an orthonormal basis (n-1, n) of the tangent space of the level set. Raises
        NoDirectionError where the gradient is zero or missing.
        """
        self._require_direction()
        g = steepest_of(L2(), self.gradient)
        if len(g) == 2:
            return frozen(np.array([-g[1], g[0]]) + 0.0)
        return frozen(tangent_basis(g))

    @property
    def orthogonality(self) -> float:
        """The residual |∇f·t|/‖∇f‖, largest over the tangents: 0 but for rounding."""
        tangents = np.atleast_2d(self.tangent)
        g = steepest_of(L2(), self.gradient)
        return float(np.max(np.abs(tangents @ g), initial=0.0))

    # Predictions

    def predict(self, step: ArrayLike, order: int = 1) -> Prediction:
        """The change of f for `step` (n,): Taylor's ∇f·s (+ ½ sᵀHs for order 2) and the truth.

        Raises PointError for a step of the wrong length or not finite, ParameterError for
        another order, NoDirectionError where f has no gradient (order 2: no Hessian).
        """
        if order not in (1, 2):
            raise ParameterError(f"order={order!r}: a prediction is of order 1 or 2")
        s = frozen(self._vector(step, "step"))
        self._require_gradient()
        predicted = float(self.gradient @ s)
        if order == 2:
            if not self.analysis.smooth:
                raise NoDirectionError(
                    f"{self.status.sentence}; second derivatives are not known there"
                )
            predicted += 0.5 * float(s @ self.hessian @ s)
        after = float(self.function.values((self.point + s)[None])[0])
        return Prediction(s, order, predicted, after - self.value)

    def verify(self, gradient: ArrayLike | None = None, torch: bool | None = None) -> Verification:
        """Compare independent ways to the gradient: see `steepest.local.verify`.

        `gradient` (n,) is a claim to be checked as well. `torch` asks for torch's autograd:
        None if it is installed, True always (ParameterError if missing), False never.
        """
        from steepest.local.verify import verify

        claimed = None if gradient is None else self._vector(gradient, "gradient")
        return verify(self, claimed, torch)

    # Helpers

    @cached_property
    def _noise(self) -> Noise | None:
        from steepest.local.roundoff import value_noise

        graph = graph_of(self.function)
        return None if graph is None else value_noise(graph)

    @cached_property
    def _gradient_error(self) -> FloatArray:
        """Bounds (n,) on the rounding errors in the gradient."""
        from steepest.local.verify import reverse_mode

        graph = graph_of(self.function)
        if graph is None or not self.analysis.smooth:
            return self.analysis.gradient_error + 1e-12 * np.abs(self.gradient)
        return reverse_mode(graph, self.point).error_bound

    def _require_gradient(self) -> None:
        if not np.isfinite(self.gradient).all():
            raise NoDirectionError(self.status.sentence)

    def _require_direction(self) -> None:
        self._require_gradient()
        if not self.gradient.any():
            where = describe_point(self.function.variables, [float(c) for c in self.point])
            raise NoDirectionError(
                f"∇f = 0 {where}, so no direction is steepest: {self.critical_kind}"
            )

    @property
    def critical_kind(self) -> str:
        """For a point where ∇f = 0, which kind the Hessian's eigenvalues make it."""
        return critical_kind(self.eigenvalues)

    def _vector(self, vector: ArrayLike, name: str) -> FloatArray:
        return vectors.vector(vector, name, self.function.variables)

    def _unit(self, direction: ArrayLike, norm: Norm) -> FloatArray:
        return vectors.unit(vectors.direction(direction, self.function.variables), norm)

    # Printing

    def __repr__(self) -> str:
        return report.one_line(self)

    def __str__(self) -> str:
        return report.text(self)

    def _repr_latex_(self) -> str:
        return report.latex(self)

    def _repr_html_(self) -> str:
        return report.html(self)
