"""Text in the words of a formula over data, such as its gradient -> the entries as numbers."""

from __future__ import annotations

from typing import Final

from steepest.errors import FormulaError
from steepest.expression.graph import Node, Shape, variable
from steepest.expression.matrix import unroll
from steepest.expression.matrix.assemble import assemble
from steepest.expression.matrix.read import ArrayFormula
from steepest.expression.matrix.tree import parse_tree
from steepest.expression.matrix.values import shape_words

# A gradient takes no more than about four times the operations of its formula.
_LIMIT: Final = 4 * unroll.LIMIT


def read_entries(text: str, over: ArrayFormula, name: str, shape: Shape) -> list[Node]:
    """The entries of `text`, row by row, as graphs of the coordinates of `over`.

    It may use the data, the variables and their entries. `name` has the shape that is asked for.
    Raises FormulaError for text that cannot be read or has another shape, or is large.
    """
    tree = parse_tree(text, over.variables, over.leaves)
    coordinates = {v: variable(v) for v in over.variables}
    root = assemble(text, tree, coordinates | dict(over.leaves))
    start = len(text) - len(text.lstrip())
    if root.shape != shape:
        reason = f"this {shape_words(root.shape)}, and {name} {shape_words(shape)}"
        turned = bool(shape) and root.shape == shape[::-1]
        hint = "transpose it" if turned else "a derivative has the shape of its variable"
        raise FormulaError(text, start, reason, hint)
    size = unroll.size(root)
    if size > _LIMIT:
        raise FormulaError(
            text,
            start,
            f"this takes {size:,} operations over these data, the limit is {_LIMIT:,}",
            "bracket products so that a vector is multiplied first",
        )
    return unroll.unroll(root, over.arguments)
