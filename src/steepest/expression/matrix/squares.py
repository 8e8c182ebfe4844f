"""What square matrices have: the inverse, the determinant and its logarithm, the diagonal."""

from __future__ import annotations

from steepest.expression.graph import Node, array_operation, build
from steepest.expression.matrix import operations as array
from steepest.expression.simplify import call


def inverse(a: Node) -> Node:
    """a⁻¹, undefined where `a` is singular."""
    if not a.shape:
        return build("div", array.ONE, a)
    if a.op == "eye":
        return a
    if a.op == "transpose":
        return array.transpose(inverse(a.args[0]))
    return array_operation("inv", (a,), None, a.shape)


def determinant(a: Node) -> Node:
    """The determinant of `a`; a number is its own."""
    if not a.shape:
        return a
    if a.op == "eye":
        return array.ONE
    return array_operation("det", (array.upright(a),), None, ())


def log_determinant(a: Node) -> Node:
    """The logarithm of the determinant of `a`, undefined where that is negative."""
    if not a.shape:
        return call("log", a)
    if a.op == "eye":
        return array.ZERO
    return array_operation("logdet", (array.upright(a),), None, ())
