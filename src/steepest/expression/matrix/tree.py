"""Formula text -> syntax tree, while the shapes of its variables are not yet known."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any, Final

from steepest.expression.graph import Node, build
from steepest.expression.lalr import Token, run
from steepest.expression.parse import RULES, Actions, Piece, Refusal, read
from steepest.expression.tokens import tokenize


class Tree:
    """An operation on parts, or the name `value`; `position` is where its sign or name stands.

    Parts that hold no name are graph nodes already.
    """

    __slots__ = ("args", "op", "position", "value")

    def __init__(self, op: str, args: tuple[Any, ...] = (), value: str | None = None) -> None:
        self.op, self.args, self.value = op, args, value
        self.position: int | None = None


def parse_tree(text: str, variables: Sequence[str] | None, arrays: Collection[str]) -> Tree | Node:
    """The tree of `text`; `variables` as in `parse`, `arrays` are names of arrays.

    Raises FormulaError, which quotes the text and points at the place.
    """
    return read(text, lambda: run(tokenize(text, variables, arrays), _ACTIONS).node)


class _ArrayActions:
    """What arrays have besides: see `parse.Actions`."""

    def __init__(self, actions: Actions) -> None:
        self._operation = actions.operation

    def matmul(self, a: Piece, _: Token, b: Piece) -> Piece:
        return self._operation("matmul", a.start, a, b, nests=False)

    def implicit_mul(self, a: Piece, b: Piece) -> Piece:
        # Side by side, X w is a product of matrices, and 2w one of numbers.
        return self._operation("beside", a.start, a, b, nests=False)

    def transpose(self, a: Piece, _: Token) -> Piece:
        return self._operation("transpose", a.start, a)

    def array_call(self, function: Token, _: Token, *inside: Any) -> Piece:
        name, start = function.text, function.position
        arguments = inside[0] if isinstance(inside[0], list) else []
        needed = 2 if name == "dot" else 1
        if len(arguments) != needed:
            takes = "two arguments" if needed == 2 else "one argument"
            example = "dot(x, y)" if needed == 2 else f"{name}(x)"
            given = len(arguments) or "none"
            raise Refusal(start, f"{name} takes {takes}, got {given}", f"write {example}")
        return self._operation(_OPERATIONS.get(name, name), start, *arguments)


_OPERATIONS: Final = {"tr": "trace", "norm2": "norm"}


def _placed(action: Callable[..., Any]) -> Callable[..., Any]:
    """`action`, after which what it built knows the place of its sign or name."""

    def placed(*values: Any) -> Any:
        result = action(*values)
        if isinstance(result, Piece) and isinstance(result.node, Tree):
            token = next((v for v in values if isinstance(v, Token)), None)
            _place(result.node, token.position if token is not None else values[-1].start)
        return result

    return placed


def _place(tree: Tree, position: int) -> None:
    stack: list[Any] = [tree]
    while stack:
        part = stack.pop()
        if isinstance(part, Tree) and part.position is None:
            part.position = position
            stack.extend(part.args)


def _table() -> dict[str, Callable[..., Any]]:
    actions = Actions(_operation, lambda name: Tree("name", value=name))
    own = _ArrayActions(actions)
    table = {name: getattr(actions, name) for name in RULES}
    table |= {n: getattr(own, n) for n in vars(_ArrayActions) if not n.startswith("_")}
    return {name: _placed(action) for name, action in table.items()}


def _operation(op: str, *args: Any) -> Tree | Node:
    if op in _ON_ARRAYS or not all(isinstance(a, Node) for a in args):
        return Tree(op, args)
    return build("mul" if op == "beside" else op, *args)


_ON_ARRAYS: Final = frozenset(
    {"matmul", "transpose", "sum", "mean", "dot", "norm", "norm1", "trace"}
)
_ACTIONS: Final = _table()
