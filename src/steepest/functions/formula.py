"""A scalar function with a known expression graph."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from steepest.evaluate.numpy import FloatArray
from steepest.evaluate.tape import Tape
from steepest.expression import differentiate, names
from steepest.expression.expression import Expression
from steepest.expression.graph import Node, variable
from steepest.functions import evaluators
from steepest.functions.evaluators import Evaluate, upper_triangle
from steepest.functions.points import as_batch, as_point
from steepest.functions.reading import read_over_data, read_source
from steepest.local.model import LocalModel

if TYPE_CHECKING:
    import sympy

    from steepest.expression.matrix.read import ArrayFormula

# What formulas over data need is loaded only for them: the others start sooner without it.


class Formula:
    """A scalar function f: ℝⁿ→ℝ, from text, a Python callable or a SymPy expression.

    ```
    f = Formula("x^2 + 3y^2")
    f = Formula(lambda x, y: np.sin(x) * y)         # traced: runs once, on symbols
    f = Formula(lambda x: np.sum(x**2), dim=3)      # a function of one vector
    f = Formula(sympy.cos(x))
    f = Formula("norm(X @ w - y)^2", data={"X": X, "y": y})    # w is a vector that fits X
    ```

    `variables` fixes the names and their order; without it they are sorted (x, y, z; x2
    before x10). With `data`, names of arrays (numbers, vectors, matrices), text may say
    sum, mean, dot, norm, A @ b and X'; the variables are the other names. `shapes` gives those
    shapes of variables that the formula does not tell: {"w": 3, "W": (3, 2)}. The coordinates
    of a point are then the entries, named w1, w2 …

    Raises FormulaError for text that cannot be read or shapes that do not fit, TraceError for
    a callable that cannot be traced, ParameterError for data that are no arrays of numbers.
    """

    def __init__(
        self,
        source: str | Callable[..., Any] | sympy.Expr | Expression | Node,
        variables: Sequence[str] | None = None,
        *,
        dim: int | None = None,
        data: Mapping[str, Any] | None = None,
        shapes: Mapping[str, int | tuple[int, ...]] | None = None,
    ) -> None:
        declared = None if variables is None else names.check_declared(variables)
        self.arrays: ArrayFormula | None = None
        self.variables: tuple[str, ...]
        if data is not None or shapes is not None:
            self.arrays = read_over_data(source, declared, dim, data, shapes)
            self.variables = self.arrays.variables
        else:
            self.node, found = read_source(source, declared, dim)
            self.variables = declared if declared is not None else found

    @cached_property
    def node(self) -> Node:
        """The graph. One over data is written out as numbers: ParameterError if that is large."""
        assert self.arrays is not None  # else it is set from the start
        return self.arrays.written_out()

    @property
    def has_graph(self) -> bool:
        """Whether the formula can be had as a graph of numbers; data may be too large for that."""
        return self.arrays is None or not self.arrays.is_large

    def written_out(self) -> Formula:
        """The formula entry by entry, without vectors and matrices; itself if it has none.

        Raises ParameterError over data that are too large for that.
        """
        return self if self.arrays is None else Formula(self.node, self.variables)

    @property
    def root(self) -> Node:
        """The graph as it was given, with vectors and matrices if there are data."""
        return self.node if self.arrays is None else self.arrays.node

    @property
    def dim(self) -> int:
        """The number of variables n."""
        return len(self.variables)

    def __call__(self, *coordinates: float | ArrayLike) -> float:
        """The value at one point: f(1, 2) or f([1, 2])."""
        return float(self.values(self.point(*coordinates)[None])[0])

    def at(self, *coordinates: float | ArrayLike) -> LocalModel:
        """The function near one point: f.at(1, 2) or f.at([1, 2])."""
        return LocalModel(self, self.point(*coordinates))

    def point(self, *coordinates: float | ArrayLike) -> FloatArray:
        """Coordinates as an array (n,), or a PointError that says what was expected."""
        return as_point(coordinates, self.variables)

    def values(self, points: ArrayLike) -> FloatArray:
        """f at `points` (m, n) -> (m,). NaN where f is undefined."""
        return self._value_evaluator(as_batch(points, self.dim))[0]

    def gradients(self, points: ArrayLike) -> FloatArray:
        """∇f at `points` (m, n) -> (m, n). NaN where f itself is undefined.

        At a kink this is a one-sided convention (abs'(0) = 0); `at` tells them apart.
        """
        return self.values_and_gradients(points)[1]

    def values_and_gradients(self, points: ArrayLike) -> tuple[FloatArray, FloatArray]:
        """f and ∇f at `points` (m, n) -> (m,), (m, n), sharing the work."""
        value, *gradient = self._gradient_evaluator(as_batch(points, self.dim))
        return value, _defined(
            value, np.stack(gradient, axis=-1) if gradient else np.empty((len(value), 0))
        )

    def hessians(self, points: ArrayLike) -> FloatArray:
        """The second derivatives at `points` (m, n) -> (m, n, n)."""
        value, *rows = self._hessian_evaluator(as_batch(points, self.dim))
        n = self.dim
        hessians = np.empty((len(value), n, n))
        for k, (i, j) in enumerate(upper_triangle(n)):
            hessians[:, i, j] = hessians[:, j, i] = rows[k]
        return _defined(value, hessians)

    @cached_property
    def gradient(self) -> tuple[Expression, ...]:
        """The partial derivatives as expressions: str() of each reads '2x', '6y'.

        Over data, the derivatives by numbers, vectors and matrices: "2X'@(X@w - y)".
        """
        nodes = self.gradient_nodes if self.arrays is None else self.arrays.gradient
        return tuple(Expression(g) for g in nodes)

    @cached_property
    def hessian(self) -> tuple[tuple[Expression, ...], ...]:
        """The second derivatives as expressions, n rows of n."""
        nodes = self.hessian_nodes if self.arrays is None else self.arrays.hessian
        return tuple(tuple(Expression(h) for h in row) for row in nodes)

    @cached_property
    def gradient_nodes(self) -> list[Node]:
        """The gradient as graph nodes."""
        return differentiate.gradient(self.node, self.variables)

    @cached_property
    def hessian_nodes(self) -> list[list[Node]]:
        """The Hessian as graph nodes."""
        return differentiate.hessian(self.gradient_nodes, self.variables)

    @property
    def expression(self) -> Expression:
        """The formula itself as an expression."""
        return Expression(self.root)

    @property
    def latex(self) -> str:
        """The formula in LaTeX, without delimiters."""
        return self.expression.latex

    def sympy(self) -> sympy.Expr:
        """The formula as a SymPy expression of real symbols."""
        return Expression(self.node).sympy()

    def __str__(self) -> str:
        return str(self.expression)

    def __repr__(self) -> str:
        return f"Formula({str(self)!r}, variables={self.variables!r})"

    def _repr_latex_(self) -> str:
        return f"$f({', '.join(Expression(v).latex for v in self.symbols)}) = {self.latex}$"

    @property
    def symbols(self) -> tuple[Node, ...]:
        """The variables as nodes of the graph: with data there are vectors and matrices."""
        if self.arrays is None:
            return tuple(variable(name) for name in self.variables)
        return tuple(a.node for a in self.arrays.arguments)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Formula):
            return NotImplemented
        return self.root is other.root and self.variables == other.variables

    def __hash__(self) -> int:
        return hash((self.root, self.variables))

    def __reduce__(self) -> tuple[Any, ...]:
        if self.arrays is not None:
            return _from_arrays, self.arrays.source
        # A deep graph cannot be pickled node by node; its tape is flat.
        return _from_tape, (Tape.record([self.node], self.variables),)

    @cached_property
    def value_tape(self) -> Tape:
        """The operations for f: one output."""
        return Tape.record([self.node], self.variables)

    @cached_property
    def gradient_tape(self) -> Tape:
        """The operations for f and ∇f: 1 + n outputs."""
        return Tape.record([self.node, *self.gradient_nodes], self.variables)

    @cached_property
    def hessian_tape(self) -> Tape:
        """The operations for f and the Hessian's upper triangle, row by row."""
        upper = [self.hessian_nodes[i][j] for i, j in upper_triangle(self.dim)]
        return Tape.record([self.node, *upper], self.variables)

    @cached_property
    def _value_evaluator(self) -> Evaluate:
        return evaluators.of_value(self)

    @cached_property
    def _gradient_evaluator(self) -> Evaluate:
        return evaluators.of_gradient(self)

    @cached_property
    def _hessian_evaluator(self) -> Evaluate:
        return evaluators.of_hessian(self)


def _defined(value: FloatArray, derivatives: FloatArray) -> FloatArray:
    """Derivatives do not exist where f does not: the derivative 1/x of log(x) at -1, say."""
    undefined = np.isnan(value)
    if undefined.any():
        derivatives[undefined] = np.nan
    return derivatives


def _from_tape(tape: Tape) -> Formula:
    return Formula(tape.nodes()[0], tape.variables)


def _from_arrays(*source: Any) -> Formula:
    text, declared, data, shapes = source
    return Formula(text, declared, data=data, shapes=shapes)
