"""Determinants and inverses written out: by minors for variables, by elimination for numbers.

A minor of the first k rows and k of the columns is a sum over minors of one row less, each of
which serves several larger ones: n 2ⁿ⁻¹ products instead of n!.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from steepest.expression.arithmetic import add, div, mul, neg
from steepest.expression.graph import ONE, ZERO, Node, constant, is_foldable, rational_value

#: Rows of a matrix of variables up to which it is written out.
LARGEST: Final = 5
OPERATIONS: Final = frozenset({"inv", "det", "logdet"})

_EXACT: Final = 12  # rows of a matrix of numbers up to which fractions stay short
_Entries = NDArray[Any]  # of nodes


def size(node: Node, varies: bool) -> int:
    """How many operations on numbers the inverse or determinant `node` takes, written out."""
    n = node.args[0].shape[0]
    if not varies or n > LARGEST:
        return n * n
    one = n * 2**n
    return one if node.op != "inv" else n * n * ((n - 1) * 2 ** (n - 1) + 1) + one


def determinant(matrix: _Entries) -> Node:
    """The determinant of the square `matrix` of nodes."""
    numbers = _numbers(matrix)
    if numbers is not None:
        return _number(_eliminated(numbers)[0], np.linalg.det(numbers.astype(float)))
    n = len(matrix)
    minors: dict[tuple[int, ...], Node] = {(): ONE}
    for k in range(n):
        minors |= {
            columns: _expanded(matrix[k], columns, minors)
            for columns in combinations(range(n), k + 1)
        }
    return minors[tuple(range(n))]


def _expanded(row: Any, columns: tuple[int, ...], minors: dict[tuple[int, ...], Node]) -> Node:
    """A minor by its last row."""
    total = ZERO
    for place, j in enumerate(columns):
        term = mul(row[j], minors[columns[:place] + columns[place + 1 :]])
        total = add(total, neg(term) if (len(columns) - 1 - place) % 2 else term)
    return total


def inverse(matrix: _Entries) -> _Entries:
    """The inverse of the square `matrix` of nodes: the adjugate over the determinant."""
    n = len(matrix)
    result = np.empty((n, n), dtype=object)
    numbers = _numbers(matrix)
    if numbers is not None:
        exact = _eliminated(numbers)[1]
        rounded = _inverted(numbers.astype(float))
        for i in range(n):
            for j in range(n):
                known = None if exact is None else exact[i][j]
                result[i, j] = _number(known, rounded[i, j])
        return result
    whole = determinant(matrix)
    for i in range(n):
        for j in range(n):
            minor = np.delete(np.delete(matrix, j, axis=0), i, axis=1)
            cofactor = determinant(minor) if n > 1 else ONE
            result[i, j] = div(neg(cofactor) if (i + j) % 2 else cofactor, whole)
    return result


def _numbers(matrix: _Entries) -> NDArray[Any] | None:
    """The entries as exact fractions, None if one is no number."""
    values = [rational_value(node) for node in matrix.flat]
    if any(v is None for v in values):
        return None
    exact = np.empty(len(values), dtype=object)
    exact[:] = [Fraction(v) for v in values if v is not None]
    return exact.reshape(matrix.shape)


def _eliminated(matrix: NDArray[Any]) -> tuple[Fraction | None, list[list[Fraction]] | None]:
    """The determinant and the inverse by elimination, both None for more than a few rows.

    The inverse is also None where there is none.
    """
    n = len(matrix)
    if n > _EXACT:
        return None, None
    rows = [[*row, *(Fraction(i == j) for j in range(n))] for i, row in enumerate(matrix)]
    found = Fraction(1)
    for k in range(n):
        pivot = max(range(k, n), key=lambda i: abs(rows[i][k]))
        if rows[pivot][k] == 0:
            return Fraction(0), None
        if pivot != k:
            rows[k], rows[pivot] = rows[pivot], rows[k]
            found = -found
        found *= rows[k][k]
        rows[k] = [x / rows[k][k] for x in rows[k]]
        for i in range(n):
            if i != k and rows[i][k]:
                factor = rows[i][k]
                rows[i] = [x - factor * y for x, y in zip(rows[i], rows[k], strict=True)]
    return found, [row[n:] for row in rows]


def _inverted(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    try:
        return np.asarray(np.linalg.inv(matrix), dtype=np.float64)
    except np.linalg.LinAlgError:
        return np.full(matrix.shape, np.nan)


def _number(exact: Fraction | None, rounded: float) -> Node:
    """The exact number if it is a short one, else the rounded; what is none is undefined."""
    if exact is not None and is_foldable(exact):
        return constant(exact)
    if np.isfinite(rounded):
        return constant(float(rounded))
    return div(ZERO, ZERO)
