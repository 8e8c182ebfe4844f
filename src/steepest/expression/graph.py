"""The expression graph: the only form in which mathematics is stored.

A `Node` is one operation on earlier nodes. Nodes are hash-consed: building the same
operation on the same arguments twice gives the same object, so equal subexpressions are
shared and `is` decides equality. Nodes never change.

A node has a shape: () for a number, (rows, columns) for an array of numbers, in formulas
that know data; operations work on arrays entry by entry, a number beside every entry. What
only arrays have (products of matrices, sums over entries) is in `expression/matrix`.

The building functions here only intern and fold exact rational constants. Rewriting that
makes derivatives short is `simplify`'s; neither ever changes a value or widens a domain.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from fractions import Fraction
from typing import Any, Final
from weakref import WeakValueDictionary

# Constants are folded exactly only while they stay this small and have a double; beyond it
# the operation is kept and evaluated in floating point (9^300 is folded, 9^1024 is not).
_MAX_FOLDED_BITS: Final = 4096

#: Number of arguments of every operation.
ARITY: Final[dict[str, int]] = {
    "const": 0, "var": 0, "pi": 0, "e": 0,
    "neg": 1, "add": 2, "sub": 2, "mul": 2, "div": 2, "ipow": 1, "pow": 2,
    "abs": 1, "sign": 1, "sqrt": 1, "cbrt": 1,
    "exp": 1, "log": 1, "log2": 1, "log10": 1,
    "sin": 1, "cos": 1, "tan": 1, "asin": 1, "acos": 1, "atan": 1, "atan2": 2,
    "sinh": 1, "cosh": 1, "tanh": 1, "asinh": 1, "acosh": 1, "atanh": 1,
    "sigmoid": 1, "softplus": 1, "relu": 1, "erf": 1, "hypot": 2,
    "min": 2, "max": 2, "lt": 2, "le": 2, "where": 3,
}  # fmt: skip

#: Operations that have a finite real value for all real arguments ("ipow" if n >= 0).
TOTAL_OPERATIONS: Final = frozenset(
    "const var pi e neg add sub mul abs sign cbrt exp sin cos atan sinh cosh tanh asinh"
    " sigmoid softplus relu erf hypot min max lt le where".split()
)

# What only arrays have is finite wherever its arguments are, but for these.
_PARTIAL_ON_ARRAYS: Final = frozenset({"inv", "logdet"})

#: Exact constants: an int wherever the value is one, else a Fraction.
Rational = int | Fraction

Shape = tuple[int, ...]

# Operations on arrays have payloads of their own: see `matrix/operations.py`.
Payload = Any


class Node:
    """One operation: `op` on `args`; `value` is the constant, the name or the exponent.

    `total` says that the expression has a finite real value at every real point; `shape` is ()
    for a number and (rows, columns) for an array.
    """

    __slots__ = ("__weakref__", "args", "op", "shape", "total", "value")

    op: str
    args: tuple[Node, ...]
    value: Payload
    total: bool
    shape: Shape

    def __repr__(self) -> str:
        # Not recursive: a graph of a hundred thousand nodes prints in one line.
        inside = ", ".join(a.op if a.value is None else f"{a.op}={a.value}" for a in self.args)
        return f"<Node {self.op}{'' if self.value is None else f'={self.value}'}({inside})>"


_nodes: WeakValueDictionary[tuple[str, tuple[Node, ...], Payload], Node] = WeakValueDictionary()
_lock = threading.Lock()


def _intern(
    op: str, args: tuple[Node, ...], value: Payload = None, own_shape: Shape | None = None
) -> Node:
    key = (op, args, value)
    node = _nodes.get(key)
    if node is None:
        with _lock:
            node = _nodes.get(key)
            if node is None:
                node = Node()
                node.op, node.args, node.value = op, args, value
                on_arrays = own_shape is not None and op not in _PARTIAL_ON_ARRAYS
                total = op in TOTAL_OPERATIONS or on_arrays or (op == "ipow" and value >= 0)
                shape = own_shape or ()
                for a in args:
                    total = total and a.total
                    if own_shape is None and a.shape:
                        shape = a.shape
                node.total, node.shape = total, shape
                _nodes[key] = node
    return node


def constant(value: int | float | Fraction) -> Node:
    """An exact rational. A float stands for the decimal it prints as: 0.1 is 1/10."""
    if type(value) is not int:
        exact = Fraction(float.__repr__(value)) if isinstance(value, float) else Fraction(value)
        value = exact.numerator if exact.denominator == 1 else exact
    return _intern("const", (), value)


def array_operation(op: str, args: tuple[Node, ...], value: Payload, shape: Shape) -> Node:
    """An operation that is none of `ARITY`; `op`, `args` and `value` must determine `shape`.

    It has a finite value wherever its arguments have, unless it inverts a matrix.
    """
    return _intern(op, args, value, shape)


def variable(name: str) -> Node:
    """The variable called `name`."""
    return _intern("var", (), name)


ZERO: Final = constant(0)
ONE: Final = constant(1)
TWO: Final = constant(2)
PI: Final = _intern("pi", ())
E: Final = _intern("e", ())


def build(op: str, *args: Node) -> Node:
    """The node `op(*args)`, folded if it is exact arithmetic on rational constants."""
    if len(args) != ARITY[op]:
        raise TypeError(f"{op} takes {ARITY[op]} arguments, not {len(args)}")
    if op == "pow":
        exponent = integer_value(args[1])
        if exponent is not None:
            return integer_power(args[0], exponent)
    if op in _FOLD and all(a.op == "const" for a in args):
        folded = _FOLD[op](*(a.value for a in args))
        if folded is not None and is_foldable(folded):
            return constant(folded)
    return _intern(op, args)


def integer_power(base: Node, exponent: int) -> Node:
    """The node base^exponent; a negative exponent is undefined where the base is 0."""
    if base.op == "const":
        value = base.value
        assert isinstance(value, int | Fraction)
        bits = max(value.numerator.bit_length(), value.denominator.bit_length())
        if bits * abs(exponent) <= _MAX_FOLDED_BITS and (value or exponent >= 0):
            folded = Fraction(value) ** exponent
            if is_foldable(folded):
                return constant(folded)
    return _intern("ipow", (base,), exponent)


def rational_value(node: Node) -> Rational | None:
    """The exact value of a constant node, None for any other node."""
    return node.value if node.op == "const" else None  # type: ignore[return-value]


def integer_value(node: Node) -> int | None:
    """The value of a constant node that is an integer, None for any other node."""
    value = rational_value(node)
    return value.numerator if value is not None and value.denominator == 1 else None


def topological(roots: Iterable[Node]) -> list[Node]:
    """Every node that `roots` depend on, once, arguments before the nodes that use them."""
    order: list[Node] = []
    seen: set[Node] = set()
    stack = [(root, False) for root in reversed(list(roots))]
    while stack:
        node, expanded = stack.pop()
        if expanded:
            order.append(node)
        elif node not in seen:
            seen.add(node)
            if node.args:
                stack.append((node, True))
                stack.extend((a, False) for a in reversed(node.args) if a not in seen)
            else:
                order.append(node)
    return order


def rebuild(node: Node, args: tuple[Node, ...]) -> Node:
    """The same operation on other arguments."""
    if not node.args:
        return node
    if node.op not in ARITY:
        return _intern(node.op, args, node.value, node.shape)
    return integer_power(args[0], node.value) if node.op == "ipow" else build(node.op, *args)  # type: ignore[arg-type]


def substitute(roots: Iterable[Node], replacements: dict[Node, Node]) -> list[Node]:
    """`roots` with each key of `replacements` replaced by its value, shared parts once."""
    roots = list(roots)
    new = dict(replacements)
    for node in topological(roots):
        if node not in new:
            args = tuple(new[a] for a in node.args)
            new[node] = node if args == node.args else rebuild(node, args)
    return [new[root] for root in roots]


def variables_of(roots: Iterable[Node]) -> set[str]:
    """The names of the variables that occur in `roots`."""
    return {str(n.value) for n in topological(roots) if n.op == "var"}


def has_arrays(roots: Iterable[Node]) -> bool:
    """Whether `roots` hold an operation that only arrays have."""
    return any(n.op not in ARITY for n in topological(roots))


def count_operations(roots: Iterable[Node]) -> int:
    """How many operations (shared ones once) it takes to evaluate `roots`."""
    return sum(1 for n in topological(roots) if n.args)


def is_foldable(value: Rational) -> bool:
    """Whether a constant has a double, neither infinite nor 0, and moderately many digits."""
    if value.numerator.bit_length() + value.denominator.bit_length() > _MAX_FOLDED_BITS:
        return False
    try:
        return value == 0 or float(value) != 0
    except OverflowError:
        return False


_FOLD = {
    "neg": lambda a: -a,
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: Fraction(a) / b if b else None,
    "abs": abs,
    "min": min,
    "max": max,
}
