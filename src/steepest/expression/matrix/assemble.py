"""Syntax tree and known shapes -> expression graph; every shape is checked at its place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from steepest.errors import FormulaError
from steepest.expression.graph import ONE, Node, Shape, build
from steepest.expression.matrix import operations as array
from steepest.expression.matrix import place, selections, squares
from steepest.expression.matrix.tree import Tree
from steepest.expression.matrix.values import shape_words
from steepest.expression.simplify import call

_SIGNS = {"add": "+", "sub": "-", "mul": "*", "div": "/", "pow": "^"}


def assemble(text: str, tree: Tree | Node, leaves: Mapping[str, Node], star: str = "") -> Node:
    """The graph of `tree`; `leaves` are the nodes of its names.

    `star`: * between arrays works entry by entry, and is refused where it cannot; with "fitting"
    it is then the product of matrices, with "matmul" it is that wherever the shapes fit.

    Raises FormulaError at the sign or function whose arguments do not fit together.
    """
    built: dict[Tree, Node] = {}
    stack: list[tuple[Any, bool]] = [(tree, False)]
    while stack:
        part, expanded = stack.pop()
        if not isinstance(part, Tree) or part in built:
            continue
        if expanded:
            args = [built[a] if isinstance(a, Tree) else a for a in part.args]
            op, (left, right) = part.op, ([a.shape for a in args] + [(), ()])[:2]
            if star and op == "mul" and left and right and left[1] == right[0]:
                op = "matmul" if star == "matmul" or left != right else op
            built[part] = _node(text, part, args, leaves, op)
        else:
            stack.append((part, True))
            stack.extend((a, False) for a in reversed(part.args))
    return built[tree] if isinstance(tree, Tree) else tree


def _node(text: str, tree: Tree, args: list[Node], leaves: Mapping[str, Node], op: str) -> Node:
    if op == "name":
        return leaves[str(tree.value)]
    shapes = [a.shape for a in args]
    if op == "matmul" or (op == "beside" and all(shapes)):
        return _matmul(text, tree, args)
    if op == "beside":
        return build("mul", *args)
    if op == "dot":
        return _dot(text, tree, args)
    if op == "index":
        return _index(text, tree, args[0])
    if op in _ON_SQUARES:
        if shapes[0] and shapes[0][0] != shapes[0][1]:
            name, hint = _NEEDS_SQUARE.get(op, (op, "the product X' @ X is square"))
            reason = f"{name} takes a square matrix: {_told(tree, 0, shapes[0])}"
            raise FormulaError(text, _at(tree), reason, hint)
        return _ON_SQUARES[op](args[0])
    if op == "diag":
        return _diag(text, tree, args[0])
    if op == "eye":
        return array.eye(int(args[0].value))
    if op == "ones":
        rows, columns = (*(int(a.value) for a in args), 1)[:2]
        return array.fill(ONE, (rows, columns) if rows * columns > 1 else ())
    if op == "log" and args[0].op == "det":
        return squares.log_determinant(args[0].args[0])  # which overflows later
    if op == "norm1":
        return array.reduced("sum", call("abs", args[0]))
    if op in ("sum", "mean", "norm"):
        return array.reduced(op, args[0])
    if op == "transpose":
        return array.transpose(args[0])
    _check_entrywise(text, tree, args)
    return build(op, *args)


_NEEDS_SQUARE: Final = {"trace": ("tr", "sum(…) adds up all entries")}
_ON_SQUARES: Final[dict[str, Callable[[Node], Node]]] = {
    "trace": lambda a: array.trace(a, a.shape),
    "inv": squares.inverse,
    "det": squares.determinant,
    "logdet": squares.log_determinant,
}


def _index(text: str, tree: Tree, a: Node) -> Node:
    taken = place.spans(tree.value, a.shape) if a.shape else None
    if taken is None or any(first >= last for first, last in taken):
        reason, hint = place.problem(_name(tree, 0, ""), tree.value, a.shape)
        raise FormulaError(text, _at(tree), reason, hint)
    return selections.pick(a, *taken)


def _diag(text: str, tree: Tree, a: Node) -> Node:
    """The matrix with a vector on its diagonal, or the vector that stands there."""
    shape = a.shape
    if not shape or shape[1] == 1:
        return array.diagonal(a, shape)
    if shape[0] == 1:
        return array.diagonal(array.transpose(a), shape[::-1])
    if shape[0] != shape[1]:
        reason = f"diag takes a vector or a square matrix: {_told(tree, 0, shape)}"
        raise FormulaError(text, _at(tree), reason, "X[:, 0] is a column")
    return array.diagonal_of(a, shape)


def _matmul(text: str, tree: Tree, args: list[Node]) -> Node:
    (a, b), (left, right) = args, (args[0].shape, args[1].shape)
    if (left and not right and left[1] == 1) or (right and not left and right[0] == 1):
        return build("mul", a, b)  # X @ w with a single column: an array of one entry is a number
    if not left or not right:
        which = 1 if left else 0
        raise FormulaError(
            text,
            _at(tree),
            f"@ multiplies matrices: {_told(tree, which, args[which].shape)}",
            "write * for the product with a number",
        )
    if left[1] != right[0]:
        raise FormulaError(
            text,
            _at(tree),
            f"these cannot be multiplied: {_both(tree, left, right)}",
            _product_hint(tree, left, right),
        )
    return array.matmul(a, b, left, right)


def _product_hint(tree: Tree, left: Shape, right: Shape) -> str:
    needed = "columns of the first must equal rows of the second"
    if left == right and left[1] == 1:
        return "write dot(a, b) for the sum of the products, a*b entry by entry"
    if left[0] == right[0]:
        return f"{needed}: transpose the first, {_name(tree, 0, 'a')}' @ {_name(tree, 1, 'b')}"
    if left[1] == right[1]:
        return f"{needed}: transpose the second, {_name(tree, 0, 'a')} @ {_name(tree, 1, 'b')}'"
    return needed


def _dot(text: str, tree: Tree, args: list[Node]) -> Node:
    (a, b), (left, right) = args, (args[0].shape, args[1].shape)
    if not left and not right:
        return build("mul", a, b)
    if left != right:
        reason = f"dot takes two arrays of one shape: {_both(tree, left, right)}"
        raise FormulaError(text, _at(tree), reason, "write A @ b for a matrix with a vector")
    if left[1] == 1:
        return array.matmul(array.transpose(a), b, array.transposed(left), right)
    return array.reduced("sum", build("mul", a, b))


def _check_entrywise(text: str, tree: Tree, args: list[Node]) -> None:
    shaped = [k for k, a in enumerate(args) if a.shape]
    for k in shaped[1:]:
        first, other = args[shaped[0]].shape, args[k].shape
        if first != other:
            raise FormulaError(
                text,
                _at(tree),
                f"shapes do not fit: {_told(tree, shaped[0], first)}, {_told(tree, k, other)}",
                _entrywise_hint(tree, first, other),
            )


def _entrywise_hint(tree: Tree, left: Shape, right: Shape) -> str:
    sign = _SIGNS.get(tree.op, tree.op)
    if tree.op == "mul" and left[1] == right[0]:
        return "* multiplies entry by entry; write @ for the product of matrices"
    if left == right[::-1]:
        return "transpose one of them, as in x'"
    return f"{sign} works entry by entry, on equal shapes or an array and a number"


def _both(tree: Tree, left: Shape, right: Shape) -> str:
    return f"{_told(tree, 0, left)}, {_told(tree, 1, right)}"


def _told(tree: Tree, which: int, shape: Shape) -> str:
    """What a part of `tree` is: "X is 5 × 3"."""
    sides = ("the left side", "the right side")
    if tree.op == "where":
        sides = ("the condition", "the first value", "the second value")
    elif len(tree.args) == 1 or tree.op not in (*_SIGNS, "matmul", "beside", "lt", "le"):
        sides = ("its first argument", "its second argument")
    return f"{_name(tree, which, sides[which])} {shape_words(shape)}"


def _name(tree: Tree, which: int, otherwise: str) -> str:
    """How a short part of `tree` was written, or `otherwise`."""
    return _written(tree.args[which]) or otherwise


def _written(part: Any) -> str:
    if not isinstance(part, Tree):
        return ""
    if part.op == "name":
        return str(part.value)
    inside = [_written(a) for a in part.args]
    if part.op == "transpose" and inside[0] and "@" not in inside[0]:
        return f"{inside[0]}'"
    if part.op == "index" and inside[0] and "@" not in inside[0]:
        return f"{inside[0]}[{', '.join(map(str, part.value))}]"
    if part.op in ("matmul", "beside") and all(inside):
        return " @ ".join(inside) if part.op == "matmul" else " ".join(inside)
    return ""


def _at(tree: Tree) -> int:
    return tree.position or 0
