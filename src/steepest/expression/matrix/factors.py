"""How a product of arrays is taken apart to be written: what stands in front, above, below."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from steepest.expression.graph import Node, integer_power
from steepest.expression.matrix.hands import Hand
from steepest.expression.matrix.operations import is_selection
from steepest.expression.matrix.selections import selection

Index = str  # "" for whole arrays, else the index that every array carries

#: What has an index only as a whole: (Xw)ᵢ.
WHOLE: Final = frozenset({"matmul", "transpose", "diag", "diagonal", "inv"})
CALLS: Final = frozenset({"trace", "diag", "diagonal", "sum", "mean", "det", "logdet"})
_AS_A_WHOLE: Final = frozenset({"norm", "transpose", "inv"}) | CALLS


def name_of(node: Node) -> str:
    """How a variable or an array is called."""
    if node.op == "data":
        return node.value.name
    return node.value[0] if node.op == "symbol" else str(node.value)


def is_first_norm(node: Node) -> bool:
    """Whether `node` is a sum of sizes, which is written as a norm."""
    return node.op == "sum" and node.args[0].op == "abs"


def is_product(node: Node, hand: Hand) -> bool:
    """Whether `node` is written as a product; so is a sum with Σ, which takes numbers in front."""
    if node.op in ("sum", "mean"):
        return hand.sigma and not is_first_norm(node)
    return node.op in ("mul", "div", "neg") or is_matmul(node) or _is_inverse(node)


def is_matmul(node: Node) -> bool:
    """Whether `node` is written as a product of matrices, and not as x[0]."""
    return node.op == "matmul" and not is_selection(node)


def _is_inverse(node: Node) -> bool:
    return node.op == "ipow" and node.value < 0


def factors(node: Node) -> tuple[Fraction, list[Node], list[Node]]:
    """A product as a constant, the factors above and those below, in the order of reading."""
    coefficient = Fraction(1)
    top: list[Node] = []
    bottom: list[Node] = []
    stack = [(node, True)]
    while stack:
        part, above = stack.pop()
        if part.op == "mul":
            stack.extend((a, above) for a in reversed(part.args))
        elif part.op == "neg":
            coefficient = -coefficient
            stack.append((part.args[0], above))
        elif part.op == "div" and above:
            stack.append((part.args[1], False))
            stack.append((part.args[0], True))
        elif part.op == "const" and (part.value or above):
            coefficient = coefficient * part.value if above else coefficient / part.value
        elif _is_inverse(part) and above:
            bottom.append(integer_power(part.args[0], -part.value))
        else:
            (top if above else bottom).append(part)
    return coefficient, sorted(top, key=_rank), sorted(bottom, key=_rank)


def _rank(factor: Node) -> tuple[int, int, str]:
    """Numbers first, then names, of numbers before those of arrays; then functions, then sums."""
    base = factor
    while base.op in ("ipow", "transpose"):
        base = base.args[0]
    if base.op in ("add", "sub"):
        return 4, 0, ""
    if base.op in ("var", "symbol", "data"):
        return 2, bool(base.shape), name_of(base)
    return (1, 0, "") if not base.args else (3, 0, "")


def last_sum(top: list[Node], hand: Hand) -> Node | None:
    """The factor that is written Σ …, last; a second one would seem to be a part of it."""
    sums = [f for f in top if f.op in ("sum", "mean") and not is_first_norm(f)]
    return sums[0] if hand.sigma and len(sums) == 1 else None


def lone_product(top: list[Node], bottom: list[Node]) -> list[Node]:
    """The one factor xᵀy among numbers, which stands behind them; alone it stands above a line."""
    products = [f for f in top if is_matmul(f) and not f.shape]
    return products if len(products) == 1 and not (top == products and bottom) else []


def chain(node: Node) -> list[Node]:
    """The factors of a product of matrices, from left to right."""
    factors: list[Node] = []
    stack = [node]
    while stack:
        part = stack.pop()
        if is_matmul(part):
            stack.extend(reversed(part.args))
        else:
            factors.append(part)
    return factors


def index_of(node: Node) -> Index:
    """The index that the entries of `node` carry inside Σ."""
    return "i" if 1 in node.shape else "ij"


def needed(node: Node, index: Index, hand: Hand) -> list[tuple[Node, Index]]:
    """What must be written before `node` can be."""
    if index and node.op in WHOLE:
        return [(node, "")]
    if node.op == "fill":
        return [(node.args[0], "")]
    if (picked := selection(node)) is not None:
        return [(picked.base, "")]
    if is_first_norm(node):
        return [(node.args[0].args[0], "")]
    if not is_product(node, hand):
        # Inside a norm or a trace the array stands as a whole.
        inner = "" if node.op in _AS_A_WHOLE else index
        return [(a, inner if a.shape else "") for a in node.args]
    _, top, bottom = factors(node)
    sigma = last_sum(top, hand)
    shaped = [f for f in top if f.shape and not index] or lone_product(top, bottom)
    below = [f for f in bottom if f.shape and not index] if shaped else []
    parts: list[tuple[Node, Index]] = []
    for f in [*top, *bottom]:
        if f is sigma:
            parts.append((f.args[0], index_of(f.args[0])))
        elif is_matmul(f) and shaped == [f] and not below:
            parts.extend((c, "") for c in chain(f))
        else:
            parts.append((f, index if f.shape else ""))
    return parts
