"""Answers in the words of a formula over data, such as its gradient -> graphs."""

from __future__ import annotations

from typing import Final

from steepest.errors import FormulaError
from steepest.expression.graph import ZERO, Node, Shape
from steepest.expression.matrix import operations as array
from steepest.expression.matrix import unroll
from steepest.expression.matrix.argument import Argument
from steepest.expression.matrix.assemble import assemble
from steepest.expression.matrix.read import ArrayFormula, names_in
from steepest.expression.matrix.selections import pick
from steepest.expression.matrix.tree import parse_tree
from steepest.expression.matrix.values import shape_words

# A gradient takes no more than about four times the operations of its formula.
_LIMIT: Final = 4 * unroll.LIMIT


def entry_of(a: Argument, k: int) -> Node:
    """The k-th coordinate of the variable `a`, counted row by row from 0."""
    return picked_entry(a.node, k)


def picked_entry(node: Node, k: int) -> Node:
    """The k-th entry of the array `node`, counted row by row from 0."""
    if not node.shape:
        return node
    i, j = divmod(k, node.shape[1])
    return pick(node, (i, i + 1), (j, j + 1))


def read_array(text: str, over: ArrayFormula, name: str, shape: Shape, star: str = "") -> Node:
    """The graph of `text`, of the shape that is asked for `name`.

    It may use the data, the variables and their entries. Where * cannot be meant entry by
    entry it is the product of matrices; with `star` "matmul" it is that wherever it can be.

    Raises FormulaError for text that cannot be read or has another shape.
    """
    names = [a.name for a in over.arguments]
    tree = parse_tree(text, [*names, *over.variables], over.leaves)
    leaves = dict(over.leaves)
    used = {str(n) for n in names_in(tree)} - leaves.keys()
    for a in over.arguments:
        coordinates = a.coordinates if used and a.shape else ()
        leaves |= {c: entry_of(a, k) for k, c in enumerate(coordinates) if c in used}
    root = assemble(text, tree, leaves, star or "fitting")
    if root is ZERO and shape:
        return array.fill(ZERO, shape)
    if root.shape != shape:
        raise _other_shape(text, root, over, name, shape)
    return root


def _other_shape(
    text: str, root: Node, over: ArrayFormula, name: str, shape: Shape
) -> FormulaError:
    start = len(text) - len(text.lstrip())
    reason = f"this {shape_words(root.shape)}, and {name} {shape_words(shape)}"
    hint = "a derivative has the shape of its variable"
    if shape and root.shape == shape[::-1]:
        hint = "transpose it"
    elif root.shape and shape and root.shape[1] == shape[1]:
        fits = root.shape[0], shape[0]
        inner = [n for n, leaf in over.leaves.items() if leaf.op == "data" and leaf.shape == fits]
        if inner:
            hint += f"; the inner derivative, {inner[0]}' in front, may be missing"
    return FormulaError(text, start, reason, hint)


def read_entry(text: str, over: ArrayFormula, name: str) -> Node:
    """The number `text` as a graph of the coordinates of `over`, the derivative by `name`.

    Raises FormulaError for text that cannot be read, is no number, or is large.
    """
    root = read_array(text, over, name, ())
    size = unroll.size(root)
    if size > _LIMIT:
        raise FormulaError(
            text,
            len(text) - len(text.lstrip()),
            f"this takes {size:,} operations over these data, the limit is {_LIMIT:,}",
            "bracket products so that a vector is multiplied first",
        )
    return unroll.unroll(root, over.arguments)[0]
