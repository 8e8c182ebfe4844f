"""The rules for differentials of arrays, one application at a time.

When w moves by dw, an array u of its entries moves by du, an array of the same shape: d(Xw) is
X dw, and d‖u‖² is 2uᵀdu. As in `rules`, this is a second account of differentiation, which is
checked against the one the program uses.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import Final, NamedTuple

from steepest.explain import rules
from steepest.explain.rules import OUTER, Applied, Rule
from steepest.expression.differentiate import as_choice, partials
from steepest.expression.graph import (
    ARITY,
    ONE,
    TWO,
    ZERO,
    Node,
    array_operation,
    build,
    constant,
    integer_power,
)
from steepest.expression.matrix import operations as array
from steepest.expression.matrix import squares

LINEAR: Final = Rule("matrix times variable", "d(A·u) = A·du", r"\mathrm{d}(A u) = A\,\mathrm{d}u")
MATRIX_PRODUCT: Final = Rule(
    "product of matrices",
    "d(U·V) = dU·V + U·dV",
    r"\mathrm{d}(U V) = \mathrm{d}U\,V + U\,\mathrm{d}V",
)
THROUGH: Final = Rule("linear operation", "d(L(u)) = L(du)", r"\mathrm{d}L(u) = L(\mathrm{d}u)")
SQUARED_NORM: Final = Rule(
    "squared norm", "d(‖u‖²) = 2uᵀdu", r"\mathrm{d}\|u\|^2 = 2 u^{\top} \mathrm{d}u"
)
NORM: Final = Rule("norm", "d‖u‖ = uᵀdu/‖u‖", r"\mathrm{d}\|u\| = u^{\top} \mathrm{d}u / \|u\|")
INVERSE: Final = Rule(
    "inverse", "d(A⁻¹) = -A⁻¹ dA A⁻¹", r"\mathrm{d}(A^{-1}) = -A^{-1}\,\mathrm{d}A\,A^{-1}"
)
DETERMINANT: Final = Rule(
    "determinant",
    "d(det A) = det(A) tr(A⁻¹ dA)",
    r"\mathrm{d}\det A = \det(A) \operatorname{tr}(A^{-1}\,\mathrm{d}A)",
)
LOG_DETERMINANT: Final = Rule(
    "logarithm of a determinant",
    "d(ln det A) = tr(A⁻¹ dA)",
    r"\mathrm{d}\ln\det A = \operatorname{tr}(A^{-1}\,\mathrm{d}A)",
)
ENTRYWISE_CHAIN: Final = Rule(
    "chain", "d(g(u)) = g′(u) ⊙ du", r"\mathrm{d}g(u) = g'(u) \odot \mathrm{d}u"
)
GRADIENT: Final = Rule(
    "gradient", "df = ⟨∇f, dw⟩", r"\mathrm{d}f = \langle \nabla f, \mathrm{d}w \rangle"
)
JACOBIAN: Final = Rule("Hessian", "dg = H·dw", r"\mathrm{d}g = H\,\mathrm{d}w")

_SPOKEN: Final = {"sum": "a sum", "mean": "a mean", "trace": "a trace", "transpose": "a transpose",
                  "diag": "a diagonal matrix", "diagonal": "a diagonal",
                  "fill": "equal entries"}  # fmt: skip


class Moving(NamedTuple):
    """What moves: the nodes that `depends` holds; `open_(u)` stands for du, still to be found."""

    x: str
    depends: Callable[[Node], bool]
    open_: Callable[[Node], Node]


def differential_once(node: Node, at: Moving) -> Applied:
    """One rule applied to the differential of `node`."""
    op, args = node.op, node.args
    if not at.depends(node):
        return Applied(rules.CONSTANT, ZERO, f"{{0}} does not depend on {at.x}", (node,))
    if op in _SPOKEN:
        return Applied(THROUGH, again(node, (at.open_(args[0]),)), f"of {_SPOKEN[op]}")
    if array.is_selection(node):
        opened = tuple(at.open_(a) if at.depends(a) else a for a in args)
        return Applied(THROUGH, again(node, opened), "of entries")
    if op == "matmul":
        return _matmul(node, at)
    if op in ("inv", "det", "logdet"):
        return _square(node, at)
    if array.is_square_of_norm(node):
        return _power_of_norm(node, at)
    if op == "norm":
        inner = inner_product(args[0], at.open_(args[0]))
        return Applied(NORM, build("div", inner, node))
    if op in ("sign", "lt", "le"):
        return Applied(rules.JUMP, ZERO, "{0} is constant wherever it does not jump", (node,))
    return _entrywise(node, at)


def again(node: Node, args: tuple[Node, ...]) -> Node:
    """The same operation on other arguments, with nothing rewritten."""
    if node.op == "ipow":
        return integer_power(args[0], node.value)
    if node.op in ARITY:
        return build(node.op, *args)
    return array_operation(node.op, args, node.value, node.shape)


def product(a: Node, b: Node) -> Node:
    """The matrix product, with nothing rewritten; numbers beside arrays multiply them."""
    if not a.shape or not b.shape:
        return build("mul", a, b)
    shape = a.shape[0], b.shape[1]
    return array_operation("matmul", (a, b), None, () if shape == (1, 1) else shape)


def inner_product(a: Node, b: Node) -> Node:
    """⟨a, b⟩ of two arrays of one shape: aᵀb of vectors, tr(aᵀb) of matrices."""
    if not a.shape:
        return build("mul", a, b)
    turned = array.transpose(a) if a.op in ("symbol", "data") else _turned(a)
    if a.shape[1] == 1:
        return product(turned, b)
    if a.shape[0] == 1:
        return product(a, _turned(b))
    return array_operation("trace", (product(turned, b),), None, ())


def _turned(a: Node) -> Node:
    return array_operation("transpose", (a,), None, a.shape[::-1])


def _matmul(node: Node, at: Moving) -> Applied:
    a, b = node.args
    if not at.depends(a):
        return Applied(LINEAR, product(a, at.open_(b)), "{0} stays in front", (a,))
    if not at.depends(b):
        return Applied(LINEAR, product(at.open_(a), b), "{0} stays behind", (b,))
    result = build("add", product(at.open_(a), b), product(a, at.open_(b)))
    return Applied(MATRIX_PRODUCT, result, "{0} times {1}", (a, b))


def _square(node: Node, at: Moving) -> Applied:
    a = node.args[0]
    moved, inverse = at.open_(a), squares.inverse(a)
    if node.op == "inv":
        result = build("neg", product(node, product(moved, node)))
        return Applied(INVERSE, result)
    trace = array_operation("trace", (product(inverse, moved),), None, ())
    if node.op == "logdet":
        return Applied(LOG_DETERMINANT, trace)
    return Applied(DETERMINANT, build("mul", node, trace))


def _power_of_norm(node: Node, at: Moving) -> Applied:
    inside, n = node.args[0].args[0], node.value
    inner = inner_product(inside, at.open_(inside))
    front = constant(n)
    if n > 2:
        front = build("mul", front, integer_power(node.args[0], n - 2))
    return Applied(SQUARED_NORM, build("mul", front, inner), "of u = {0}", (inside,))


def _entrywise(node: Node, at: Moving) -> Applied:
    op, args = node.op, node.args
    if op in ("add", "sub"):
        return rules.termwise(node, at.open_)
    if op == "neg":
        result = build("neg", at.open_(args[0]))
        return Applied(rules.MULTIPLE, result, "the sign stays in front")
    if op in ("mul", "div"):
        return _product(node, at) if op == "mul" else _quotient(node, at)
    if op in ("where", "min", "max", "relu"):
        condition, a, b = as_choice(node)
        result = build("where", condition, at.open_(a), at.open_(b))
        return Applied(rules.CHOICE, result, "branch by branch")
    if len(args) == 1:
        u = args[0]
        if op == "ipow":
            n = node.value
            lower = u if n == 2 else ONE if n == 1 else integer_power(u, n - 1)
            outer, name = build("mul", constant(n), lower), f"(…)^{n}"
        else:
            outer, name = OUTER[op](u, node), f"{'ln' if op == 'log' else op}(…)"
        reason = f"outer {name}, inner {{0}}"
        rule = rules.POWER if op == "ipow" and not u.args else ENTRYWISE_CHAIN
        return Applied(rule, build("mul", outer, at.open_(u)), reason, (u,))
    terms = [
        build("mul", slope(), at.open_(a))
        for a, slope in zip(args, partials(node), strict=True)
        if at.depends(a)
    ]
    reason = "base {0}, exponent {1}" if op == "pow" else "of {0} and {1}"
    rule = rules.GENERAL_POWER if op == "pow" else rules.TWO_ARGUMENTS
    return Applied(rule, reduce(lambda a, b: build("add", a, b), terms), reason, args)


def _product(node: Node, at: Moving) -> Applied:
    a, b = node.args
    if not at.depends(a):
        return Applied(rules.MULTIPLE, build("mul", a, at.open_(b)), "{0} stays in front", (a,))
    if not at.depends(b):
        return Applied(rules.MULTIPLE, build("mul", at.open_(a), b), "{0} stays", (b,))
    result = build("add", build("mul", at.open_(a), b), build("mul", a, at.open_(b)))
    return Applied(rules.PRODUCT, result, "{0} times {1}", (a, b))


def _quotient(node: Node, at: Moving) -> Applied:
    u, v = node.args
    if not at.depends(v):
        return Applied(rules.MULTIPLE, build("div", at.open_(u), v), "{0} stays below", (v,))
    below = integer_power(v, TWO.value)
    if not at.depends(u):
        top = build("neg", build("mul", u, at.open_(v)))
        reason = f"{{0}} does not depend on {at.x}"
        return Applied(rules.RECIPROCAL, build("div", top, below), reason, (u,))
    top = build("sub", build("mul", at.open_(u), v), build("mul", u, at.open_(v)))
    return Applied(rules.QUOTIENT, build("div", top, below), "u = {0}, v = {1}", (u, v))
