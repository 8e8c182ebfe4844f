"""Entries, rows and columns of arrays: products with parts of the identity matrix.

x[1:3] is Sᵀx with S = I[:, 1:3], and X[0, :] is SᵀX with S = I[:, 0]. So picking needs no
derivative of its own: what flows back through x[1:3] is S times what arrives.
"""

from __future__ import annotations

from typing import NamedTuple

from steepest.expression.graph import Node, array_operation
from steepest.expression.matrix import operations as array
from steepest.expression.matrix.place import Span


class Selection(NamedTuple):
    """Rows and columns of `base`; None are all of them."""

    base: Node
    rows: Span | None
    columns: Span | None


def unit(n: int, span: Span) -> Node:
    """The columns `span` of the identity matrix n × n."""
    first, last = span
    if last - first == n:
        return array.eye(n)
    return array_operation("unit", (), (n, first, last), (n, last - first))


def pick(a: Node, rows: Span, columns: Span) -> Node:
    """The rows and columns of the array `a`, of its shape or smaller."""
    m, n = a.shape
    if rows != (0, m):
        left = array.transpose(unit(m, rows))
        a = array.matmul(left, a, left.shape, a.shape)
    if columns == (0, n):
        return a
    right = unit(n, columns)
    return array.matmul(a, right, a.shape or (1, n), right.shape)


def selection(node: Node) -> Selection | None:
    """`node` as what is picked from another array, None if it is not."""
    rows = columns = None
    while array.is_selection(node):
        left, right = node.args
        if right.op == "unit" and columns is None:
            columns, node = right.value[1:], left
        elif array.is_picking(left) and rows is None:
            rows, node = left.args[0].value[1:], right
        else:
            break
    return None if rows is None and columns is None else Selection(node, rows, columns)
