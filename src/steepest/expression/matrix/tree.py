"""Formula text -> syntax tree, while the shapes of its variables are not yet known."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any, Final

from steepest.expression.graph import Node, build, integer_value
from steepest.expression.lalr import Token, run
from steepest.expression.matrix.place import Place
from steepest.expression.parse import RULES, Actions, Piece, Refusal, read
from steepest.expression.tokens import tokenize


class Tree:
    """An operation on parts, or the name `value`; `position` is where its sign or name stands.

    The value of an "index" are its `Place`s. Parts that hold no name are graph nodes already.
    """

    __slots__ = ("args", "op", "position", "value")

    def __init__(self, op: str, args: tuple[Any, ...] = (), value: Any = None) -> None:
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

    def index(self, a: Piece, bracket: Token, places: list[Place], _: Token) -> Piece:
        piece = self._operation("index", bracket.position, a)
        piece.node.value = tuple(places)
        return piece._replace(start=a.start)

    def place(self, a: Piece) -> Place:
        k = _whole(a, "an index")
        return Place(k, None, True)

    def all_places(self, _: Token) -> Place:
        return Place(None, None, False)

    def places_from(self, a: Piece, _: Token) -> Place:
        return Place(_whole(a, "an index"), None, False)

    def places_before(self, _: Token, b: Piece) -> Place:
        return Place(None, _whole(b, "an index"), False)

    def places_between(self, a: Piece, _: Token, b: Piece) -> Place:
        return Place(_whole(a, "an index"), _whole(b, "an index"), False)

    def array_call(self, function: Token, _: Token, *inside: Any) -> Piece:
        name, start = function.text, function.position
        arguments = inside[0] if isinstance(inside[0], list) else []
        if name in _CONSTANTS:
            return self._constant(name, start, arguments)
        needed = 2 if name == "dot" else 1
        if len(arguments) != needed:
            takes = "two arguments" if needed == 2 else "one argument"
            example = "dot(x, y)" if needed == 2 else f"{name}(x)"
            given = len(arguments) or "none"
            raise Refusal(start, f"{name} takes {takes}, got {given}", f"write {example}")
        return self._operation(_OPERATIONS.get(name, name), start, *arguments)

    def _constant(self, name: str, start: int, arguments: list[Piece]) -> Piece:
        """eye(3), ones(3), ones(3, 2): matrices of given sizes."""
        most = _CONSTANTS[name]
        if not 1 <= len(arguments) <= most:
            takes = "one size" if most == 1 else "one or two sizes"
            reason = f"{name} takes {takes}, got {len(arguments) or 'none'}"
            raise Refusal(start, reason, f"write {name}(3)")
        sizes = [_whole(a, "a size") for a in arguments]
        for a, size in zip(arguments, sizes, strict=True):
            if not 1 <= size <= LARGEST_SIZE:
                reason = f"{name}({size}): sizes are 1 to {LARGEST_SIZE:,}"
                raise Refusal(a.start, reason, "give how many rows there are")
        if len(sizes) == 2 and sizes[0] * sizes[1] > LARGEST_SIZE:
            reason = f"{name} of {sizes[0]:,} × {sizes[1]:,} has too many entries"
            raise Refusal(start, reason, f"the limit is {LARGEST_SIZE:,}")
        return self._operation(name, start, *arguments)


def _whole(piece: Piece, what: str) -> int:
    value = integer_value(piece.node) if isinstance(piece.node, Node) else None
    if value is None:
        raise Refusal(piece.start, f"{what} is a whole number", "write one, such as 0 or 2")
    return value


LARGEST_SIZE: Final = 1_000_000
_CONSTANTS: Final = {"eye": 1, "ones": 2}
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
    "matmul transpose sum mean dot norm norm1 trace inv det logdet diag eye ones index".split()
)
_ACTIONS: Final = _table()
