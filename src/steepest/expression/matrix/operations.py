"""What only arrays have: products of matrices, transposes, sums over entries, norms.

Each function builds one node and rewrites locally, as those of `expression.simplify` do for
numbers: constants and numbers go in front of products of matrices, (AB)ᵀ becomes BᵀAᵀ, and a
sum over N entries divided by N is a mean.

A number may stand for an array all of whose entries it is; where that matters the functions
take the shape that is meant.
"""

from __future__ import annotations

from steepest.expression.arithmetic import div, mul, neg
from steepest.expression.graph import (
    ONE,
    ZERO,
    Node,
    Shape,
    array_operation,
    build,
    constant,
    variable,
)
from steepest.expression.matrix.values import Data
from steepest.expression.simplify import call


def data(values: Data) -> Node:
    """The named array `values`."""
    return array_operation("data", (), values, values.shape)


def symbol(name: str, shape: Shape) -> Node:
    """The variable called `name`: a number, a vector or a matrix."""
    return array_operation("symbol", (), (name, shape), shape) if shape else variable(name)


def count(n: int) -> Node:
    """The number n of things that a mean is taken over: 5, written N."""
    return array_operation("count", (), n, ()) if n > 1 else ONE


def eye(n: int) -> Node:
    """The identity matrix n × n."""
    return array_operation("eye", (), n, (n, n)) if n > 1 else ONE


def entries(shape: Shape) -> int:
    """How many numbers an array of `shape` holds."""
    return shape[0] * shape[1] if shape else 1


def fill(number: Node, shape: Shape) -> Node:
    """The array of `shape` that is `number` everywhere."""
    return array_operation("fill", (number,), shape, shape) if shape else number


def fitted(node: Node, shape: Shape) -> Node:
    """`node` as an array of `shape`, which a number may stand for."""
    return node if node.shape == shape else fill(node, shape)


def diagonal(vector: Node, shape: Shape) -> Node:
    """The matrix n × n with the entries of `vector`, of `shape` (n, 1), on its diagonal."""
    if not shape:
        return vector
    scalar, core = parted(vector)
    n = shape[0]
    core = eye(n) if core is ONE else array_operation("diag", (core,), None, (n, n))
    return mul(scalar, core)


def diagonal_of(a: Node, shape: Shape) -> Node:
    """The entries on the diagonal of `a`, an array of `shape` (n, n), as a vector."""
    if not shape:
        return a
    scalar, core = parted(a)
    if core is ONE or core.op == "eye":
        return mul(scalar, fill(ONE, (shape[0], 1)))
    if core.op == "diag":
        return mul(scalar, core.args[0])
    return mul(scalar, array_operation("diagonal", (upright(core),), None, (shape[0], 1)))


def transposed(shape: Shape) -> Shape:
    """The shape of the transpose."""
    return shape[::-1]


def transpose(a: Node) -> Node:
    """aᵀ; a number is its own."""
    if not a.shape or a.op in ("eye", "diag"):
        return a
    if a.op == "transpose":
        return a.args[0]
    if a.op == "fill":
        return fill(a.args[0], transposed(a.shape))
    if a.op == "matmul" and not is_selection(a):
        left, right = a.args
        return matmul(
            transpose(right), transpose(left), transposed(right.shape), transposed(left.shape)
        )
    scalar, core = parted(a)
    if scalar is not ONE:
        return mul(scalar, transpose(fitted(core, a.shape)))
    if a.op in ("add", "sub") and (terms := _lying_terms(a)):
        (_, first), *rest = terms
        total = transpose(first)
        for op, term in rest:
            total = build(op, total, transpose(term))
        return total
    return array_operation("transpose", (a,), None, transposed(a.shape))


def _lying_terms(root: Node) -> list[tuple[str, Node]]:
    """The terms of a sum, each added or subtracted, if transposing makes all of them simpler.

    Those are transposes and rows such as wᵀA; else there are none.
    """
    terms: list[tuple[str, Node]] = []
    stack = [("add", root)]
    while stack:
        op, part = stack.pop()
        if part.op in ("add", "sub"):
            other = "add" if op == part.op else "sub"
            stack.extend([(other, part.args[1]), (op, part.args[0])])
            continue
        core = parted(part)[1]
        row = core.op == "matmul" and core.shape[0] == 1 and not is_selection(core)
        if not row and core.op != "transpose":
            return []
        terms.append((op, part))
    return terms


def matmul(a: Node, b: Node, left: Shape, right: Shape) -> Node:
    """The matrix product of `a`, of shape `left`, and `b`, of shape `right`."""
    if a is ZERO or b is ZERO:
        return ZERO
    if not left or not right:
        return mul(b, a) if left else mul(a, b)  # numbers in front, so that like terms are found
    (s, a), (t, b) = parted(a), parted(b)
    number = mul(s, t)
    a, b = (fitted(part, shape) for part, shape in ((a, left), (b, right)))
    if a.op == "eye" or b.op == "eye":
        return mul(number, b if a.op == "eye" else a)
    if a.op == "diag" and right[1] == 1:
        return mul(number, mul(a.args[0], b))
    if (is_picking(a) and b.op == "fill") or (a.op == "fill" and b.op == "unit"):
        return mul(number, fill(ONE, (left[0], right[1]) if left[0] * right[1] > 1 else ()))
    if a.op == "fill" and b.op == "diag" and left[0] == 1:
        return mul(number, transpose(b.args[0]))
    return mul(number, _product(a, b))


def _product(a: Node, b: Node) -> Node:
    """a@b, chains of matrices bracketed so that a vector at one end is multiplied first."""
    if b.shape[1] == 1 and a.op == "matmul" and not is_selection(a):
        first, inner = a.args[0], _product(a.args[1], b)
        return matmul(first, inner, first.shape, inner.shape)
    if a.shape[0] == 1 and b.shape[1] > 1 and b.op == "matmul" and not is_selection(b):
        inner, last = _product(a, b.args[0]), b.args[1]
        return matmul(inner, last, inner.shape, last.shape)
    if b.op == "unit" and a.op == "transpose" and not is_picking(a):
        return transpose(_product(transpose(b), a.args[0]))
    if is_picking(a) and b.op == "transpose" and not is_picking(b):
        return transpose(_product(b.args[0], a.args[0]))
    if a.op == "diag" and _first(b).op == "diag":
        joined = diagonal(mul(a.args[0], _first(b).args[0]), a.args[0].shape)
        return joined if b.op == "diag" else matmul(joined, b.args[1], a.shape, b.args[1].shape)
    rows, columns = a.shape[0], b.shape[1]
    return array_operation("matmul", (a, b), None, (rows, columns) if rows * columns > 1 else ())


def is_picking(node: Node) -> bool:
    """Whether `node` is Sᵀ, S = I[:, …]: before an array it picks rows."""
    return node.op == "transpose" and node.args[0].op == "unit"


def is_selection(node: Node) -> bool:
    """Whether `node` is SᵀA or AS, rows or columns of A: see `matrix/selections.py`."""
    return node.op == "matmul" and (is_picking(node.args[0]) or node.args[1].op == "unit")


def _first(product: Node) -> Node:
    return product.args[0] if product.op == "matmul" else product


def total(a: Node, shape: Shape) -> Node:
    """The sum of all entries of `a`, an array of `shape`."""
    if not shape or a is ZERO:
        return a
    scalar, core = parted(a)
    n = entries(shape)
    undivided = _times_count(scalar, n)
    if core is ONE:
        return undivided if undivided is not None else mul(count(n), scalar)
    core = upright(core)
    if undivided is not None:
        return mul(undivided, array_operation("mean", (core,), None, ()))
    return mul(scalar, array_operation("sum", (core,), None, ()))


def reduced(op: str, a: Node) -> Node:
    """sum, mean or norm of `a` as it is written, with nothing pulled out."""
    if not a.shape:
        return call("abs", a) if op == "norm" else a
    return array_operation(op, (a,), None, ())


def mean(a: Node, shape: Shape) -> Node:
    """The mean of all entries of `a`, an array of `shape`."""
    if not shape or a is ZERO:
        return a
    scalar, core = parted(a)
    if core is ONE:
        return scalar
    return mul(scalar, array_operation("mean", (upright(core),), None, ()))


def upright(a: Node) -> Node:
    """`a` without the transpose around it, where that makes no difference."""
    return a.args[0] if a.op == "transpose" else a


def _times_count(scalar: Node, n: int) -> Node | None:
    """scalar·n where `scalar` is something divided by n once; else None."""
    if scalar.op == "neg":
        inner = _times_count(scalar.args[0], n)
        return None if inner is None else neg(inner)
    if scalar.op != "div":
        return None
    top, bottom = scalar.args
    if bottom is count(n):
        return top
    if bottom.op == "mul" and count(n) in bottom.args:
        first, second = bottom.args
        return div(top, first if second is count(n) else second)
    return None


def trace(a: Node, shape: Shape) -> Node:
    """The sum of the diagonal of `a`, an array of `shape` (n, n)."""
    if not shape or a is ZERO:
        return a
    scalar, core = parted(a)
    if core is ONE:
        return mul(constant(shape[0]), scalar)
    if core.op == "matmul" and all(a.op == "transpose" for a in core.args):
        core = transpose(core)
    return mul(scalar, array_operation("trace", (upright(core),), None, ()))


def norm(a: Node, shape: Shape) -> Node:
    """The Euclidean (for a matrix: Frobenius) norm of `a`, an array of `shape`."""
    if not shape:
        return call("abs", a)
    return array_operation("norm", (upright(fitted(a, shape)),), None, ())


def parted(node: Node) -> tuple[Node, Node]:
    """`node` as (number, array): it is their product, and the array has no number in front.

    The array is 1 where `node` is a number.
    """
    if not node.shape:
        return node, ONE
    scalar = core = ONE
    stack = [(node, True)]
    while stack:
        part, above = stack.pop()
        join = mul if above else div
        if not part.shape:
            scalar = join(scalar, part)
        elif part.op == "mul":
            stack.extend((a, above) for a in reversed(part.args))
        elif part.op == "div" and above:
            stack.append((part.args[1], False))
            stack.append((part.args[0], True))
        elif part.op == "neg" and above:
            scalar = neg(scalar)
            stack.append((part.args[0], True))
        elif part.op == "fill":
            scalar = join(scalar, part.args[0])
        else:
            core = join(core, part)
    return scalar, core


def is_square_of_norm(node: Node) -> bool:
    """Whether `node` is an even power of a norm, which is smooth where the norm is 0."""
    if node.op != "ipow" or node.args[0].op != "norm":
        return False
    return node.value > 0 and node.value % 2 == 0


def masked_product(amount: Node, factor: Node) -> Node:
    """amount·factor; 0 where `amount` is 0, even if `factor` is not finite there."""
    if amount.op == "where":
        condition, a, b = amount.args
        if a is ZERO or b is ZERO:
            kept = (mul(a, factor), ZERO) if b is ZERO else (ZERO, mul(b, factor))
            return call("where", condition, *kept)
    return call("where", build("lt", ZERO, call("abs", amount)), mul(amount, factor), ZERO)
