"""Convexity by rules of composition, on graphs with arrays of any size.

A norm of an affine function is convex, a sum of convex functions is, log(1 + exp(z)) is for an
affine z …: if such rules reach the whole formula it is proved convex on all of ℝⁿ (Boyd &
Vandenberghe, *Convex Optimization*, §3.2). Data are constants, whose signs are known exactly.
What the rules do not reach is not known, which says nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final

import numpy as np

from steepest.critical.classify import positive_definite
from steepest.critical.semidefinite import semidefinite
from steepest.expression.graph import Node, topological
from steepest.expression.matrix import operations as array
from steepest.expression.matrix.factors import chain

_EXACT: Final = 30  # rows of a matrix up to which elimination with exact fractions is quick


@dataclass(frozen=True)
class _Facts:
    """What is known of the entries of a node, for all values of the variables.

    A constant is convex and concave. `log_convex` entries are positive and have a convex log.
    """

    convex: bool = False
    concave: bool = False
    constant: bool = False
    nonnegative: bool = False
    nonpositive: bool = False
    positive: bool = False
    log_convex: bool = False

    @property
    def affine(self) -> bool:
        return self.convex and self.concave

    @property
    def flipped(self) -> _Facts:
        return _Facts(self.concave, self.convex, self.constant, self.nonpositive, self.nonnegative)


_UNKNOWN: Final = _Facts()
_AFFINE: Final = _Facts(convex=True, concave=True)


def convex_by_composition(root: Node) -> bool:
    """Whether the rules prove that the number `root` is a convex function on all of ℝⁿ."""
    known: dict[Node, _Facts] = {}
    for node in topological([root]):
        args = [known[a] for a in node.args]
        rule = _RULES.get(node.op)
        known[node] = _UNKNOWN if rule is None else rule(node, args)
    return known[root].convex


def _leaf(node: Node, args: list[_Facts]) -> _Facts:
    if node.op in ("var", "symbol"):
        return _AFFINE
    if node.op == "const":
        low = high = node.value
    elif node.op == "data":
        low, high = float(node.value.array.min()), float(node.value.array.max())
    else:
        low, high = (0, 1) if node.op in ("eye", "unit") else (1, 1)
    positive = low > 0
    return _Facts(True, True, True, low >= 0, high <= 0, positive, positive)


def _add(node: Node, args: list[_Facts]) -> _Facts:
    a, b = args
    return _Facts(
        a.convex and b.convex,
        a.concave and b.concave,
        a.constant and b.constant,
        a.nonnegative and b.nonnegative,
        a.nonpositive and b.nonpositive,
        (a.positive and b.nonnegative) or (a.nonnegative and b.positive),
        a.log_convex and b.log_convex,
    )


def _scaled(factor: _Facts, of: _Facts) -> _Facts:
    """A constant times something, entry by entry."""
    both = _Facts(constant=of.constant, convex=of.affine, concave=of.affine)
    if factor.nonnegative:
        both = replace(of, positive=False, log_convex=False)
    elif factor.nonpositive:
        both = of.flipped
    if factor.positive:
        both = replace(both, positive=of.positive, log_convex=of.log_convex)
    return both


def _mul(node: Node, args: list[_Facts]) -> _Facts:
    a, b = args
    if node.args[0] is node.args[1]:
        return _even_power(a)
    if a.constant or b.constant:
        return _scaled(a, b) if a.constant else _scaled(b, a)
    return _Facts(
        convex=a.log_convex and b.log_convex,
        nonnegative=a.nonnegative and b.nonnegative,
        positive=a.positive and b.positive,
        log_convex=a.log_convex and b.log_convex,
    )


def _div(node: Node, args: list[_Facts]) -> _Facts:
    a, b = args
    bottom = node.args[1]
    nonzero = b.positive or (bottom.op == "const" and bool(bottom.value))
    return _scaled(b, a) if b.constant and nonzero else _UNKNOWN


def _even_power(a: _Facts) -> _Facts:
    convex = a.affine or (a.convex and a.nonnegative) or (a.concave and a.nonpositive)
    return _Facts(convex, a.constant, a.constant, True, False, a.positive, a.log_convex)


def _ipow(node: Node, args: list[_Facts]) -> _Facts:
    (a,) = args
    n = node.value
    if n < 0:
        return _UNKNOWN
    if n % 2 == 0:
        return _even_power(a)
    convex = a.constant or n == 1 or (a.convex and a.nonnegative)
    return _Facts(
        convex, a.constant, a.constant, a.nonnegative, a.nonpositive, a.positive, a.log_convex
    )


def _increasing(floor: bool) -> Callable[[Node, list[_Facts]], _Facts]:
    """A convex function that does not fall, such as relu; `floor`: and is positive."""

    def rule(node: Node, args: list[_Facts]) -> _Facts:
        (a,) = args
        logs = node.op == "exp" and a.convex
        return _Facts(a.convex, a.constant, a.constant, True, False, floor, logs)

    return rule


def _symmetric(node: Node, args: list[_Facts]) -> _Facts:
    """abs, cosh and norms: convex, and rising with the size of what is inside."""
    convex = all(
        a.affine or (a.convex and a.nonnegative) or (a.concave and a.nonpositive) for a in args
    )
    constant = all(a.constant for a in args)
    return _Facts(convex, constant, constant, True, False, node.op == "cosh")


def _log(node: Node, args: list[_Facts]) -> _Facts:
    (a,) = args
    if not a.positive:
        return _UNKNOWN
    return _Facts(a.log_convex, a.concave, a.constant)


def _reduced(node: Node, args: list[_Facts]) -> _Facts:
    """Sums, means, transposes: what holds for every entry holds for the result."""
    (a,) = args
    return replace(a, positive=False, log_convex=False) if node.op == "diag" else a


def _of_square(a: _Facts) -> _Facts:
    """Inverses and determinants: of constants, a constant."""
    return _Facts(True, True, True) if a.constant else _UNKNOWN


def _max(node: Node, args: list[_Facts]) -> _Facts:
    a, b = args
    constant = a.constant and b.constant
    return _Facts(
        a.convex and b.convex,
        constant,
        constant,
        a.nonnegative or b.nonnegative,
        a.nonpositive and b.nonpositive,
        a.positive or b.positive,
    )


def _min(node: Node, args: list[_Facts]) -> _Facts:
    return _max(node, [a.flipped for a in args]).flipped


def _where(node: Node, args: list[_Facts]) -> _Facts:
    condition, a, b = args
    if not condition.constant:
        return _UNKNOWN
    return _Facts(
        a.convex and b.convex,
        a.concave and b.concave,
        a.constant and b.constant,
        a.nonnegative and b.nonnegative,
        a.nonpositive and b.nonpositive,
        a.positive and b.positive,
        a.log_convex and b.log_convex,
    )


def _comparison(node: Node, args: list[_Facts]) -> _Facts:
    return _Facts(constant=all(a.constant for a in args))


def _matmul(node: Node, args: list[_Facts]) -> _Facts:
    a, b = args
    if array.is_selection(node):
        return b if array.is_picking(node.args[0]) else a
    if a.constant or b.constant:
        constant, other = (a, b) if a.constant else (b, a)
        return replace(_scaled(constant, other), positive=False, log_convex=False)
    if not node.shape and a.affine and b.affine and _is_square(node):
        return _Facts(convex=True, nonnegative=True)
    return _UNKNOWN


def _is_square(node: Node) -> bool:
    """Whether a product of matrices is pᵀMp with M = BᵀB, or M positive semidefinite data."""
    factors = chain(node)
    while len(factors) >= 2 and array.transpose(factors[0]) is factors[-1]:
        factors = factors[1:-1]
    return not factors or (len(factors) == 1 and _is_semidefinite(factors[0]))


def _is_semidefinite(matrix: Node) -> bool:
    if matrix.op == "transpose":
        matrix = matrix.args[0]
    if matrix.op == "eye":
        return True
    if matrix.op == "inv":
        return _is_semidefinite(matrix.args[0])  # xᵀM⁻¹x is zᵀMᵀz with x = Mz
    if matrix.op != "data" or len(set(matrix.shape)) != 1:
        return False
    a = matrix.value.array
    if len(a) <= _EXACT:
        rows = [[Fraction(float(x)) for x in row] for row in a]
        n = range(len(rows))
        return semidefinite([[rows[i][j] + rows[j][i] for j in n] for i in n])
    low, high = np.nextafter(a + a.T, -np.inf), np.nextafter(a + a.T, np.inf)
    return bool(positive_definite(low[..., None], high[..., None])[0])


_RULES: Final[dict[str, Callable[[Node, list[_Facts]], _Facts]]] = {
    **dict.fromkeys("const pi e var symbol data count eye unit".split(), _leaf),
    "neg": lambda node, args: args[0].flipped,
    "add": _add,
    "sub": lambda node, args: _add(node, [args[0], args[1].flipped]),
    "mul": _mul, "div": _div, "ipow": _ipow, "matmul": _matmul,
    **dict.fromkeys("abs norm cosh hypot".split(), _symmetric),
    "exp": _increasing(True), "softplus": _increasing(True), "relu": _increasing(False),
    "log": _log, "max": _max, "min": _min, "where": _where, "lt": _comparison, "le": _comparison,
    **dict.fromkeys("sum mean trace transpose fill diag diagonal".split(), _reduced),
    **dict.fromkeys("inv det logdet".split(), lambda node, args: _of_square(args[0])),
}  # fmt: skip
